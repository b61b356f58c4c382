//! The reconciler against an account that exists in memory.

mod account;
mod repair;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::sweep::Sweep;
use super::*;
use crate::cli::Common;
use crate::{Context, Exit, Result};
use account::{CALL, Shared, Thing, things, things_bare};

const NETWORK: [(&str, &[&str]); 6] = [
    ("vpc", &[]),
    ("subnet", &["vpc"]),
    ("gateway", &["vpc"]),
    ("table", &["vpc"]),
    ("route", &["table", "gateway"]),
    ("machine", &["subnet", "route"]),
];

fn context() -> Context {
    Context::new("test", Common { yes: true, quiet: true, ..Common::default() })
}

async fn build(graph: &Graph, seals: &Seals) -> Result<Seals> {
    up(&context(), graph, seals).await.map(|seals| seals.expect("not a dry run"))
}

fn writes(account: &Shared) -> Vec<String> {
    std::mem::take(&mut account.lock().expect("no panic").writes)
}

#[tokio::test(start_paused = true)]
async fn what_is_built_is_left_alone_and_what_is_down_too() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    assert_eq!(seals.0.len(), 6);
    assert_eq!(seals.get("machine").expect("sealed").facts["size"], 3);
    assert_eq!(writes(&account).len(), 12);

    assert_eq!(build(&graph, &Seals::default()).await.expect("nothing to do"), seals);
    assert_eq!(writes(&account), [""; 0]);

    for expected in [6, 0] {
        down(&context(), &graph, &seals).await.expect("it goes");
        assert_eq!(writes(&account).len(), expected);
    }
    assert!(account.lock().expect("no panic").things.is_empty());
}

#[tokio::test(start_paused = true)]
async fn independent_calls_do_not_wait_for_each_other() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let began = Instant::now();
    build(&graph, &Seals::default()).await.expect("it is built");
    // A look, by tags and by nature, then vpc, table, route and machine: two calls each.
    assert_eq!(began.elapsed(), CALL * 9);
}

#[tokio::test(start_paused = true)]
async fn what_stands_bare_is_mended_beside_the_making_of_what_stands_on_it() {
    let account = Shared::default();
    let graph = things_bare(&account, &NETWORK, 3, true);
    let began = Instant::now();
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    // A look, then vpc, table, route and machine, and the size of the last.
    assert_eq!(began.elapsed(), CALL * 6);
    assert!(seals.0.iter().all(|sealed| sealed.facts["size"] == 3));

    account.lock().expect("no panic").patience = Some(1);
    down(&context(), &graph, &seals).await.expect_err("it is cut off");
    account.lock().expect("no panic").patience = Some(0);
    let error = build(&graph, &seals).await.expect_err("no calls are left").to_string();
    assert!(!error.contains("not looked after"), "nothing stands on what failed: {error}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_fact_is_mended_and_a_fixed_one_makes_all_above_it_anew() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    writes(&account);
    let id = seals.get("gateway").expect("sealed").id.clone();
    let set = |fact: &str, value: Value| {
        let mut account = account.lock().expect("no panic");
        let facts = account.things.get_mut(&id).expect("it is there");
        facts.insert(fact.to_owned(), value);
    };

    set("size", json!(9));
    build(&graph, &seals).await.expect("it is mended");
    assert_eq!(writes(&account), [format!("mend {id}")]);

    set("on", json!(["another"]));
    build(&graph, &seals).await.expect("it is replaced");
    let done: Vec<_> = writes(&account)
        .iter()
        .map(|call| call.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned())
        .collect();
    assert_eq!(
        done,
        [
            "delete machine",
            "delete route",
            "delete gateway",
            "create gateway",
            "mend gateway",
            "create route",
            "mend route",
            "create machine",
            "mend machine",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_lost_its_tags_is_found_by_its_seal_or_by_what_it_is() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    writes(&account);
    for with in [&seals, &Seals::default()] {
        for facts in account.lock().expect("no panic").things.values_mut() {
            facts.insert("tag".to_owned(), json!("stolen"));
        }
        assert_eq!(build(&graph, with).await.expect("it is mended"), seals);
        assert_eq!(writes(&account).len(), 6, "one mending each");
    }
}

#[tokio::test(start_paused = true)]
async fn findings_name_what_is_wrong_once() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    let look = async || {
        let seen = survey(&graph, &seals).await;
        let found = Sweep::of(&graph, seen, &seals).await.findings.into_iter();
        found.map(|one| (one.finding, one.resource, one.attribute)).collect::<Vec<_>>()
    };
    assert_eq!(look().await, []);

    {
        let mut account = account.lock().expect("no panic");
        account.things.remove(&seals.get("gateway").expect("sealed").id);
        let subnet = seals.get("subnet").expect("sealed");
        account.things.get_mut(&subnet.id).expect("there").insert("size".to_owned(), json!(4));
        account.things.insert("subnet-99".to_owned(), subnet.facts.clone());
        account.dark.push("machine");
    }
    assert_eq!(
        look().await,
        [
            (Kind::Missing, "gateway".to_owned(), None),
            (Kind::Extra, "subnet".to_owned(), None),
            (Kind::Changed, "subnet".to_owned(), Some("size".to_owned())),
            (Kind::Unreadable, "machine".to_owned(), None),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_neither_made_again_nor_called_gone() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    build(&graph, &Seals::default()).await.expect("it is built");
    writes(&account);
    account.lock().expect("no panic").dark.push("subnet");
    let error = build(&graph, &Seals::default()).await.expect_err("it is dark");
    assert_eq!(error.exit(), Exit::Permission);
    assert!(error.to_string().starts_with("cannot read thing subnet\n"), "{error}");
    assert_eq!(writes(&account), [""; 0]);
    let error = down(&context(), &graph, &Seals::default()).await.expect_err("it is dark");
    assert_eq!(error.exit(), Exit::Permission);
    let left: Vec<_> = account.lock().expect("no panic").things.keys().cloned().collect();
    assert!(left.iter().any(|id| id.starts_with("vpc-")), "it stands on it: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_ends_it_before_anything_is_changed_and_is_not_deleted() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    account.lock().expect("no panic").taken.push("subnet");
    let error = up(&context(), &graph, &Seals::default()).await.expect_err("it is taken");
    assert_eq!((error.exit(), error.what()), (Exit::Exists, "the name is taken"));
    assert_eq!(writes(&account), [""; 0]);
    down(&context(), &graph, &Seals::default()).await.expect("nothing is there");
    assert_eq!(writes(&account), [""; 0]);
}

/// The network once with a gateway and once with a machine on its route, the other unwanted.
fn ways(account: &Shared, gateway: bool) -> Graph {
    let thing = |name: &str, needs: &[&str], size: u32| {
        let needs = needs.iter().map(|need| (*need).to_owned()).collect();
        let (account, name) = (account.clone(), name.to_owned());
        Arc::new(Thing { account, name, needs, size, coexists: false, bare: false })
            as Arc<dyn Resource>
    };
    let one = vec![thing("gateway", &["vpc"], 3)];
    let other = vec![thing("machine", &["vpc"], 3), thing("address", &["machine"], 3)];
    let (mut wanted, unwanted) = if gateway { (one, other) } else { (other, one) };
    wanted.push(thing("vpc", &[], 3));
    Graph::with_unwanted(wanted, unwanted)
}

#[tokio::test(start_paused = true)]
async fn what_another_choice_made_goes_once_the_new_choice_stands() {
    let account = Shared::default();
    let seals = build(&ways(&account, true), &Seals::default()).await.expect("it is built");
    writes(&account);
    let graph = ways(&account, false);
    let seen = survey(&graph, &seals).await;
    let found = Sweep::of(&graph, seen, &seals).await.findings;
    let found: Vec<_> = found.into_iter().map(|one| (one.finding, one.resource)).collect();
    let of = |kind, name: &str| (kind, name.to_owned());
    assert_eq!(
        found,
        [of(Kind::Missing, "machine"), of(Kind::Missing, "address"), of(Kind::Extra, "gateway"),]
    );

    let seals = build(&graph, &seals).await.expect("it is changed");
    let done = writes(&account);
    assert_eq!(done.len(), 5, "{done:?}");
    assert!(done[4].starts_with("delete gateway-"), "{done:?}");
    let names: Vec<_> = seals.0.iter().map(|sealed| sealed.name.as_str()).collect();
    assert_eq!(names, ["vpc", "machine", "address"]);

    build(&graph, &seals).await.expect("nothing to do");
    assert_eq!(writes(&account), [""; 0]);
    build(&ways(&account, true), &Seals::default()).await.expect("and back, by the tags alone");
    let left: Vec<_> = account.lock().expect("no panic").things.keys().cloned().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn what_stands_on_a_replaced_thing_and_is_unwanted_goes_before_it() {
    let account = Shared::default();
    build(&ways(&account, false), &Seals::default()).await.expect("it is built");
    writes(&account);
    for (id, facts) in &mut account.lock().expect("no panic").things {
        if id.starts_with("vpc-") {
            facts.insert("on".to_owned(), json!(["another"]));
        }
    }
    // Deleting asserts that nothing stands on it any more.
    build(&ways(&account, true), &Seals::default()).await.expect("it is changed");
    let done = writes(&account);
    assert!(done[0].starts_with("delete address-"), "{done:?}");
    let left: Vec<_> = account.lock().expect("no panic").things.keys().cloned().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_unwanted_and_not_ours_is_left_alone() {
    let account = Shared::default();
    account.lock().expect("no panic").taken.push("machine");
    let graph = ways(&account, true);
    let seals = build(&graph, &Seals::default()).await.expect("it is not in the way");
    let seen = survey(&graph, &seals).await;
    assert_eq!(Sweep::of(&graph, seen, &seals).await.findings, []);
}

/// Any graph: each thing stands on some of those before it.
fn graphs() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 1..12)
        .prop_map(|all| {
            let name = |place: usize| format!("thing{}x", char::from(b'a' + place as u8));
            let of = |(place, picks): (usize, Vec<prop::sample::Index>)| {
                let needs = picks.into_iter().filter(|_| place > 0);
                let mut needs: Vec<_> = needs.map(|pick| name(pick.index(place))).collect();
                needs.sort();
                needs.dedup();
                (name(place), needs)
            };
            all.into_iter().enumerate().map(of).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_run_that_is_cut_off_anywhere_is_finished_by_the_next(
        graph in graphs(), patience in 0usize..30, coexists: bool, bare: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let account = Shared::default();
            let of = |size| Graph::new(graph.iter().map(|(name, needs)| Arc::new(Thing {
                account: account.clone(), name: name.clone(), needs: needs.clone(), size, coexists,
                bare,
            }) as Arc<dyn Resource>).collect());
            account.lock().expect("no panic").patience = Some(patience);
            let cut = build(&of(3), &Seals::default()).await.is_err();
            assert_eq!(cut, patience < graph.len() * 2);
            account.lock().expect("no panic").patience = None;
            build(&of(3), &Seals::default()).await.expect("it goes on");
            assert_eq!(account.lock().expect("no panic").things.len(), graph.len(), "no doubles");
            writes(&account);
            build(&of(3), &Seals::default()).await.expect("nothing to do");
            assert_eq!(writes(&account), [""; 0]);
            account.lock().expect("no panic").patience = Some(patience);
            let _ = down(&context(), &of(3), &Seals::default()).await;
            account.lock().expect("no panic").patience = None;
            down(&context(), &of(3), &Seals::default()).await.expect("it goes on");
            assert!(account.lock().expect("no panic").things.is_empty());
        });
    }
}
