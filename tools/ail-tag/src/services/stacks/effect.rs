//! What an update of a stack's tags would change beside tags.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::types::{
    ChangeAction, ChangeSource, EvaluationType, Replacement, RequiresRecreation, ResourceAttribute,
    ResourceChange, ResourceChangeDetail,
};

/// What a change set does beside changing tags, if it does.
///
/// Whatever takes a value of a resource that is tagged is listed too: CloudFormation knows the
/// value only once the update has run, so the change is `Dynamic`, and the replacement
/// `Conditional` where the property asks for one (CloudFormation API Reference,
/// "ResourceChangeDetail", "ResourceChange"). No value is made of tags, so none of this comes
/// true where all that causes it changes in tags only, or by nothing but such causes in turn.
pub fn more_than_tags(changes: &[ResourceChange]) -> Option<String> {
    // The details of one resource may come on several pages.
    let mut resources: BTreeMap<&str, Vec<&ResourceChange>> = BTreeMap::new();
    for change in changes {
        let name = change.logical_resource_id().unwrap_or("a resource");
        resources.entry(name).or_default().push(change);
    }
    let sure = resources
        .iter()
        .find_map(|(name, parts)| Some(format!("it would {} {name}", deed(parts)?)));
    sure.or_else(|| unexplained(&resources))
}

/// What is done to a resource, whatever becomes of those that it takes values of.
fn deed(parts: &[&ResourceChange]) -> Option<String> {
    let mut actions = parts.iter().filter_map(|part| part.action());
    if let Some(action) = actions.find(|action| **action != ChangeAction::Modify) {
        return Some(action.as_str().to_lowercase());
    }
    let details = parts.iter().flat_map(|part| part.details());
    let (waiting, own): (Vec<_>, Vec<_>) = details.partition(|detail| cause(detail).is_some());
    let is_replaced = |replacement: &Replacement| match replacement {
        Replacement::False => false,
        Replacement::Conditional => {
            own.iter().any(|detail| recreates(detail))
                || !waiting.iter().any(|detail| recreates(detail))
        }
        _ => true,
    };
    if parts.iter().filter_map(|part| part.replacement()).any(is_replaced) {
        return Some("replace".to_owned());
    }
    let is_more = |attribute: &ResourceAttribute| {
        *attribute != ResourceAttribute::Tags
            && !waiting.iter().any(|detail| attribute_of(detail) == Some(attribute))
    };
    let is_modified = parts.iter().flat_map(|part| part.scope()).any(is_more)
        || own.iter().any(|detail| attribute_of(detail) != Some(&ResourceAttribute::Tags));
    is_modified.then(|| "modify".to_owned())
}

/// A resource whose changes do not all go back to tags. It begins with those that wait for
/// none: the members of a circle do not explain each other.
fn unexplained(resources: &BTreeMap<&str, Vec<&ResourceChange>>) -> Option<String> {
    let causes: BTreeMap<_, _> =
        resources.iter().map(|(name, parts)| (*name, causes(parts))).collect();
    let mut explained = BTreeSet::new();
    loop {
        let grown = causes.iter().filter(|(_, of)| of.is_subset(&explained));
        let grown: BTreeSet<_> = grown.map(|(name, _)| *name).collect();
        if grown.len() == explained.len() {
            break;
        }
        explained = grown;
    }
    causes.iter().find_map(|(name, of)| {
        let cause = of.difference(&explained).next()?;
        Some(format!("it may change {name} by what becomes of {cause}"))
    })
}

fn causes<'a>(parts: &[&'a ResourceChange]) -> BTreeSet<&'a str> {
    parts.iter().flat_map(|part| part.details()).filter_map(cause).collect()
}

/// The resource whose value a detail waits for.
fn cause(detail: &ResourceChangeDetail) -> Option<&str> {
    if detail.evaluation() != Some(&EvaluationType::Dynamic) {
        return None;
    }
    let entity = detail.causing_entity()?;
    match detail.change_source()? {
        ChangeSource::ResourceReference => Some(entity),
        // `Group.GroupId`: no name of a resource has a dot in it.
        ChangeSource::ResourceAttribute => entity.split('.').next(),
        _ => None,
    }
}

fn attribute_of(detail: &ResourceChangeDetail) -> Option<&ResourceAttribute> {
    detail.target()?.attribute()
}

fn recreates(detail: &ResourceChangeDetail) -> bool {
    let recreation = detail.target().and_then(|target| target.requires_recreation());
    recreation.is_some_and(|recreation| *recreation != RequiresRecreation::Never)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::ResourceTargetDefinition;

    use super::*;

    /// A change of a resource: its replacement, its scope and its details.
    fn modified(
        name: &str,
        replacement: Replacement,
        details: &[ResourceChangeDetail],
    ) -> ResourceChange {
        ResourceChange::builder()
            .logical_resource_id(name)
            .action(ChangeAction::Modify)
            .replacement(replacement)
            .set_scope(Some(details.iter().filter_map(attribute_of).cloned().collect()))
            .set_details(Some(details.to_vec()))
            .build()
    }

    fn target(
        attribute: ResourceAttribute,
        recreation: RequiresRecreation,
    ) -> ResourceTargetDefinition {
        let empty = ResourceTargetDefinition::builder();
        empty.attribute(attribute).requires_recreation(recreation).build()
    }

    fn direct(attribute: ResourceAttribute) -> ResourceChangeDetail {
        ResourceChangeDetail::builder()
            .target(target(attribute, RequiresRecreation::Never))
            .evaluation(EvaluationType::Static)
            .change_source(ChangeSource::DirectModification)
            .build()
    }

    fn waiting(source: ChangeSource, entity: &str) -> ResourceChangeDetail {
        ResourceChangeDetail::builder()
            .target(target(ResourceAttribute::Properties, RequiresRecreation::Conditionally))
            .evaluation(EvaluationType::Dynamic)
            .change_source(source)
            .causing_entity(entity)
            .build()
    }

    fn tags() -> ResourceChangeDetail {
        direct(ResourceAttribute::Tags)
    }

    fn tagged(name: &str) -> ResourceChange {
        modified(name, Replacement::False, &[tags()])
    }

    /// What takes the id of a resource, and is tagged as well.
    fn user_of(entity: &str) -> ResourceChange {
        let details = [tags(), waiting(ChangeSource::ResourceAttribute, entity)];
        modified("Instance", Replacement::Conditional, &details)
    }

    #[test]
    fn an_instance_that_takes_the_id_of_its_tagged_group_changes_in_tags_only() {
        assert_eq!(more_than_tags(&[tagged("Group"), user_of("Group.GroupId")]), None);
    }

    #[test]
    fn a_chain_goes_back_to_tags_even_over_what_has_none() {
        let profile = [waiting(ChangeSource::ResourceReference, "Role")];
        let mut chain = vec![
            tagged("Role"),
            modified("Profile", Replacement::Conditional, &profile),
            user_of("Profile.Arn"),
        ];
        assert_eq!(more_than_tags(&chain), None);
        chain.reverse();
        assert_eq!(more_than_tags(&chain), None);
    }

    #[test]
    fn the_pages_that_tell_of_one_resource_are_read_together() {
        let page = [waiting(ChangeSource::ResourceReference, "Role")];
        let page = modified("Instance", Replacement::Conditional, &page);
        let rest = modified("Instance", Replacement::Conditional, &[tags()]);
        let group = user_of("Group.GroupId");
        let changes = [tagged("Group"), tagged("Role"), group, page.clone(), rest.clone()];
        assert_eq!(more_than_tags(&changes), None);
        assert_eq!(
            more_than_tags(&[tagged("Group"), user_of("Group.GroupId"), page, rest]).as_deref(),
            Some("it may change Instance by what becomes of Role")
        );
    }

    #[test]
    fn a_property_that_surely_changes_is_told_and_not_what_waits_for_it() {
        let details = [tags(), direct(ResourceAttribute::Properties)];
        let group = modified("Group", Replacement::False, &details);
        assert_eq!(
            more_than_tags(&[user_of("Group.GroupId"), group]).as_deref(),
            Some("it would modify Group")
        );
    }

    #[test]
    fn a_resource_that_is_surely_made_anew_is_told() {
        let details = [tags(), waiting(ChangeSource::ResourceAttribute, "Group.GroupId")];
        let instance = modified("Instance", Replacement::True, &details);
        assert_eq!(
            more_than_tags(&[tagged("Group"), instance]).as_deref(),
            Some("it would replace Instance")
        );
    }

    #[test]
    fn what_a_parameter_or_a_nested_stack_may_change_is_more_than_tags() {
        for source in [ChangeSource::ParameterReference, ChangeSource::Automatic] {
            let detail = waiting(source, "Group");
            let instance = modified("Instance", Replacement::False, &[detail]);
            assert_eq!(
                more_than_tags(&[tagged("Group"), instance]).as_deref(),
                Some("it would modify Instance")
            );
        }
    }

    #[test]
    fn neither_a_circle_nor_a_cause_that_is_not_listed_explains_a_change() {
        let details = [tags(), waiting(ChangeSource::ResourceReference, "Instance")];
        let group = modified("Group", Replacement::Conditional, &details);
        assert_eq!(
            more_than_tags(&[group, user_of("Group.GroupId")]).as_deref(),
            Some("it may change Group by what becomes of Instance")
        );
        assert_eq!(
            more_than_tags(&[user_of("Group.GroupId")]).as_deref(),
            Some("it may change Instance by what becomes of Group")
        );
    }

    #[test]
    fn what_no_detail_tells_of_is_more_than_tags() {
        use ResourceAttribute::{Properties, Tags};
        let (modify, no) = (ChangeAction::Modify, Some(Replacement::False));
        for (action, replacement, scope, said) in [
            (modify.clone(), no.clone(), vec![Tags], None),
            (modify.clone(), no, vec![Properties, Tags], Some("it would modify Instance")),
            (
                modify.clone(),
                Some(Replacement::True),
                vec![Tags],
                Some("it would replace Instance"),
            ),
            (modify, Some(Replacement::Conditional), vec![Tags], Some("it would replace Instance")),
            (ChangeAction::Add, None, vec![], Some("it would add Instance")),
            (ChangeAction::Remove, None, vec![], Some("it would remove Instance")),
        ] {
            let change = ResourceChange::builder()
                .logical_resource_id("Instance")
                .action(action)
                .set_replacement(replacement)
                .set_scope(Some(scope))
                .build();
            assert_eq!(more_than_tags(&[change]).as_deref(), said);
        }
    }
}
