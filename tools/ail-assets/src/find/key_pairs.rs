//! Key pairs, the half that EC2 holds.

use aws_sdk_ec2::types::KeyPairInfo;
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use crate::account::Account;
use crate::marks::{Marks, moment};
use crate::search::Search;

/// DescribeKeyPairs has no pages.
pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let answer = account
        .ec2
        .describe_key_pairs()
        .filters(search.filter())
        .send()
        .await
        .during("DescribeKeyPairs")
        .explain(|| format!("cannot list key pairs ({region})"))?;
    Ok(answer.key_pairs().iter().filter_map(|pair| asset(pair, search, region)).collect())
}

fn asset(pair: &KeyPairInfo, search: &Search, region: &str) -> Option<Asset> {
    let marks = Marks::of_ec2(pair.tags());
    if !search.wants(&marks) {
        return None;
    }
    Some(Asset {
        name: pair.key_name().map(str::to_owned),
        state: "available".to_owned(),
        created: moment(pair.create_time()),
        ..marks.asset(Kind::KeyPair, pair.key_pair_id()?, region)
    })
}
