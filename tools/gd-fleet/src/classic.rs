//! The instructions of 2014, to the letter: what is unwise about them, and what AWS no longer does.

use lib_common::record::FleetWish;
use lib_common::{Context, Error};

/// The type of the instances, then.
pub const INSTANCE_TYPE: &str = "m1.small";

/// What the role may do, then: everything, with every bucket and every queue.
pub const POLICIES: [&str; 2] =
    ["arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/AmazonSQSFullAccess"];

/// What is unwise about it today, a line each.
const UNWISE: [&str; 6] = [
    "workers may do anything with every bucket and every queue of the account",
    "the metadata service answers without a token (IMDSv1): a worker that can be made to fetch \
     a URL gives its role away",
    "workers take SSH from every address that reaches them, and reach every address themselves",
    "their volumes are not encrypted",
    "a worker that has to go is ended in the middle of its jobs, which wait for another until \
     they are visible again",
    "launch configurations learn nothing new since 2023, and accounts made since October 2024 \
     cannot make any",
];

/// How services refuse what they no longer do: the creation of launch configurations, and types
/// of instances that a zone or an image does not go with.
const REFUSALS: [&str; 4] =
    ["InvalidParameterCombination", "InvalidParameterValue", "Unsupported", "UnsupportedOperation"];

/// Says what is unwise about this wish, where it is one for the instructions of 2014.
pub fn warn(context: &Context, wish: &FleetWish) {
    if !wish.classic {
        return;
    }
    for line in UNWISE {
        context.progress().say(&format!("--classic: {line}"));
    }
    if wish.instance_type == INSTANCE_TYPE {
        context.progress().say(&format!(
            "--classic: {INSTANCE_TYPE} is of a former generation: slower than t3.small, dearer, \
             and not to be had in every region"
        ));
    }
}

/// Adds what can be done where a service no longer does what was done in 2014.
pub fn advise(error: Error, wish: &FleetWish) -> Error {
    match error.code() {
        Some(code) if wish.classic && REFUSALS.contains(&code) => match code {
            "UnsupportedOperation" => error.next(
                "AWS no longer allows it: leave --classic out, and take back a record's by \
                 --classic=false",
            ),
            _ => error.next(
                "AWS may no longer allow it: leave --classic out (take back a record's by \
                 --classic=false), or name a type of today with --instance-type",
            ),
        },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use lib_common::Exit;

    use super::*;

    #[test]
    fn an_error_of_today_gets_no_advice_of_then() {
        let mut wish = FleetWish {
            worker: String::new(),
            source: None,
            settings: Default::default(),
            instance_type: INSTANCE_TYPE.to_owned(),
            min: 1,
            max: 4,
            scaling: Default::default(),
            backlog_per_instance: 10,
            classic: true,
        };
        let error = || Error::new(Exit::Refused, "RunInstances: no capacity");
        assert_eq!(advise(error(), &wish).to_string(), "RunInstances: no capacity");
        wish.classic = false;
        assert_eq!(advise(error(), &wish).to_string(), "RunInstances: no capacity");
    }
}
