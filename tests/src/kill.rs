//! Killing a tool at each of its calls.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{Cloud, Lab, Ran, Tool};

/// More calls than any of our tools makes in one run. A tool that is at the same call again
/// each time would otherwise never end.
const MOST: usize = 100;

impl Lab {
    /// Starts a tool again and again. The first call of each run that changes something is
    /// done, its answer is lost and the tool is killed, until a run has nothing left to change.
    /// Gives the kills and how that last run ended.
    ///
    /// So the tool is killed between any two of its calls in turn, in each place once where
    /// a run goes on from what the one before it left.
    pub fn killed_at_each_call(&self, start: impl Fn() -> Tool) -> (usize, Ran) {
        self.killed_until_it_ends(|_| 1, start)
    }

    /// As [`Lab::killed_at_each_call`], but each run comes so many calls further than the one
    /// before it: for what each begins anew, because nothing proves that the one before made it.
    pub fn killed_later_and_later(&self, step: usize, start: impl Fn() -> Tool) -> (usize, Ran) {
        self.killed_until_it_ends(|kills| 1 + step * kills, start)
    }

    fn killed_until_it_ends(
        &self,
        at: impl Fn(usize) -> usize,
        start: impl Fn() -> Tool,
    ) -> (usize, Ran) {
        for kills in 0..MOST {
            self.silence("POST", at(kills));
            let mut running = start().start();
            let began = Instant::now();
            while !self.is_silent() && running.is_running() {
                assert!(began.elapsed() < Duration::from_secs(300), "neither a call nor an end");
                std::thread::sleep(Duration::from_millis(10));
            }
            // A run whose last call was answered late may not have ended yet.
            let silent = self.is_silent();
            if silent {
                running.signal(Signal::SIGKILL);
            }
            let ran = running.wait();
            self.silence("DELETE", 0);
            if !silent {
                return (kills, ran);
            }
        }
        panic!("after {MOST} runs, each killed at a call, there is still something to change");
    }

    fn silence(&self, method: &str, after: usize) {
        let body = json!({"caller": self.caller(), "after": after});
        Cloud::shared().control(method, "/ail-cloud/silence", &body.to_string());
    }

    fn is_silent(&self) -> bool {
        let all = Cloud::shared().control("GET", "/ail-cloud/silence", "");
        let all: Value = serde_json::from_str(&all).expect("the cloud answers in JSON");
        all[self.caller()] == 0
    }
}
