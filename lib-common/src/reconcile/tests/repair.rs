//! Damage, and the way back.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::account::{OPEN, Shared, Thing, things};
use super::{NETWORK, build, context, graphs, writes};
use crate::cli::Common;
use crate::{Context, Exit};

async fn repaired(graph: &Graph, seals: &Seals) -> Repaired {
    let repaired = repair(&context(), graph, seals).await.expect("it is repaired");
    repaired.expect("not a dry run")
}

fn set(account: &Shared, id: &str, fact: &str, value: serde_json::Value) {
    let mut account = account.lock().expect("no panic");
    account.things.get_mut(id).expect("there").insert(fact.to_owned(), value);
}

#[tokio::test(start_paused = true)]
async fn what_would_do_it_again_is_contained_first_and_the_second_repair_is_silent() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    let id = |name: &str| seals.get(name).expect("sealed").id.clone();
    writes(&account);
    set(&account, &id("subnet"), "size", json!(OPEN));
    set(&account, &id("table"), "size", json!(4));
    {
        let mut account = account.lock().expect("no panic");
        account.things.remove(&id("route"));
        let copy = account.things[&id("gateway")].clone();
        account.things.insert("gateway-99".to_owned(), copy);
        account.strangers = vec!["thief".to_owned(), "guest".to_owned()];
    }
    let before = writes(&account);
    let refused = Context::new("test", Common { quiet: true, ..Common::default() });
    let error = repair(&refused, &graph, &seals).await.expect_err("nobody said yes");
    assert_eq!((error.exit(), before.len()), (Exit::Confirm, 0));
    assert!(error.what().contains("the second thing gateway (gateway-99)"), "{error}");
    assert!(error.what().contains("the unplanned thief of thing vpc"), "{error}");
    assert!(error.what().contains("; lock up the unplanned guest of thing vpc"), "{error}");
    assert_eq!(writes(&account), [""; 0], "nothing is changed before");

    let first = repaired(&graph, &seals).await;
    assert_eq!(first.left, []);
    let mut done = writes(&account);
    assert_eq!(done.remove(0), format!("mend {}", id("subnet")), "the open door");
    let mut then: Vec<_> = done.drain(..3).collect();
    then.sort();
    assert_eq!(then, ["delete double gateway-99", "remove guest", "remove thief"]);
    // What stood on the old route is made anew on the new one.
    assert_eq!(done.remove(0), format!("delete {}", id("machine")));
    assert_eq!(done.remove(0), format!("mend {}", id("table")));
    assert_eq!(done.remove(0), "create route");
    assert!(!done.iter().any(|one| one.contains("subnet")), "{done:?}");

    let second = repaired(&graph, &first.seals).await;
    assert_eq!((second.left, second.seals), (vec![], first.seals));
    assert_eq!(writes(&account), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_names_what_is_contained_once() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    let id = |name: &str| seals.get(name).expect("sealed").id.clone();
    for name in ["subnet", "gateway"] {
        set(&account, &id(name), "size", json!(OPEN));
    }
    set(&account, &id("gateway"), "tag", json!("stolen"));
    set(&account, &id("table"), "size", json!(4));
    let sweep = sweep::Sweep::new(&graph, &seals).await;
    let mut plan = Plan::repairing(&graph, &sweep.survey, &seals);
    let first = contain::Containment::new(&graph, &sweep, &plan).plan(&graph, &mut plan);
    let then: Vec<_> = plan.changes().map(ToString::to_string).collect();
    let (subnet, gateway, table) = (id("subnet"), id("gateway"), id("table"));
    assert_eq!(
        first,
        [
            format!("would first mend size of thing subnet ({subnet})"),
            format!("would first mend size of thing gateway ({gateway})"),
        ]
    );
    assert_eq!(
        then,
        [
            format!(
                "would mend thing gateway ({gateway}): tag is \"stolen\", shall be \"gateway\""
            ),
            format!("would mend thing table ({table}): size is 4, shall be 3"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_bears_its_name_is_kept_unless_it_is_known_by_its_id() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    writes(&account);
    for name in ["route", "machine"] {
        let mut account = account.lock().expect("no panic");
        let facts = account.things.remove(&seals.get(name).expect("sealed").id).expect("there");
        account.things.insert(format!("{name}-99"), facts);
    }
    set(&account, "machine-99", "on", json!([seals.get("subnet").expect("sealed").id, "route-99"]));
    let found = sweep::Sweep::new(&graph, &seals).await.findings;
    let found: Vec<_> = found
        .into_iter()
        .map(|one| (one.resource, one.attribute.unwrap_or_default(), one.mend.is_some()))
        .collect();
    let of = |name: &str, mends| (name.to_owned(), "id".to_owned(), mends);
    assert_eq!(found, [of("route", false), of("machine", true)]);
    let repaired = repaired(&graph, &seals).await;
    assert_eq!(repaired.left, []);
    assert_eq!(repaired.seals.get("route").expect("sealed").id, "route-99", "as good as ours");
    let done = writes(&account);
    assert_eq!(done[..2], ["delete machine-99", "create machine"]);
    assert_eq!(done.len(), 3, "{done:?}");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_mend_or_read_is_left_and_said() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    writes(&account);
    account.lock().expect("no panic").strangers = vec!["rock".to_owned()];
    let left = repaired(&graph, &seals).await;
    assert_eq!(left.exit(), Exit::Failed);
    assert_eq!(left.left.len(), 1);
    assert_eq!((left.left[0].finding, &left.left[0].mend), (Kind::Extra, &None));
    account.lock().expect("no panic").strangers_are_dark = true;
    let left = repaired(&graph, &seals).await.left;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].finding, Kind::Unreadable);
    assert_eq!(left[0].attribute.as_deref(), Some("strangers"));
    assert_eq!(writes(&account), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_may_stay_is_told_until_a_repair_took_it_into_the_baseline() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    writes(&account);
    let found = async |seals: &Seals| -> Vec<_> {
        let found = findings(&graph, seals).await.into_iter();
        found.map(|one| (one.finding, one.id.unwrap_or_default(), one.mend)).collect()
    };
    let extra = |id: &str| (Kind::Extra, id.to_owned(), None);
    account.lock().expect("no panic").strangers = vec!["service".to_owned()];
    assert_eq!(found(&seals).await, [extra("service")]);
    let first = repaired(&graph, &seals).await;
    assert_eq!((first.exit(), &first.left), (Exit::Done, &vec![]));
    assert_eq!(first.seals.get("vpc").expect("sealed").strangers, ["service"]);
    assert_eq!(found(&first.seals).await, []);
    assert_eq!(repaired(&graph, &first.seals).await.seals, first.seals);
    let built = up(&context(), &graph, &first.seals).await.expect("it stands").expect("done");
    assert_eq!(built, first.seals, "nor does `up` forget it");
    assert_eq!(writes(&account), [""; 0]);

    // That a baseline holds the id of something else lets that not stay.
    let mut forged = seals;
    forged.0[0].strangers = vec!["rock".to_owned()];
    account.lock().expect("no panic").strangers = vec!["rock".to_owned()];
    assert_eq!(found(&forged).await, [extra("rock")]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_took_the_tags_is_not_taken_for_the_sealed_one() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    let subnet = seals.get("subnet").expect("sealed");
    account.lock().expect("no panic").things.insert("a-copy".to_owned(), subnet.facts.clone());
    set(&account, &subnet.id, "tag", json!("none"));
    writes(&account);
    let repaired = repaired(&graph, &seals).await;
    assert_eq!((repaired.left, repaired.seals), (vec![], seals.clone()));
    assert_eq!(writes(&account).len(), 2, "its tag, and the end of the copy");
}

#[tokio::test(start_paused = true)]
async fn a_double_that_holds_something_is_left_and_what_it_holds_is_said() {
    let account = Shared::default();
    let graph = things(&account, &NETWORK, 3);
    let seals = build(&graph, &Seals::default()).await.expect("it is built");
    let copies = ["full-copy", "dark-copy", "empty-copy"];
    {
        let mut account = account.lock().expect("no panic");
        let facts = account.things[&seals.get("gateway").expect("sealed").id].clone();
        account.things.extend(copies.map(|id| (id.to_owned(), facts.clone())));
        account.full.push("full-copy".to_owned());
    }
    writes(&account);
    let repaired = repaired(&graph, &seals).await;
    assert_eq!(writes(&account), ["delete double empty-copy"]);
    let left = repaired.left.iter().map(|one| (one.id.as_deref(), &one.mend, &one.found["holds"]));
    assert_eq!(
        left.collect::<Vec<_>>(),
        [
            (Some("dark-copy"), &None, &json!("AccessDenied")),
            (Some("full-copy"), &None, &json!("2 objects"))
        ]
    );
    assert_eq!(repaired.exit(), Exit::Failed);
}

/// What is done to one thing.
#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    Deleted,
    Changed,
    Opened,
    Stolen,
    Copied,
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        Just(Damage::None),
        Just(Damage::Deleted),
        Just(Damage::Changed),
        Just(Damage::Opened),
        Just(Damage::Stolen),
        Just(Damage::Copied),
    ];
    prop::collection::vec(one, 12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_repair_that_is_cut_off_anywhere_is_finished_by_the_next(
        graph in graphs(), damages in damages(), patience in 0usize..30,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let account = Shared::default();
            let count = graph.len();
            let graph = Graph::new(graph.into_iter().map(|(name, needs)| Arc::new(Thing {
                account: account.clone(), name, needs, size: 3, coexists: false, bare: false,
            }) as Arc<dyn Resource>).collect());
            let seals = build(&graph, &Seals::default()).await.expect("it is built");
            for (sealed, damage) in seals.0.iter().zip(&damages) {
                let mut account = account.lock().expect("no panic");
                let facts = account.things.get_mut(&sealed.id).expect("there");
                match damage {
                    Damage::None => {}
                    Damage::Deleted => drop(account.things.remove(&sealed.id)),
                    Damage::Changed => drop(facts.insert("size".to_owned(), json!(4))),
                    Damage::Opened => drop(facts.insert("size".to_owned(), json!(OPEN))),
                    Damage::Stolen => drop(facts.insert("tag".to_owned(), json!("theirs"))),
                    Damage::Copied => {
                        let copy = facts.clone();
                        account.things.insert(format!("{}-99", sealed.name), copy);
                    }
                }
            }
            account.lock().expect("no panic").strangers.push("thief".to_owned());
            account.lock().expect("no panic").patience = Some(patience);
            let _ = repair(&context(), &graph, &seals).await;
            account.lock().expect("no panic").patience = None;
            let mut whole = repaired(&graph, &seals).await;
            // What nobody planned within something that was gone shows once that is back: its
            // deletion could not be asked for before.
            if !whole.left.is_empty() {
                assert!(whole.left.iter().all(|left| left.finding == Kind::Extra), "{whole:?}");
                whole = repaired(&graph, &whole.seals).await;
            }
            assert_eq!(whole.left, []);
            assert_eq!(account.lock().expect("no panic").things.len(), count, "no doubles");
            assert_eq!(account.lock().expect("no panic").strangers, [""; 0]);
            writes(&account);
            assert_eq!(repaired(&graph, &whole.seals).await.left, []);
            assert_eq!(writes(&account), [""; 0], "the second repair is silent");
        });
    }
}
