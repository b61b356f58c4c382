//! Work along a graph: everything at once that waits for nothing.

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;

/// How many resources are worked on at once. Their calls are spread over a dozen APIs,
/// each of which lets bursts of at least this pass (EC2 API throttling: 50 and more for
/// mutations of network resources, 100 for Describe).
const AT_ONCE: usize = 32;

/// What became of the work at one place.
#[derive(Debug)]
pub(super) enum Ended<T, E> {
    /// It was done.
    Done(T),
    /// It failed.
    Failed(E),
    /// What it waits for was not done.
    Skipped,
}

/// Works at every place after all places that it waits for. A failure stops only what
/// waits for it. `waits[i]` are the places that place `i` waits for.
pub(super) async fn walk<T, E, F>(
    waits: &[Vec<usize>],
    mut work: impl FnMut(usize) -> F,
) -> Vec<Ended<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let slots = Semaphore::new(AT_ONCE);
    let mut ended: Vec<Option<Ended<T, E>>> = waits.iter().map(|_| None).collect();
    let mut begun = vec![false; waits.len()];
    let mut under_way = FuturesUnordered::new();
    loop {
        // Until nothing changes: a skipped place lets those be skipped that wait for it.
        while let Some(place) = (0..waits.len()).find(|&place| {
            !begun[place] && waits[place].iter().all(|waited| ended[*waited].is_some())
        }) {
            begun[place] = true;
            let done = |waited: &usize| matches!(ended[*waited], Some(Ended::Done(_)));
            if !waits[place].iter().all(done) {
                ended[place] = Some(Ended::Skipped);
                continue;
            }
            let (work, slots) = (work(place), &slots);
            under_way.push(async move {
                let slot = slots.acquire().await.expect("it is never closed");
                let result = work.await;
                drop(slot);
                (place, result)
            });
        }
        match under_way.next().await {
            Some((place, Ok(value))) => ended[place] = Some(Ended::Done(value)),
            Some((place, Err(error))) => ended[place] = Some(Ended::Failed(error)),
            None => break,
        }
    }
    ended.into_iter().map(|end| end.expect("an ordered graph has no circle")).collect()
}
