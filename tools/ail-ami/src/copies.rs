//! The copies of the image in other regions, in the record.

use lib_common::Member;
use lib_common::record::Image;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The copies of the image in other regions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Copies(pub Vec<Copy>);

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Copy {
    /// The region it lies in.
    pub region: String,
    /// The copy itself.
    #[serde(flatten)]
    pub image: Image,
}

impl Member for Copies {
    const NAME: &'static str = "copies";
    const MADE_BY: &'static str = "`ail-ami copy`";
}

impl Copies {
    /// Adds the copy, in the place of one in the same region.
    pub fn put(&mut self, copy: Copy) {
        match self.0.iter_mut().find(|c| c.region == copy.region) {
            Some(there) => *there = copy,
            None => self.0.push(copy),
        }
    }

    /// The regions, for a sentence.
    pub fn regions(&self) -> String {
        self.0.iter().map(|copy| copy.region.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(region: &str, id: &str) -> Copy {
        let json = serde_json::json!(
            {"region": region, "id": id, "name": "ail-1.0", "state": "available"}
        );
        serde_json::from_value(json).expect("a copy")
    }

    #[test]
    fn a_region_has_one_copy() {
        let mut copies = Copies::default();
        copies.put(copy("us-east-1", "ami-1"));
        copies.put(copy("eu-west-1", "ami-2"));
        copies.put(copy("us-east-1", "ami-3"));
        let ids: Vec<_> = copies.0.iter().map(|copy| copy.image.id.as_str()).collect();
        assert_eq!(ids, ["ami-3", "ami-2"]);
        assert_eq!(copies.regions(), "us-east-1, eu-west-1");
    }
}
