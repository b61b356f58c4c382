//! Getting in: the host keys first, then stage by stage until the server lets us in.

use std::cell::Cell;
use std::time::{Duration, Instant};

use aws_sdk_ec2::Client;
use clap::Args;
use lib_common::progress::Task;
use lib_common::record::{HostKeySource, Instance};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Record, Result};

use crate::console;
use crate::host_key::HostKey;
use crate::ssh::{self, Connection, Refusal, Trust};
use crate::target::Target;

/// cloud-init writes the key before sshd starts on most images, and seconds later on the
/// others. A key that is refused for longer is the wrong one.
const LOGIN_PATIENCE: Duration = Duration::from_secs(60);

/// So many attempts in a row that nothing answers raise the question whether the instance
/// is still there.
const SILENT_ATTEMPTS: u32 = 4;

/// How the host key comes to be trusted.
#[derive(Args)]
pub struct TrustOptions {
    /// Where neither the record nor the console has host keys, believe the first one shown
    #[arg(long, env = "AIL_TRUST_ON_FIRST_USE", hide_env = true)]
    pub trust_on_first_use: bool,
}

/// A deadline that several waits share.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The end of `--timeout`, or of what the verb finds fit.
    pub fn of(context: &Context, fit: Duration) -> Self {
        Self(Instant::now() + context.timeout(fit))
    }

    /// What is left, in whole seconds and at least one: it is shown to people.
    pub fn left(self) -> Duration {
        let left = self.0.saturating_duration_since(Instant::now());
        Duration::from_secs(left.as_secs_f64().ceil().max(1.0) as u64)
    }
}

/// Opens a connection to the record's instance, and writes the host keys that came to be
/// known into the record.
pub async fn open(
    context: &Context,
    record: &mut Record,
    target: &Target,
    options: &TrustOptions,
    deadline: Deadline,
    task: &Task,
) -> Result<Connection> {
    let trust = trust(context, record, target, options, deadline, task).await?;
    let connection = log_in(context, record, target, &trust, deadline, task).await?;
    if matches!(trust, Trust::FirstUse) {
        let key = accept(context, record, target, connection.shown()).await?;
        context.progress().say(&format!(
            "{}: trusting its host key on first use: {} {}",
            target.id,
            key.kind(),
            key.fingerprint()
        ));
        note(record, &[key], HostKeySource::FirstUse)?;
    }
    Ok(connection)
}

/// The host keys of the record.
pub fn known(record: &Record) -> Result<Vec<HostKey>> {
    let instance: Instance = record.require()?;
    let keys = instance.host_keys.iter().enumerate().map(|(n, text)| {
        text.parse().map_err(|_| {
            Error::new(Exit::BadInput, "the input is not a record that this tool can read")
                .because(format!("instance.host_keys[{n}]: expected a key such as `ssh-ed25519 AAAA…`, found {text:?}"))
        })
    });
    keys.collect()
}

/// Settles which host keys are believed: the record's, else the console's, which are then
/// written into the record.
pub async fn trust(
    context: &Context,
    record: &mut Record,
    target: &Target,
    options: &TrustOptions,
    deadline: Deadline,
    task: &Task,
) -> Result<Trust> {
    let keys = known(record)?;
    if !keys.is_empty() {
        return Ok(Trust::Known(keys));
    }
    let ec2 = Client::new(context.aws(record).await?);
    let keys = match options.trust_on_first_use {
        true => console::host_keys(&ec2, &target.id).await.map_err(|e| unread(e, target))?,
        false => console_keys(&ec2, target, deadline, task).await?,
    };
    if keys.is_empty() {
        return Ok(Trust::FirstUse);
    }
    note(record, &keys, HostKeySource::Console)?;
    Ok(Trust::Known(keys))
}

/// Waits for the host keys on the console, which can lag minutes behind.
async fn console_keys(
    ec2: &Client,
    target: &Target,
    deadline: Deadline,
    task: &Task,
) -> Result<Vec<HostKey>> {
    let what = format!("the host keys on the console of {}", target.id);
    Waiter::new(what, deadline.left())
        .until(task, || async {
            let keys = console::host_keys(ec2, &target.id).await.map_err(|e| unread(e, target))?;
            if !keys.is_empty() {
                return Ok(Seen::Ready(keys));
            }
            still_alive(ec2, target).await?;
            Ok(Seen::Pending("waiting for the host keys on its console".to_owned()))
        })
        .await
        .map_err(|error| match error.exit() {
            Exit::TimedOut => error.next(
                "the console can lag some minutes: give a longer --timeout, or give \
                 --trust-on-first-use if its image prints no host keys",
            ),
            _ => error,
        })
}

fn unread(error: Error, target: &Target) -> Error {
    error.context(format!("cannot read the host keys on the console of {}", target.id))
}

/// Tries until the server lets us in, or one stage has failed for good.
async fn log_in(
    context: &Context,
    record: &mut Record,
    target: &Target,
    trust: &Trust,
    deadline: Deadline,
    task: &Task,
) -> Result<Connection> {
    let address = target.address();
    let refused_since: Cell<Option<Instant>> = Cell::new(None);
    let silent = Cell::new(0);
    // Without a region or credentials the wait goes on, and knows less.
    let ec2 = context.aws(record).await.map(Client::new).ok();
    Waiter::new(format!("{} to let {} in", target.id, target.user), deadline.left())
        // Booting takes seconds: look often at first, and never so often that sshd's
        // MaxStartups (10) is touched.
        .every(Duration::from_millis(500), Duration::from_secs(5))
        .until(task, || async {
            let refusal = match ssh::attempt(target, trust).await {
                Ok(connection) => return Ok(Seen::Ready(connection)),
                Err(refusal) => refusal,
            };
            silent.set(if refusal.is_silence() { silent.get() + 1 } else { 0 });
            if silent.get() % SILENT_ATTEMPTS == SILENT_ATTEMPTS - 1
                && let Some(ec2) = &ec2
            {
                still_alive(ec2, target).await?;
            }
            if matches!(refusal, Refusal::Login { .. }) {
                let since = refused_since.get().unwrap_or_else(Instant::now);
                refused_since.set(Some(since));
                if since.elapsed() < LOGIN_PATIENCE {
                    return Ok(Seen::Pending(format!("{address}: {refusal}")));
                }
            }
            // Whoever got the address of an instance that is gone answers in its place.
            if let (Refusal::HostKey(_), Some(ec2)) = (&refusal, &ec2) {
                still_alive(ec2, target).await?;
            }
            match is_final(&refusal) {
                true => Err(explain(refusal, target, trust)),
                false => Ok(Seen::Pending(format!("{address}: {refusal}"))),
            }
        })
        .await
}

fn is_final(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::HostKey(_) | Refusal::KeyFile(_) | Refusal::Login { .. })
}

/// What a refusal means that will not pass.
fn explain(refusal: Refusal, target: &Target, trust: &Trust) -> Error {
    let failed = |exit| Error::new(exit, format!("cannot log in to {}", target.label()));
    match &refusal {
        Refusal::HostKey(shown) => {
            let mut error = Error::new(
                Exit::Refused,
                format!("{} at {}:{} is not who it should be", target.id, target.host, target.port),
            )
            .because(format!("it shows {} {}", shown.kind(), shown.fingerprint()));
            if let Trust::Known(keys) = trust {
                for key in keys {
                    error = error.because(format!("known is {} {}", key.kind(), key.fingerprint()));
                }
            }
            error.next(
                "another machine may answer at this address: look at the instance. If its host keys \
                 were replaced, remove instance.host_keys from the record",
            )
        }
        Refusal::KeyFile(_) => failed(Exit::BadInput)
            .because(&refusal)
            .next(format!("give the record a private key in {}", target.key_file.display())),
        Refusal::Login { offered, .. } => {
            let advice = match offered.contains("password") {
                true => {
                    "the instance takes passwords: if `ail-provision reset-password` has run on it, its \
                     keys are removed, and `ail-ami create` needs no login; else"
                }
                false => "the key or the user is the wrong one:",
            };
            failed(Exit::Permission).because(&refusal).next(format!(
                "{advice} compare instance.user ({}) with the image's default user, and \
                 key_pair.file ({}) with the instance's key pair",
                target.user,
                target.key_file.display()
            ))
        }
        _ => failed(Exit::Refused).because(&refusal),
    }
}

/// Fails where the instance is stopped or gone: no server will answer.
async fn still_alive(ec2: &Client, target: &Target) -> Result<()> {
    match console::lifeless(ec2, &target.id).await {
        Ok(Some(state)) => {
            Err(Error::new(Exit::NotFound, format!("the instance {} is {state}", target.id))
                .next("start the instance, or bring up another with `ail-stack up`"))
        }
        Err(error) if error.is_not_found() => {
            Err(error.context(format!("the instance {} does not exist", target.id)))
        }
        // Reading the state is a kindness: the wait itself needs no permission for it.
        Err(error) => {
            tracing::debug!(%error, "the state of the instance is unknown");
            Ok(())
        }
        Ok(None) => Ok(()),
    }
}

/// Looks at the console once more before a key is believed that nobody vouched for.
async fn accept(
    context: &Context,
    record: &mut Record,
    target: &Target,
    shown: &HostKey,
) -> Result<HostKey> {
    let ec2 = Client::new(context.aws(record).await?);
    let keys = console::host_keys(&ec2, &target.id).await.map_err(|e| unread(e, target))?;
    match keys.is_empty() || keys.contains(shown) {
        true => Ok(shown.clone()),
        false => {
            let refusal = Refusal::HostKey(Box::new(shown.clone()));
            Err(explain(refusal, target, &Trust::Known(keys)))
        }
    }
}

fn note(record: &mut Record, keys: &[HostKey], from: HostKeySource) -> Result<()> {
    let mut instance: Instance = record.require()?;
    instance.host_keys = keys.iter().map(ToString::to_string).collect();
    instance.host_keys_from = Some(from);
    record.set(&instance);
    Ok(())
}
