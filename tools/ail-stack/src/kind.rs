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
    /// The bucket of exported images, its distribution and the role of exports; permanent
    VmBucket,
    /// The web ACL in front of the images, in us-east-1; permanent
    VmBucketWaf,
    /// Builds of pushes that ask for one; permanent
    CiCodebuild,
    /// Builds that release images; permanent
    ReleaseCodebuild,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::Ec2, Self::VmBucket, Self::VmBucketWaf, Self::CiCodebuild, Self::ReleaseCodebuild];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::VmBucket => "vm-bucket",
            Self::VmBucketWaf => "vm-bucket-waf",
            Self::CiCodebuild => "ci-codebuild",
            Self::ReleaseCodebuild => "release-codebuild",
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
            Self::VmBucketWaf => Some("AIL-VM-BUCKET-WAF"),
            Self::CiCodebuild => Some("AIL-CI-CODEBUILD"),
            Self::ReleaseCodebuild => Some("AIL-RELEASE-CODEBUILD"),
        }
    }

    /// The region in which alone such a stack can be: web ACLs for CloudFront are global,
    /// and kept in us-east-1 (AWS WAFV2 API Reference, Scope).
    pub fn region(self) -> Option<&'static str> {
        (self == Self::VmBucketWaf).then_some("us-east-1")
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
            Self::Ec2 | Self::VmBucketWaf => &[],
            Self::VmBucket | Self::CiCodebuild | Self::ReleaseCodebuild => &[Capability::Iam],
        }
    }

    pub fn template(self) -> Template {
        let body = match self {
            Self::Ec2 => include_str!("../templates/ec2.yaml"),
            Self::VmBucket => include_str!("../templates/vm-bucket.yaml"),
            Self::VmBucketWaf => include_str!("../templates/vm-bucket-waf.yaml"),
            Self::CiCodebuild => include_str!("../templates/ci-codebuild.yaml"),
            Self::ReleaseCodebuild => include_str!("../templates/release-codebuild.yaml"),
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
        let permanent = Kind::ALL.into_iter().filter(|kind| kind.is_permanent());
        let names: Vec<_> = permanent.map(|kind| kind.stack_name(&id)).collect();
        assert_eq!(
            names,
            ["AIL-VM-BUCKET", "AIL-VM-BUCKET-WAF", "AIL-CI-CODEBUILD", "AIL-RELEASE-CODEBUILD"]
        );
    }
}
