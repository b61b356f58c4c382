//! The instructions of 2014, to the letter: what is unwise about them, and what AWS no longer does.

use lib_common::record::NatKind;
use lib_common::{Context, Error, Exit, Result};

use crate::layout::ANYWHERE;
use crate::settings::Settings;

/// The type of the NAT instance, then.
pub const INSTANCE_TYPE: &str = "t2.micro";

/// What is unwise about it today, a line each.
const UNWISE: [&str; 3] = [
    "the default security group of the VPC lets its own members in, and everything out",
    "the metadata service answers without a token (IMDSv1), for whoever makes the instance ask",
    "the root volume is not encrypted",
];

/// How EC2 refuses what it no longer does: types of instances that a zone or an image does not
/// go with, and what an account does not allow.
const REFUSALS: [&str; 4] =
    ["InvalidParameterCombination", "InvalidParameterValue", "Unsupported", "UnsupportedOperation"];

/// Says what is unwise about these settings, a line each.
pub fn warn(context: &Context, settings: &Settings) {
    let say = |line: &str| context.progress().say(line);
    let everybody = settings.admin_cidrs.iter().any(|cidr| cidr == ANYWHERE);
    if !settings.classic {
        if everybody {
            say("--admin-cidr 0.0.0.0/0 lets everybody try to log in");
        }
        return;
    }
    if everybody {
        say("--classic: everybody in the world may try to log in to the NAT instance");
    }
    for line in UNWISE {
        say(&format!("--classic: {line}"));
    }
    if settings.instance_type == INSTANCE_TYPE {
        say(&format!(
            "--classic: {INSTANCE_TYPE} is of a former generation: slower than t3.micro, dearer, \
             and not to be had in every region"
        ));
    }
    say("--classic: the NAT image of then is no longer kept up; another one is set up as one");
}

/// Refuses what there was not in 2014.
pub fn check(settings: &Settings) -> Result<()> {
    match settings.nat {
        NatKind::Gateway if settings.classic => {
            Err(Error::new(Exit::Usage, "there were no NAT gateways in 2014 (they came in 2015)")
                .next("give --nat instance with --classic, or leave --classic out"))
        }
        _ => Ok(()),
    }
}

/// Adds what can be done where EC2 no longer does what was done in 2014.
pub fn advise(error: Error, classic: bool) -> Error {
    match error.code() {
        Some(code) if classic && REFUSALS.contains(&code) => error.next(
            "AWS may no longer allow it: leave --classic out (take back a record's by \
             --classic=false), or name a type of today with --instance-type",
        ),
        _ => error,
    }
}
