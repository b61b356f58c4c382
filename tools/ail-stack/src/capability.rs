//! What a template may do only after somebody acknowledged it.

use aws_sdk_cloudformation::types::Capability as Api;
use clap::ValueEnum;
use lib_common::{Error, Exit, Result};

/// An acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Capability {
    /// The template makes IAM resources
    Iam,
    /// The template makes IAM resources, and names them itself
    NamedIam,
    /// The template uses macros
    AutoExpand,
}

impl Capability {
    fn of(api: &Api) -> Option<Self> {
        match api {
            Api::CapabilityIam => Some(Self::Iam),
            Api::CapabilityNamedIam => Some(Self::NamedIam),
            Api::CapabilityAutoExpand => Some(Self::AutoExpand),
            _ => None,
        }
    }

    pub fn api(self) -> Api {
        match self {
            Self::Iam => Api::CapabilityIam,
            Self::NamedIam => Api::CapabilityNamedIam,
            Self::AutoExpand => Api::CapabilityAutoExpand,
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Iam => "--capability iam",
            Self::NamedIam => "--capability named-iam",
            Self::AutoExpand => "--capability auto-expand",
        }
    }

    /// Whoever lets a template name its IAM resources lets it make them.
    fn covers(self, other: Self) -> bool {
        self == other || (self == Self::NamedIam && other == Self::Iam)
    }
}

/// Refuses what is needed and not acknowledged; `reason` is the service's own.
pub fn check(
    template: &str,
    needed: &[Api],
    reason: Option<&str>,
    given: &[Capability],
) -> Result<()> {
    let missing: Vec<_> = needed
        .iter()
        .filter_map(Capability::of)
        .filter(|needed| !given.iter().any(|given| given.covers(*needed)))
        .map(Capability::option)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        Exit::Usage,
        format!("{template} does what has to be acknowledged; nothing was made"),
    );
    let error = match reason {
        Some(reason) => error.because(reason),
        None => error,
    };
    Err(error.next(format!("read the template, then give {}", missing.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_covers_making_and_not_the_other_way_round() {
        let check = |needed: Api, given: &[Capability]| check("t", &[needed], None, given).is_ok();
        assert!(check(Api::CapabilityIam, &[Capability::NamedIam]));
        assert!(!check(Api::CapabilityNamedIam, &[Capability::Iam]));
        assert!(!check(Api::CapabilityAutoExpand, &[Capability::NamedIam]));
    }

    #[test]
    fn the_refusal_says_what_to_give() {
        let error = check("t.yaml", &[Api::CapabilityIam], Some("it has roles"), &[])
            .expect_err("not acknowledged");
        assert_eq!(
            error.to_string(),
            "t.yaml does what has to be acknowledged; nothing was made\n  it has roles\n  \
             next: read the template, then give --capability iam"
        );
    }
}
