//! What an attack may open, and to whom: nothing but the team's, and to nobody but the account
//! that it is in. Real accounts are attacked too, and nobody outside shall come in by that.

use lib_common::record::Queues;
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

/// The account of the team, and what is the team's in it.
#[derive(Debug)]
pub struct Own {
    partition: String,
    account: String,
    queues: Vec<String>,
    bucket: String,
}

impl Own {
    /// Of the record, whose queues name their account.
    pub fn new(queues: &Queues) -> Result<Self> {
        let arn = &queues.input.arn;
        let parts: Vec<_> = arn.split(':').collect();
        let [_, partition, _, _, account, _] = parts[..] else { return Err(unreadable(arn)) };
        // AWS Account Management Reference Guide: an account's number has twelve digits.
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unreadable(arn));
        }
        let all = [&queues.input, &queues.output, &queues.dead_letter];
        Ok(Self {
            partition: partition.to_owned(),
            account: account.to_owned(),
            queues: all.map(|queue| queue.arn.clone()).into(),
            bucket: queues.bucket.name.clone(),
        })
    }

    /// Everything, on the team's queues and in its bucket.
    pub fn everything(&self) -> Value {
        let bucket = format!("arn:{}:s3:::{}", self.partition, self.bucket);
        let own = self.queues.iter().cloned().chain([format!("{bucket}/*"), bucket]);
        document(json!({
            "Effect": "Allow", "Action": ["sqs:*", "s3:*"], "Resource": own.collect::<Vec<_>>(),
        }))
    }

    /// The trust of a role that everybody of the account may take, as far as it lets him.
    pub fn trust(&self) -> Value {
        let root = format!("arn:{}:iam::{}:root", self.partition, self.account);
        trusting(json!({"AWS": root}))
    }

    /// The trust of a role that everybody of the account may take, whatever else it says.
    pub fn open_trust(&self) -> Value {
        self.within(trusting(json!({"AWS": "*"})))
    }

    /// The policy of a queue that everybody of the account may do everything with.
    pub fn open_queue(&self, arn: &str) -> Value {
        self.within(document(json!({
            "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn,
        })))
    }

    /// The document, for nobody outside the account.
    fn within(&self, mut document: Value) -> Value {
        document["Statement"][0]["Condition"] =
            json!({"StringEquals": {"aws:PrincipalAccount": self.account}});
        document
    }
}

/// The trust of a role that this principal may take.
pub fn trusting(principal: Value) -> Value {
    document(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))
}

/// A document of this one statement.
pub fn document(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn unreadable(arn: &str) -> Error {
    Error::new(Exit::BadInput, format!("the record's queue {arn} does not tell its account"))
        .next("give a record as `gd-queue up` wrote it; nothing was called")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(arn: &str) -> Queues {
        let queue = json!({"name": "q", "url": "", "arn": arn});
        let queues = json!({
            "input": queue, "output": queue, "dead_letter": queue, "bucket": {"name": "b"},
            "visibility_seconds": 1, "max_receives": 1,
        });
        serde_json::from_value(queues).expect("queues")
    }

    #[test]
    fn nothing_is_opened_beyond_the_account_and_the_team() {
        let arn = "arn:aws-cn:sqs:cn-north-1:123456789012:q";
        let own = Own::new(&queues(arn)).expect("an account");
        for open in [own.open_trust(), own.open_queue(arn)] {
            let condition = &open["Statement"][0]["Condition"];
            let expected = json!({"StringEquals": {"aws:PrincipalAccount": "123456789012"}});
            assert_eq!(*condition, expected, "{open}");
        }
        let trusted = &own.trust()["Statement"][0]["Principal"];
        assert_eq!(*trusted, json!({"AWS": "arn:aws-cn:iam::123456789012:root"}));
        let reach = own.everything()["Statement"][0]["Resource"].clone();
        let bucket = "arn:aws-cn:s3:::b";
        assert_eq!(reach, json!([arn, arn, arn, format!("{bucket}/*"), bucket]));
    }

    #[test]
    fn a_record_that_does_not_tell_the_account_is_refused() {
        for arn in ["", "arn:aws:sqs:eu-central-1:*:q", "arn:aws:sqs:eu-central-1::q"] {
            let refused = Own::new(&queues(arn)).expect_err(arn);
            assert_eq!(refused.exit(), Exit::BadInput);
        }
    }
}
