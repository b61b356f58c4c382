//! The built-in kinds of stacks.

use clap::ValueEnum;
use lib_common::AssetId;

use crate::capability::Capability;
use crate::template::Template;

/// A stack whose template is part of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// One instance to prepare an image on; passes with the run
    Ec2,
    /// The bucket of exported images and the role of exports; permanent
    VmBucket,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Ec2, Self::VmBucket];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::VmBucket => "vm-bucket",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name of a stack that all releases share; `None` for one a release.
    pub fn permanent_name(self) -> Option<&'static str> {
        match self {
            Self::Ec2 => None,
            Self::VmBucket => Some("AIL-VM-BUCKET"),
        }
    }

    pub fn is_permanent(self) -> bool {
        self.permanent_name().is_some()
    }

    pub fn stack_name(self, asset_id: &AssetId) -> String {
        self.permanent_name().map_or_else(|| asset_id.stack_name(self.name()), str::to_owned)
    }

    /// What the template asks to be acknowledged; whoever names the kind does.
    pub fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::Ec2 => &[],
            Self::VmBucket => &[Capability::Iam],
        }
    }

    pub fn template(self) -> Template {
        let body = match self {
            Self::Ec2 => include_str!("../templates/ec2.yaml"),
            Self::VmBucket => include_str!("../templates/vm-bucket.yaml"),
        };
        Template::parse(body.to_owned()).expect("a test parses the built-in templates")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_templates_are_templates() {
        for kind in Kind::ALL {
            let template = kind.template();
            assert!(!template.description().is_empty());
            assert!(!template.resources().is_empty());
            assert_eq!(Kind::named(kind.name()), Some(kind));
            assert_eq!(kind.to_possible_value().expect("not hidden").get_name(), kind.name());
        }
    }

    #[test]
    fn only_a_permanent_kind_has_the_same_name_for_all_releases() {
        let id = "ai lab_5.0".parse().expect("valid");
        assert_eq!(Kind::Ec2.stack_name(&id), "ail-ec2-ai-lab-5-0");
        assert_eq!(Kind::VmBucket.stack_name(&id), "AIL-VM-BUCKET");
    }
}
