//! The way of one canary: an image, a job, its montage, its result; and nothing left of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::Client as S3;
use lib_common::aws::{During, Explain};
use lib_common::team::TeamOption;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Ending, Error, Exit, Record, Result};
use tokio::time::Instant;

use super::montage::{self, Colour};
use super::objects::Objects;
use super::seek::{self, Sought};
use super::{Barred, Canary, Mark, State, is_told, line};
use crate::bucket;
use crate::depth::Depth;
use crate::job::Job;
use crate::names::Names;
use crate::queue::Queue;
use crate::role::Role;

/// Polls grow from the time in which a worker makes a montage to what a person does not wait
/// for.
const FIRST_LOOK: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a look for the result is worth it even if the montage came at the last moment.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// One canary, and where it flies.
#[derive(Clone)]
pub struct Flight {
    context: Context,
    mark: Mark,
    input: Queue,
    output: Queue,
    dead: Queue,
    objects: Objects,
    /// Whether its job is in the queue, or with a worker.
    out: Arc<AtomicBool>,
}

/// How a canary ended before its time.
enum Ended {
    /// With this state, for this reason.
    As(State, String),
    /// By an error of a call.
    By(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

impl Flight {
    /// Finds the queues and the bucket.
    pub async fn prepare(
        context: &Context,
        names: &Names,
        team: &TeamOption,
        record: &mut Record,
    ) -> Result<Self> {
        let input = Queue::find(context, names, Role::Input, record).await?;
        let output = Queue::find(context, names, Role::Output, record).await?;
        let dead = Queue::find(context, names, Role::DeadLetter, record).await?;
        let bucket = bucket::of(context, names, team, record).await?;
        let s3 = S3::new(context.aws(record).await?);
        let mark = Mark::new();
        let objects = Objects::new(s3, bucket, &mark);
        let out = Arc::default();
        Ok(Self { context: context.clone(), mark, input, output, dead, objects, out })
    }

    /// Sends it and waits for it. Whatever comes, it takes back what it left.
    pub async fn fly(
        &self,
        image: Option<&str>,
        patience: Duration,
        ending: Option<&Ending>,
    ) -> Result<Canary, Barred> {
        let timeout = self.context.timeout(patience);
        if let Err(error) = self.context.undo().finish(self.late()).await {
            // It bars no way: what is late stays for the next one.
            self.context.progress().say(&format!("{} canary: {error}", self.context.tool()));
        }
        let image_of = match image {
            Some(url) => url.to_owned(),
            None => self.objects.link_to_image(timeout).await.map_err(Barred::by)?,
        };
        let job = Job::new(vec![image_of, self.mark.url()], "canary");
        let colour = image.is_none().then(Colour::random);
        let cleaner = || {
            let (flight, job) = (self.clone(), job.clone());
            async move { flight.clean(&job).await }
        };
        let undo = self.context.undo();
        let (clean, progress) = (cleaner(), self.context.progress().clone());
        let tool = self.context.tool();
        let ticket = undo.push(
            format!("delete what the canary {} left", self.mark.name()),
            self.objects.remedy(&job),
            async move {
                if let Some(left) = clean.await? {
                    progress.say(&format!("{tool} canary: {left}"));
                }
                Ok(())
            },
        );
        let mut line = Canary::new(self.mark.name(), &job.id);
        let began = Instant::now();
        let flown = self.try_to_fly(&job, colour, timeout, ending, &mut line).await;
        line.seconds = line::seconds(began.elapsed());
        let cleaned = undo.finish(cleaner()).await;
        undo.settle(ticket);
        let left =
            cleaned.unwrap_or_else(|error| Some(format!("left behind: {}", error.summary())));
        // Nobody reads a line of one that was told to come home.
        if let Some(left) = left.as_ref().filter(|_| is_told(ending)) {
            self.context.progress().say(&format!("{} canary: {left}", self.context.tool()));
        }
        match flown {
            Ok(()) => {}
            Err(Ended::As(state, reason)) => (line.state, line.reason) = (state, Some(reason)),
            Err(Ended::By(error)) => return Err(Barred { error, left }),
        }
        if let Some(left) = left {
            line.add(&left);
        }
        Ok(line)
    }

    /// Deletes what came of the jobs of earlier canaries.
    fn late(&self) -> impl Future<Output = Result<()>> + Send + 'static {
        let objects = self.objects.clone();
        async move { objects.delete_late().await }
    }

    async fn try_to_fly(
        &self,
        job: &Job,
        colour: Option<Colour>,
        timeout: Duration,
        ending: Option<&Ending>,
        line: &mut Canary,
    ) -> Result<(), Ended> {
        let dead = Depth::of(&self.dead).await?.total();
        let (sender, body) = (self.clone(), job.body());
        let send = async move {
            if let Some(colour) = colour {
                sender.objects.put_image(colour.image()?).await?;
            }
            sender.out.store(true, Ordering::SeqCst);
            let sent = sender.send(body).await;
            if sent.as_ref().is_err_and(is_refusal) {
                sender.out.store(false, Ordering::SeqCst);
            }
            sent
        };
        self.context.undo().finish(send).await?;
        let sent = Instant::now();
        let made = self.montage(job, dead, timeout, ending).await?;
        line.montage_seconds = Some(line::seconds(sent.elapsed()));
        montage::check(&made, colour).map_err(|why| Ended::As(State::Wrong, why))?;
        let left = timeout.saturating_sub(sent.elapsed()).max(LAST_LOOK);
        match self.result(left, ending).await? {
            true => line.result_seconds = Some(line::seconds(sent.elapsed())),
            false => {
                let why = format!(
                    "its montage is made, and too many results wait in {} to find its own",
                    self.output.name
                );
                return Err(Ended::As(State::Unread, why));
            }
        }
        Ok(())
    }

    async fn send(&self, body: String) -> Result<()> {
        let asked = self.input.sqs.send_message().queue_url(&self.input.url).message_body(body);
        asked.send().await.during("SendMessage").map(drop).explain(|| {
            format!("cannot send the canary to {} ({})", self.input.name, self.input.region)
        })
    }

    /// Waits for the montage, and looks among the dead letters when they become more.
    async fn montage(
        &self,
        job: &Job,
        dead: u64,
        timeout: Duration,
        ending: Option<&Ending>,
    ) -> Result<Vec<u8>, Ended> {
        let what = format!("the montage of the canary {}", self.mark.name());
        let task = self.context.progress().task(&what);
        let (counted, buried) = (Mutex::new(dead), Mutex::new(None));
        let look = || async {
            if let Some(montage) = self.objects.montage(job).await? {
                return Ok(Seen::Ready(montage));
            }
            self.going_on(ending)?;
            let (input, dead) = futures::try_join!(Depth::of(&self.input), Depth::of(&self.dead))?;
            let before = std::mem::replace(&mut *lock(&counted), dead.total());
            if dead.total() > before
                && let Some(reason) = self.dead_letter().await?
            {
                *lock(&buried) = Some(reason.clone());
                return Err(Error::new(Exit::Failed, reason));
            }
            Ok(Seen::Pending(self.how_far(input)))
        };
        let waited = Waiter::new(&what, timeout).every(FIRST_LOOK, LONGEST_PAUSE);
        let ended = waited.until(&task, look).await;
        drop(task);
        match ended {
            Ok(montage) => {
                self.out.store(false, Ordering::SeqCst);
                Ok(montage)
            }
            Err(error) => Err(match buried.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Some(reason) => Ended::As(State::Dead, reason),
                None if error.exit() == Exit::TimedOut => {
                    let input = Depth::of(&self.input).await?;
                    Ended::As(State::Late, self.how_far(input))
                }
                None => Ended::By(error),
            }),
        }
    }

    /// Where a job without a montage is, as far as numbers tell.
    fn how_far(&self, input: Depth) -> String {
        let queue = &self.input.name;
        match (input.waiting + input.delayed, input.in_flight) {
            (0, 0) => format!("its job left {queue}, and no montage came of it"),
            (0, _) => format!("its job was taken from {queue}, and is not done"),
            (1, 0) => format!("its job waits in {queue}, and nobody takes it"),
            (waiting, 0) => format!("{waiting} jobs wait in {queue}, and nobody takes them"),
            (waiting, taken) => format!("{waiting} jobs wait in {queue}, {taken} are taken"),
        }
    }

    /// Why its job is a dead letter, if it is one.
    async fn dead_letter(&self) -> Result<Option<String>> {
        let (queue, mark) = (self.dead.clone(), self.mark.clone());
        let sought = async move { seek::seek(&queue, &mark).await };
        let Sought::Found(message) = self.context.undo().finish(sought).await? else {
            return Ok(None);
        };
        self.out.store(false, Ordering::SeqCst);
        let reason = message.message_attributes().and_then(|told| told.get("reason"));
        let reason = reason.and_then(|value| value.string_value());
        Ok(Some(match reason {
            Some(reason) => format!("a worker gave its job up: {reason}"),
            None => "its job was received too often, and never done".to_owned(),
        }))
    }

    /// Reads its result: `false` where it lies among too many others.
    async fn result(&self, timeout: Duration, ending: Option<&Ending>) -> Result<bool, Ended> {
        let what = format!("the result of the canary {}", self.mark.name());
        let task = self.context.progress().task(&what);
        let look = || async {
            let (queue, mark) = (self.output.clone(), self.mark.clone());
            let sought = async move { seek::seek(&queue, &mark).await };
            match self.context.undo().finish(sought).await? {
                Sought::Found(_) => Ok(Seen::Ready(true)),
                Sought::TooMany => Ok(Seen::Ready(false)),
                Sought::Nothing => {
                    self.going_on(ending)?;
                    Ok(Seen::Pending(format!("not in {}", self.output.name)))
                }
            }
        };
        let waited = Waiter::new(&what, timeout).every(FIRST_LOOK, LONGEST_PAUSE);
        waited.until(&task, look).await.map_err(|error| match error.exit() {
            Exit::TimedOut => Ended::As(
                State::Late,
                format!("its montage is made, and no result of it came to {}", self.output.name),
            ),
            _ => Ended::By(error),
        })
    }

    fn going_on(&self, ending: Option<&Ending>) -> Result<()> {
        match is_told(ending) {
            true => Err(Error::new(Exit::Terminated, "told to end")),
            false => Ok(()),
        }
    }

    /// Deletes what it left. A job that still waits keeps its image, so that it becomes a montage
    /// and no dead letter: what is left then is told, and noted for the canaries that follow.
    async fn clean(&self, job: &Job) -> Result<Option<String>> {
        if !self.out.load(Ordering::SeqCst) || seek::take_back(&self.input, &self.mark).await? {
            self.objects.delete(job).await?;
            return Ok(None);
        }
        let stays = format!("its job stays in {}", self.input.name);
        Ok(Some(match self.objects.note(&self.mark, job).await {
            Ok(()) => format!("{stays}, and a later canary deletes the montage that comes of it"),
            Err(error) => format!("{stays}, and so will its montage: {}", error.summary()),
        }))
    }
}

/// Whether SQS said no: where it did not answer, or not well, the job may be in the queue.
fn is_refusal(error: &Error) -> bool {
    error.code().is_some() && !error.is_passing()
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
