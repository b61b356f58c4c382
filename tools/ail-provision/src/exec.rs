//! `ail-provision exec`.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use lib_common::{Context, Outcome, Result, lines};

use crate::access::{self, Deadline};
use crate::shell::quoted;
use crate::ssh::{self, Heard, Output};
use crate::target::Target;

/// Longer than anything one waits for by hand, and short enough not to hold up a pipeline
/// for a day.
const FIT: Duration = Duration::from_secs(60 * 60);

/// What to run.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    access: access::TrustOptions,

    /// One argument is a line for the shell there; several are a command and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let target = Target::with_keys(&record)?;
    let command = line(&options.command);
    if context.options().dry_run {
        lines::print(&format!("would run on {} as {}: {command}\n", target.id, target.address()))?;
        return Ok(Outcome::printed());
    }
    let deadline = Deadline::of(context, FIT);
    let task = context.progress().task(&target.id);
    let connection =
        access::open(context, &mut record, &target, &options.access, deadline, &task).await?;
    // A spinner would write into what the command prints.
    drop(task);
    let (_, status) = ssh::run(connection, command, deadline.left(), forward)
        .await
        .map_err(|error| error.context(format!("cannot run the command on {}", target.id)))?;
    Ok(Outcome::printed().with_code(status))
}

/// Passes it on; whoever closed our stdout has seen enough.
fn forward(output: Output, bytes: &[u8]) -> Heard {
    let passed = match output {
        Output::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Output::Stderr => std::io::stderr().lock().write_all(bytes),
    };
    match (passed, output) {
        (Err(_), Output::Stdout) => Heard::Enough,
        _ => Heard::GoOn,
    }
}

fn line(command: &[String]) -> String {
    match command {
        [line] => line.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_argument_is_a_line_and_several_are_words() {
        let line =
            |words: &[&str]| line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["df -h | tail"]), "df -h | tail");
        assert_eq!(line(&["ls", "-l", "a b", "", "it's", "*"]), r"ls -l 'a b' '' 'it'\''s' '*'");
    }
}
