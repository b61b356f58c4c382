//! `ail-provision reset-password`.

use std::time::Duration;

use clap::Args;
use lib_common::progress::Task;
use lib_common::record::Provision;
use lib_common::{Context, Error, Exit, Outcome, Result, lines};
use serde_json::{Map, Value};

use crate::access::{self, Deadline};
use crate::ansible::{self, Program, Request};
use crate::cloud_init;
use crate::host_key::HostKey;
use crate::install::ProgramOption;
use crate::password::{Password, Source};
use crate::playbook::Playbook;
use crate::ssh::{self, Heard, Refusal, Trust};
use crate::target::Target;

/// A dozen tasks, each a second or two on a busy machine.
const FIT: Duration = Duration::from_secs(15 * 60);

/// Which password to set.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    password: Source,

    #[command(flatten)]
    access: access::TrustOptions,

    #[command(flatten)]
    program: ProgramOption,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let target = Target::with_keys(&record)?;
    let password = options.password.read()?;
    let program = Program::find(options.program.ansible.as_deref()).await?;
    if context.options().dry_run {
        lines::print(&plan(&target))?;
        return Ok(Outcome::printed());
    }
    let deadline = Deadline::of(context, FIT);
    let task = context.progress().task(&target.id);
    let trust =
        access::trust(context, &mut record, &target, &options.access, deadline, &task).await?;
    refuse_second_run(&trust, &target, &password).await?;
    let connection =
        access::open(context, &mut record, &target, &options.access, deadline, &task).await?;
    drop(cloud_init::wait(context, connection, &target, deadline, &task).await?);

    let host_keys = access::known(&record)?;
    let request = Request {
        program: &program,
        playbook: &Playbook::BuiltIn("reset_password.yml"),
        target: &target,
        host_keys: &host_keys,
        variables: Map::from_iter([(
            "reset_password_hash".to_owned(),
            Value::from(password.hash()),
        )]),
    };
    let play = ansible::play(context, request, deadline, &task).await.map_err(|error| {
        error.context(format!("cannot set the default password on {}", target.label()))
    })?;
    check(&target, &host_keys, &password, &task).await?;
    task.done("the default password is set and expired, and no key is left");
    let mut provision: Provision = record.get()?.unwrap_or_default();
    provision.reset_password = Some(play);
    record.set(&provision);
    Ok(record.into())
}

fn plan(target: &Target) -> String {
    let Target { id, user, .. } = target;
    format!(
        "would log in to {id} as {}\n\
         would let the SSH server of {id} take passwords\n\
         would set the default password of {user} on {id}, expired at once\n\
         would empty the logs of {id} and remove the SSH keys of all its users: no key opens it then\n",
        target.address()
    )
}

/// An earlier run may have come to its end while its record was lost. Then the key is
/// refused and the password is not, and waiting for the key would be in vain.
async fn refuse_second_run(trust: &Trust, target: &Target, password: &Password) -> Result<()> {
    if matches!(trust, Trust::FirstUse) {
        // Nobody is told the password whose host key is unknown.
        return Ok(());
    }
    let Err(Refusal::Login { offered, .. }) = ssh::attempt(target, trust).await else {
        return Ok(());
    };
    if !offered.contains("password") {
        return Ok(());
    }
    let password = password.reveal().to_owned();
    match ssh::attempt_with_password(target, trust, password).await {
        Ok(_) => Err(target
            .is_sealed()
            .because("its server takes the default password, and not the key")),
        Err(_) => Ok(()),
    }
}

/// Looks at the result as a stranger would: the key must be refused, the password taken,
/// and nothing be possible with it but to change it.
async fn check(
    target: &Target,
    host_keys: &[HostKey],
    password: &Password,
    task: &Task,
) -> Result<()> {
    task.state("checking that the key is refused and the password is expired");
    let wrong = |why: String| {
        Error::new(
            Exit::Failed,
            format!("the default password of {} is set, and does not work as it should", target.id),
        )
        .because(why)
        .done("the SSH keys of all users are removed".to_owned())
        .next("do not make an image of this instance: begin with a new one")
    };
    let trust = Trust::Known(host_keys.to_vec());
    match ssh::attempt(target, &trust).await {
        Err(Refusal::Login { .. }) => {}
        Err(refusal) => return Err(wrong(refusal.to_string())),
        Ok(_) => return Err(wrong("the key still opens it".to_owned())),
    }
    let text = password.reveal().to_owned();
    let connection = ssh::attempt_with_password(target, &trust, text)
        .await
        .map_err(|refusal| wrong(refusal.to_string()))?;
    let patience = Duration::from_secs(60);
    let (_, status) = ssh::run(connection, "true".to_owned(), patience, |_, _| Heard::GoOn).await?;
    match status {
        0 => Err(wrong("the password is not expired: it opens a session".to_owned())),
        _ => Ok(()),
    }
}
