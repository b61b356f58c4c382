//! Bringing the tags of many things to what they should be.

use std::collections::{BTreeMap, BTreeSet};

use lib_common::lines::print;
use lib_common::{Context, Error, Exit, Outcome, Result, tags};

use crate::input::Input;
use crate::limits;
use crate::pair::{Key, Pair};
use crate::thing::Thing;

/// The tags of a thing.
pub type Tags = BTreeMap<String, String>;

/// What is to be different.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// These tags are set.
    Set(Tags),
    /// These tags are taken away.
    Remove(BTreeSet<String>),
}

impl Change {
    /// Sets these; a key that is given twice has no one value.
    pub fn set(pairs: Vec<Pair>) -> Result<Self> {
        let mut tags = Tags::new();
        for Pair { key: Key(key), value } in pairs {
            if let Some(other) = tags.insert(key.clone(), value.clone())
                && other != value
            {
                let what = format!("{key} cannot be both {other:?} and {value:?}");
                return Err(Error::new(Exit::Usage, what));
            }
        }
        Ok(Self::Set(tags))
    }

    /// Takes these away.
    pub fn remove(keys: Vec<Key>) -> Self {
        Self::Remove(keys.into_iter().map(|Key(key)| key).collect())
    }

    /// Whether things get another asset id by this, or none.
    fn touches_asset_id(&self) -> bool {
        match self {
            Self::Set(tags) => tags.contains_key(tags::ASSET_ID),
            Self::Remove(keys) => keys.contains(tags::ASSET_ID),
        }
    }

    /// The part of it that is not so yet.
    fn missing(&self, present: &Tags) -> Option<Self> {
        match self {
            Self::Set(tags) => {
                let missing = tags.iter().filter(|(key, value)| present.get(*key) != Some(value));
                let missing: Tags = missing.map(|(k, v)| (k.clone(), v.clone())).collect();
                (!missing.is_empty()).then_some(Self::Set(missing))
            }
            Self::Remove(keys) => {
                let there = keys.iter().filter(|key| present.contains_key(*key));
                let there: BTreeSet<_> = there.cloned().collect();
                (!there.is_empty()).then_some(Self::Remove(there))
            }
        }
    }

    /// The tags afterwards.
    pub fn applied_to(&self, present: &Tags) -> Tags {
        let mut tags = present.clone();
        match self {
            Self::Set(set) => tags.extend(set.clone()),
            Self::Remove(keys) => tags.retain(|key, _| !keys.contains(key)),
        }
        tags
    }

    fn sentence(&self, thing: &Thing) -> String {
        let label = thing.asset.label();
        match self {
            Self::Set(tags) => {
                let pairs: Vec<_> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("tag {label} with {}", pairs.join(", "))
            }
            Self::Remove(keys) => {
                let keys: Vec<_> = keys.iter().map(String::as_str).collect();
                format!("remove from {label} the tags {}", keys.join(", "))
            }
        }
    }
}

/// A thing, its tags, and what is to be different.
#[derive(Clone, Debug)]
pub struct Step {
    pub thing: Thing,
    pub present: Tags,
    pub change: Change,
}

/// Makes the change on everything that the input names.
pub async fn run(context: &Context, change: Change) -> Result<Outcome> {
    let input = Input::read(context)?;
    let services = input.services(context).await?;
    let mut failed = Vec::new();
    let mut steps = Vec::new();
    for (thing, present) in services.read(input.things.clone()).await {
        match present {
            Err(error) => failed.push((thing, error)),
            Ok(present) => {
                if let Some(change) = change.missing(&present) {
                    limits::check(&thing, &change.applied_to(&present))?;
                    steps.push(Step { thing, present, change });
                }
            }
        }
    }
    if context.options().dry_run {
        let plan =
            steps.iter().map(|step| format!("would {}\n", step.change.sentence(&step.thing)));
        print(&plan.collect::<String>())?;
        return failure(failed, input.things.len()).map_or_else(|| Ok(Outcome::printed()), Err);
    }
    if change.touches_asset_id() && !steps.is_empty() {
        let what = match steps.len() {
            1 => "give 1 asset another asset id, or none".to_owned(),
            n => format!("give {n} assets another asset id, or none"),
        };
        context.confirm(&format!("{what}: ail-assets then finds them elsewhere, or nowhere"))?;
    }
    let total = input.things.len();
    let changes = steps.len();
    let refused = services.apply(context, steps).await;
    let changed = changes - refused.len();
    failed.extend(refused);
    let so_already = total - changed - failed.len();
    context
        .progress()
        .say(&format!("{changed} changed, {so_already} were so already, {} failed", failed.len()));
    let bad: Vec<_> = failed.iter().map(|(thing, _)| thing.asset.clone()).collect();
    match failure(failed, total) {
        Some(error) if bad.len() == total => Err(error),
        failure => input.pass_on(|asset| !bad.contains(asset), failure),
    }
}

/// One error of all failures; it keeps the exit status of the first if nothing succeeded.
pub fn failure(failed: Vec<(Thing, Error)>, total: usize) -> Option<Error> {
    let exit = match failed.len() == total {
        true => failed.first()?.1.exit(),
        false => Exit::Partial,
    };
    let count = failed.len();
    let what = match (count, total) {
        (0, _) => return None,
        (1, 1) => "the one asset failed".to_owned(),
        _ => format!("{count} of {total} assets failed"),
    };
    let reasons = failed.into_iter();
    let mut reasons = reasons.map(|(thing, error)| format!("{}: {error}", thing.asset.label()));
    let shown: Vec<_> = reasons.by_ref().take(MOST_REASONS).collect();
    let error = shown.into_iter().fold(Error::new(exit, what), Error::because);
    Some(match reasons.count() {
        0 => error,
        more => error.because(format!("and {more} more")),
    })
}

/// A thousand failures mostly have one reason; a screen of them is enough.
const MOST_REASONS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let change = Change::Set(tags(&[("a", "1"), ("b", "2")]));
        assert_eq!(change.missing(&tags(&[("a", "1"), ("b", "2"), ("c", "3")])), None);
        let missing = change.missing(&tags(&[("a", "1"), ("b", "x")]));
        assert_eq!(missing, Some(Change::Set(tags(&[("b", "2")]))));
        let change = Change::Remove(["a".to_owned()].into());
        assert_eq!(change.missing(&tags(&[("b", "2")])), None);
        assert_eq!(change.applied_to(&tags(&[("a", "1"), ("b", "2")])), tags(&[("b", "2")]));
    }

    #[test]
    fn one_key_has_one_value() {
        let pairs = |texts: &[&str]| texts.iter().map(|t| t.parse().expect("valid")).collect();
        assert!(Change::set(pairs(&["a=1", "a=1"])).is_ok());
        let error = Change::set(pairs(&["a=1", "a=2"])).expect_err("two values");
        assert_eq!(error.to_string(), "a cannot be both \"1\" and \"2\"");
    }
}
