//! What is looked for.

use aws_sdk_ec2::types::Filter;
use lib_common::AssetId;
use lib_common::asset::Kind;
use lib_common::tags;

use crate::marks::Marks;

/// What is looked for: whose assets, of which kinds.
#[derive(Clone, Debug)]
pub struct Search {
    /// Whose they are.
    pub whose: Whose,
    /// Of which kinds; no other kind is asked for.
    pub kinds: Vec<Kind>,
    /// Only what this run made.
    pub run: Option<String>,
    /// Whether each object's run is told although no run is asked for: a call an object.
    pub runs_of_objects: bool,
}

/// Whose assets are looked for.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Those of one asset id, to the letter.
    Of(AssetId),
    /// Those of all asset ids.
    Anyone,
}

impl Search {
    /// The filter that EC2 gets. The answer is checked all the same ([`Self::wants`]): a
    /// filter's `*` and `?` are wildcards.
    pub fn filter(&self) -> Filter {
        match &self.whose {
            Whose::Of(id) => Filter::builder()
                .name(format!("tag:{}", tags::ASSET_ID))
                .values(id.as_str())
                .build(),
            Whose::Anyone => Filter::builder().name("tag-key").values(tags::ASSET_ID).build(),
        }
    }

    /// Whether something with these marks is looked for.
    pub fn wants(&self, marks: &Marks) -> bool {
        let id = marks.asset_id.as_deref();
        let whose = match &self.whose {
            Whose::Of(wanted) => id == Some(wanted.as_str()),
            Whose::Anyone => id.is_some(),
        };
        whose && (self.run.is_none() || self.run == marks.run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(asset_id: Option<&str>, run: Option<&str>) -> Marks {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Marks { asset_id: own(asset_id), run: own(run), ..Marks::default() }
    }

    #[test]
    fn an_id_is_matched_to_the_letter_and_a_run_only_if_it_is_known() {
        let whose = Whose::Of("1.0".parse().expect("valid"));
        let mut search = Search { whose, kinds: vec![], run: None, runs_of_objects: false };
        assert!(search.wants(&marks(Some("1.0"), None)));
        assert!(!search.wants(&marks(Some("1.0.1"), None)));
        assert!(!search.wants(&marks(None, None)));
        search.run = Some("00c0ffee".to_owned());
        assert!(search.wants(&marks(Some("1.0"), Some("00c0ffee"))));
        assert!(!search.wants(&marks(Some("1.0"), Some("0badcafe"))));
        assert!(!search.wants(&marks(Some("1.0"), None)));
        search = Search { whose: Whose::Anyone, kinds: vec![], run: None, runs_of_objects: false };
        assert!(search.wants(&marks(Some("2.0"), None)));
        assert!(!search.wants(&marks(None, None)));
    }
}
