//! What a verb works with: its options, its input, the clients' configuration, progress
//! and undo.

use std::io::{IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use nix::sys::stat::{SFlag, fstat};
use rand::RngExt;
use tokio::sync::{OnceCell, watch};

use crate::cli::{Common, Format};
use crate::progress::Progress;
use crate::tags::{self, Tags};
use crate::undo::Undo;
use crate::{AssetId, Error, Exit, Record, Result, aws};

/// How long what a run takes down itself may live before `ail-assets expired` calls it
/// left behind. An installation and an image take minutes; a day leaves room for an
/// inspection by hand.
const PASSING_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Everything a verb works with. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tool: &'static str,
    options: Common,
    run: String,
    progress: Progress,
    undo: Undo,
    aws: OnceCell<SdkConfig>,
    reading: AtomicBool,
    began: Mutex<Instant>,
    drains: AtomicBool,
    told_to_end: watch::Sender<bool>,
}

/// The first signal, for a verb that ends by itself; see [`Context::drains`].
#[derive(Clone, Debug)]
pub struct Ending(watch::Receiver<bool>);

impl Ending {
    /// Waits until the verb is told to end.
    pub async fn told(&mut self) {
        // An error means that the context is gone, and the verb holds it.
        let _ = self.0.wait_for(|told| *told).await;
    }

    /// Whether the verb was told to end.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
    }
}

impl Context {
    pub(crate) fn new(tool: &'static str, options: Common) -> Self {
        let run =
            options.run.clone().unwrap_or_else(|| format!("{:08x}", rand::rng().random::<u32>()));
        let progress = Progress::new(options.quiet);
        Self(Arc::new(Inner {
            tool,
            options,
            run,
            progress,
            undo: Undo::default(),
            aws: OnceCell::new(),
            reading: AtomicBool::new(false),
            began: Mutex::new(Instant::now()),
            drains: AtomicBool::new(false),
            told_to_end: watch::Sender::new(false),
        }))
    }

    /// The name of this tool.
    #[must_use]
    pub fn tool(&self) -> &'static str {
        self.0.tool
    }

    /// The options that every tool has.
    #[must_use]
    pub fn options(&self) -> &Common {
        &self.0.options
    }

    /// This run, 8 hex digits; the stages of a pipeline share it by `AIL_RUN`.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.0.run
    }

    /// Where progress goes.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.0.progress
    }

    /// The steps that take this run back if it fails or is interrupted.
    #[must_use]
    pub fn undo(&self) -> &Undo {
        &self.0.undo
    }

    /// The deadline of a wait: `--timeout`, or what the verb finds fit.
    #[must_use]
    pub fn timeout(&self, fit: Duration) -> Duration {
        self.0.options.timeout.unwrap_or(fit)
    }

    /// The format of a list: `--output`, or a table for a person and NDJSON for a pipe.
    #[must_use]
    pub fn format(&self) -> Format {
        self.0.options.output.unwrap_or(match std::io::stdout().is_terminal() {
            true => Format::Table,
            false => Format::Ndjson,
        })
    }

    /// The record on stdin, for a verb that needs one; a new one where a person sits.
    pub fn record(&self) -> Result<Record> {
        match std::io::stdin().is_terminal() {
            true => Ok(self.new_record()),
            false => self.read_record(),
        }
    }

    /// The record on stdin if something was piped or redirected into it, for a verb
    /// that can do without. An empty pipe is an error here too: it is a failed stage.
    pub fn record_if_piped(&self) -> Result<Record> {
        let piped = fstat(std::io::stdin().as_fd()).is_ok_and(|stat| {
            let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
            [SFlag::S_IFIFO, SFlag::S_IFREG, SFlag::S_IFSOCK].contains(&kind)
        });
        match piped {
            true => self.read_record(),
            false => Ok(self.new_record()),
        }
    }

    /// A new record with what the options say.
    #[must_use]
    pub fn new_record(&self) -> Record {
        self.with_options(Record::default())
    }

    fn read_record(&self) -> Result<Record> {
        Record::parse(&self.input()?).map(|record| self.with_options(record))
    }

    /// All of stdin, for a verb that takes something else than a record too. A terminal
    /// is refused: nobody types JSON.
    pub fn input(&self) -> Result<Vec<u8>> {
        let mut stdin = std::io::stdin().lock();
        if stdin.is_terminal() {
            return Err(Error::new(Exit::BadInput, "nothing is piped into stdin"));
        }
        let mut bytes = Vec::new();
        self.0.reading.store(true, Ordering::SeqCst);
        let read = stdin.read_to_end(&mut bytes);
        self.0.reading.store(false, Ordering::SeqCst);
        *self.0.began.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        read.map_err(|error| Error::new(Exit::BadInput, "cannot read stdin").caused_by(&error))?;
        Ok(bytes)
    }

    /// Whether the verb still waits for its input, so that it has called nothing.
    pub(crate) fn waits_for_input(&self) -> bool {
        self.0.reading.load(Ordering::SeqCst)
    }

    /// How long the verb has been at work: the wait for the stage before it is not its own.
    pub(crate) fn at_work(&self) -> Duration {
        self.0.began.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Takes the first signal into the verb's own hands: it is told, finishes what it has
    /// begun and returns as if its work were done. The next signal ends it at once, as the
    /// first one does elsewhere.
    #[must_use]
    pub fn drains(&self) -> Ending {
        self.0.drains.store(true, Ordering::SeqCst);
        Ending(self.0.told_to_end.subscribe())
    }

    /// Tells a verb that drains to end; `false` where there is none, or it was told before.
    pub(crate) fn tell_to_end(&self) -> bool {
        self.0.drains.load(Ordering::SeqCst) && !self.0.told_to_end.send_replace(true)
    }

    fn with_options(&self, mut record: Record) -> Record {
        if let Some(id) = &self.0.options.asset_id {
            record.set_asset_id(id);
        }
        record
    }

    /// The asset id, from the options or the record.
    pub fn asset_id(&self, record: &Record) -> Result<AssetId> {
        record.asset_id()?.ok_or_else(|| {
            Error::new(Exit::Usage, "no asset id is given")
                .next("give --asset-id, or set AIL_ASSET_ID, or put asset_id into the record")
        })
    }

    /// The configuration of the clients: options beat the environment, that beats the
    /// record, that beats the profile. The region in force is written into the record.
    pub async fn aws(&self, record: &mut Record) -> Result<&SdkConfig> {
        let config = self
            .0
            .aws
            .get_or_try_init(|| async {
                let options = &self.0.options;
                let region = match options.region.clone().or_else(region_of_environment) {
                    Some(region) => Some(region),
                    None => record.region()?,
                };
                let target = aws::Target {
                    region,
                    profile: options.profile.clone(),
                    endpoint_url: options.endpoint_url.clone(),
                };
                aws::config(self.0.tool, target).await
            })
            .await?;
        record.set_region(aws::region(config));
        Ok(config)
    }

    /// The tags of something new that stays.
    #[must_use]
    pub fn lasting_tags(&self, asset_id: &AssetId) -> Tags {
        tags::lasting(asset_id, self.0.tool, &self.0.run)
    }

    /// The tags of something new that the run itself takes down.
    #[must_use]
    pub fn passing_tags(&self, asset_id: &AssetId) -> Tags {
        tags::passing(asset_id, self.0.tool, &self.0.run, Timestamp::now(), PASSING_LIFE)
    }

    /// Asks before something is destroyed: `--yes`, or a person at the terminal. `what`
    /// is what will be destroyed.
    pub fn confirm(&self, what: &str) -> Result<()> {
        if self.0.options.yes {
            return Ok(());
        }
        let refused = || {
            Error::new(Exit::Confirm, format!("this would {what}"))
                .next("look at it with --dry-run, then give --yes")
        };
        // Not stdin: the record may be there.
        let terminal = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty");
        let Ok(mut terminal) = terminal else {
            return Err(refused());
        };
        if !std::io::stderr().is_terminal() {
            return Err(refused());
        }
        let mut answer = String::new();
        self.0.reading.store(true, Ordering::SeqCst);
        let asked = write!(terminal, "This will {what}. Go on? [y/N] ").and_then(|()| {
            std::io::BufRead::read_line(&mut std::io::BufReader::new(terminal), &mut answer)
        });
        self.0.reading.store(false, Ordering::SeqCst);
        match asked {
            Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
            _ => Err(refused()),
        }
    }
}

fn region_of_environment() -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_verb_that_drains_takes_a_signal_and_only_the_first() {
        let context = Context::new("test", Common::default());
        assert!(!context.tell_to_end());
        let mut ending = context.drains();
        assert!(!ending.is_told());
        assert!(context.tell_to_end());
        ending.told().await;
        assert!(ending.is_told());
        assert!(!context.tell_to_end());
    }
}
