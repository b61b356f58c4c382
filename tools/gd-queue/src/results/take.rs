//! Taking results: receive, fetch, print, and only then delete.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use futures::StreamExt;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::lines::{self, Reader};

use super::download::Downloads;
use super::line::{Came, Montage};
use crate::canary::Mark;
use crate::queue::Queue;
use crate::receipts;

/// SQS gives and takes at most ten messages in a call (Amazon SQS API Reference).
const MOST: usize = 10;
/// Montages that are fetched at once.
const FETCHES: usize = 4;

/// How long somebody may wait for the result of a canary.
const CANARY_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long it is hidden from this process too, so that whoever waits for it is faster. Longer
/// than the poll that ends where nobody follows.
const CANARY_PAUSE_SECONDS: i32 = 2;

/// Takes results from one queue.
pub struct Taker {
    queue: Queue,
    downloads: Option<Downloads>,
    keep: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The jobs whose line is printed, with the message that told of them.
    jobs: HashMap<String, String>,
    /// The messages of further results of those jobs.
    again: HashSet<String>,
    /// The jobs whose montage could not be fetched.
    failures: HashSet<String>,
    /// What is to be shown again at the end.
    kept: Vec<String>,
}

/// What one receive brought.
pub enum Taken {
    /// Something new.
    Results(Reader),
    /// Only jobs that were told already.
    Known,
    /// Only what is for whoever sent a canary.
    Canaries,
    /// No message.
    Nothing,
}

/// What was told so far.
pub struct Told {
    pub jobs: u64,
    pub again: usize,
    pub failures: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.jobs {
            1 => write!(f, "1 result")?,
            n => write!(f, "{n} results")?,
        }
        match self.again {
            0 => Ok(()),
            1 => write!(f, ", and 1 message of a job that was told already"),
            n => write!(f, ", and {n} messages of jobs that were told already"),
        }
    }
}

/// What becomes of a message.
enum Fate {
    /// It is told, or was told before.
    Settled,
    /// It stays in the queue.
    Left,
}

impl Taker {
    pub fn new(queue: Queue, downloads: Option<Downloads>, keep: bool) -> Self {
        Self { queue, downloads, keep, state: Mutex::default() }
    }

    pub fn told(&self) -> Told {
        let state = self.lock();
        Told {
            jobs: state.jobs.len() as u64,
            again: state.again.len(),
            failures: state.failures.len(),
        }
    }

    /// Receives once, at most `wanted` results, waiting for the first one.
    pub async fn take(&self, wanted: Option<u64>, wait: Duration) -> Result<Taken> {
        let most = wanted.and_then(|n| usize::try_from(n).ok()).unwrap_or(MOST).clamp(1, MOST);
        let messages = self.receive(most, wait).await?;
        if messages.is_empty() {
            return Ok(Taken::Nothing);
        }
        let (canaries, messages): (Vec<_>, Vec<_>) = messages.into_iter().partition(Mark::is_on);
        self.leave(&canaries).await?;
        if messages.is_empty() {
            return Ok(Taken::Canaries);
        }
        if messages.iter().filter(|message| self.knows(message)).count() == messages.len() {
            self.settle(&messages).await?;
            return Ok(Taken::Known);
        }
        let lines = futures::stream::iter(messages)
            .map(|message| async move { (self.line(&message).await, message) })
            .buffered(FETCHES);
        let mut lines = std::pin::pin!(lines);
        let (mut settled, mut left) = (Vec::new(), Vec::new());
        let mut reader = Reader::There;
        while let Some((line, message)) = lines.next().await {
            let fate = match (line, reader) {
                (_, Reader::Gone) => Fate::Left,
                (None, _) => Fate::Settled,
                // Its twin lay in the same answer.
                (Some(_), Reader::There) if self.knows(&message) => Fate::Settled,
                (Some(line), Reader::There) => {
                    let text = serde_json::to_string(&line).expect("lines are plain data");
                    reader = lines::offer(&format!("{text}\n"))?;
                    self.fate(line, reader)
                }
            };
            match fate {
                Fate::Settled => settled.push(message),
                Fate::Left => left.push(message),
            }
        }
        self.settle(&settled).await?;
        if reader == Reader::Gone {
            receipts::show(&self.queue, &receipts::of(&left)).await?;
        }
        Ok(Taken::Results(reader))
    }

    async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Message>> {
        // At least one second, for less asks only some of the queue's servers.
        let wait = wait.as_secs_f64().round().clamp(1.0, 20.0) as i32;
        let answer = self
            .queue
            .sqs
            .receive_message()
            .queue_url(&self.queue.url)
            .max_number_of_messages(i32::try_from(most).unwrap_or(1))
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names("All")
            .send()
            .await
            .during("ReceiveMessage")
            .explain(|| format!("cannot receive from {} ({})", self.queue.name, self.queue.region));
        Ok(answer?.messages.unwrap_or_default())
    }

    /// Whether its job is told already; counts it as a further one then.
    fn knows(&self, message: &Message) -> bool {
        let line = Montage::of(message);
        let mut state = self.lock();
        match state.jobs.get(line.identity()) {
            Some(first) if *first == line.message => true,
            Some(_) => {
                state.again.insert(line.message);
                true
            }
            None => false,
        }
    }

    /// The line of a message, with its montage fetched; none where its job is told already.
    async fn line(&self, message: &Message) -> Option<Montage> {
        if self.knows(message) {
            return None;
        }
        let mut line = Montage::of(message);
        if let (Some(downloads), Some(key), Came::Montage) =
            (&self.downloads, line.key.clone(), line.result)
        {
            match downloads.fetch(&key).await {
                Ok(path) => line.file = Some(path),
                Err(error) => line.error = Some(error.summary()),
            }
        }
        Some(line)
    }

    /// Notes a line that was offered to the reader.
    fn fate(&self, line: Montage, reader: Reader) -> Fate {
        let mut state = self.lock();
        let identity = line.identity().to_owned();
        if reader == Reader::Gone {
            return Fate::Left;
        }
        if line.error.is_some() {
            state.failures.insert(identity);
            return Fate::Left;
        }
        state.failures.remove(&identity);
        state.jobs.insert(identity, line.message);
        Fate::Settled
    }

    /// Deletes what is told, or keeps it for the end.
    async fn settle(&self, messages: &[Message]) -> Result<()> {
        if self.keep {
            self.lock().kept.extend(receipts::of(messages));
            return Ok(());
        }
        // One that stays all the same comes again, as a job that was told already.
        receipts::delete(&self.queue, &receipts::of(messages)).await
    }

    /// Leaves the results of canaries to those who wait for them; those for whom nobody waits
    /// any more are deleted.
    async fn leave(&self, canaries: &[Message]) -> Result<()> {
        let is_old = |it: &&Message| Mark::age(it).is_some_and(|age| age > CANARY_LIFE);
        let (old, young): (Vec<_>, Vec<_>) = canaries.iter().partition(is_old);
        receipts::delete(&self.queue, &receipts::of(old)).await?;
        receipts::show_after(&self.queue, &receipts::of(young), CANARY_PAUSE_SECONDS).await
    }

    /// Shows what was kept to others at once, not only after its time.
    pub async fn show_again(&self) -> Result<()> {
        let kept = std::mem::take(&mut self.lock().kept);
        receipts::show(&self.queue, &kept).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
