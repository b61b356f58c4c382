//! Waiting for cloud-init, so that nobody fights over apt's locks.

use std::sync::{Arc, Mutex, PoisonError};

use lib_common::progress::Task;
use lib_common::{Context, Error, Exit, Result};

use crate::access::Deadline;
use crate::ssh::{self, Connection, Heard, Output};
use crate::target::Target;

/// Ends with 127 where there is no cloud-init; else with the status of its own wait. What it
/// says begins with a mark that shows that it ran at all.
const WAIT: &str = "echo ran; command -v cloud-init >/dev/null || exit 127; \
                    cloud-init status --wait >/dev/null 2>&1; ended=$?; \
                    [ $ended = 0 ] || cloud-init status --long 2>&1; exit $ended";

const RAN: &str = "ran\n";
const ABSENT: u8 = 127;

/// Waits until cloud-init, if there is one, has finished.
pub async fn wait(
    context: &Context,
    connection: Connection,
    target: &Target,
    deadline: Deadline,
    task: &Task,
) -> Result<Connection> {
    task.state("waiting for cloud-init");
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let sink = move |_: Output, bytes: &[u8]| {
        heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Heard::GoOn
    };
    let (connection, status) =
        ssh::run(connection, WAIT.to_owned(), deadline.left(), sink).await.map_err(|error| {
            match error.exit() {
                Exit::TimedOut => {
                    Error::new(Exit::TimedOut, format!("cloud-init did not finish on {}", target.id))
                        .next("look with `ail-provision exec -- cloud-init status --long`, or give a longer --timeout")
                }
                _ => error.context(format!("cannot wait for cloud-init on {}", target.id)),
            }
        })?;
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let said = String::from_utf8_lossy(&said);
    let Some(report) = said.strip_prefix(RAN) else {
        return Err(runs_nothing(target, said.trim()));
    };
    if ![0, ABSENT].contains(&status) {
        // It has finished, and that is all that was waited for: what failed is the image's
        // or the user data's affair.
        let report = report.trim().replace('\n', "\n  ");
        context
            .progress()
            .say(&format!("{}: cloud-init ended with errors:\n  {report}", target.id));
    }
    Ok(connection)
}

/// It lets us in and runs no command.
fn runs_nothing(target: &Target, said: &str) -> Error {
    let error = Error::new(
        Exit::Permission,
        format!("{} lets {} in by key, but runs no command", target.id, target.user),
    );
    let error = if said.is_empty() { error } else { error.because(said) };
    match said.contains("expired") {
        true => error.next(format!(
            "its image has an expired password: change it by `ssh -t -p {} {}@{}` first",
            target.port, target.user, target.host
        )),
        false => error.next("look at the login shell and at ForceCommand in its sshd_config"),
    }
}
