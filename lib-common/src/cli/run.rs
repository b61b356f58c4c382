//! From the arguments to the exit status.

use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgMatches, FromArgMatches, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tracing_subscriber::EnvFilter;

use super::{Common, Tool, manual};
use crate::progress::seconds;
use crate::undo::Undone;
use crate::{Context, Error, Exit, Outcome, Result, lines, stderr};

/// How long the clean-up may take. Deleting a stack with an instance takes a few
/// minutes; CodeBuild and most CI kill a job some minutes after they told it to stop.
const CLEAN_UP: Duration = Duration::from_secs(15 * 60);

/// Runs a tool: parses its command line, runs the verb, prints the record, takes back
/// what a failure or a signal left half done, and maps all of it to an exit status.
pub fn run<V, F>(tool: &'static Tool, verb: impl FnOnce(Context, V) -> F) -> ExitCode
where
    V: Subcommand,
    F: Future<Output = Result<Outcome>>,
{
    let mut matches = match tool.command::<V>().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // A closed pipe under --help is not an error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { 0 });
        }
    };
    if let Some(result) = about_itself::<V>(tool, &matches) {
        return end(tool, result);
    }
    let common = Common::from_arg_matches_mut(&mut matches).expect("the same definition");
    // Read first: the options take the verb out of the matches.
    let name = matches.subcommand_name().unwrap_or_default().to_owned();
    let options = V::from_arg_matches_mut(&mut matches).expect("the same definition");
    set_up_output(&common);

    let context = Context::new(tool.name, common);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the system has threads");
    let result = runtime.block_on(supervise(&context, &name, verb(context.clone(), options)));
    let code = end(tool, result);
    // A blocked thread (a read of stdin, a resolver) must not hold the end up.
    runtime.shutdown_background();
    code
}

/// Runs the verb beside the signals and the heartbeat.
async fn supervise<F>(context: &Context, verb: &str, work: F) -> Result<Outcome>
where
    F: Future<Output = Result<Outcome>>,
{
    let mut signals = Signals::listen(context)?;
    let heartbeat = async {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            tick.tick().await;
            context.progress().heartbeat();
        }
    };
    let (mut work, mut heartbeat) = (std::pin::pin!(work), std::pin::pin!(heartbeat));
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            exit = signals.next() => if !context.tell_to_end() {
                break Err(interrupted(exit));
            },
            () = &mut heartbeat => unreachable!("the heartbeat never ends"),
        }
    };
    let result = match result {
        Ok(outcome) => Ok(outcome),
        Err(error) => Err(error.after(take_back(context, &mut signals).await)),
    };
    if result.is_ok() {
        let took = seconds(context.at_work());
        context.progress().say(&format!("{} {verb}: done in {took}", context.tool()));
    }
    result
}

fn interrupted(exit: Exit) -> Error {
    let what = match exit {
        Exit::Interrupted => "interrupted",
        _ => "told to end",
    };
    Error::new(exit, what)
}

/// Runs the undo steps; another signal stops that at once.
async fn take_back(context: &Context, signals: &mut Signals) -> Undone {
    let report = |what: &str| {
        context.progress().say(&format!("{}: taking back: {what}", context.tool()));
    };
    tokio::select! {
        undone = context.undo().run(CLEAN_UP, report) => undone,
        _ = signals.next() => Undone {
            undone: Vec::new(),
            left: context.undo().left(),
            kept: context.undo().kept(),
        },
    }
}

/// SIGINT and SIGTERM, as the exits they mean; a terminal that is gone (SIGHUP) ends a run
/// as SIGTERM does.
struct Signals(UnboundedReceiver<Exit>);

impl Signals {
    /// Listens in a task of its own: reading stdin blocks the verb's thread, and with it
    /// whatever waits beside the verb. A tool that still waits for its input has called
    /// nothing, so that it can end on the spot.
    fn listen(context: &Context) -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Error::new(Exit::Failed, "cannot listen for signals").caused_by(&error)
            })
        };
        let mut interrupt = listen(SignalKind::interrupt())?;
        let mut terminate = listen(SignalKind::terminate())?;
        let mut hang_up = listen(SignalKind::hangup())?;
        let (sender, receiver) = unbounded_channel();
        let context = context.clone();
        tokio::spawn(async move {
            loop {
                let exit = tokio::select! {
                    _ = interrupt.recv() => Exit::Interrupted,
                    _ = terminate.recv() => Exit::Terminated,
                    _ = hang_up.recv() => Exit::Terminated,
                };
                if context.waits_for_input() {
                    let error = interrupted(exit).because("it was waiting for its input");
                    report(context.tool(), &error);
                    std::process::exit(exit.code().into());
                }
                if sender.send(exit).is_err() {
                    return;
                }
            }
        });
        Ok(Self(receiver))
    }

    async fn next(&mut self) -> Exit {
        match self.0.recv().await {
            Some(exit) => exit,
            None => std::future::pending().await,
        }
    }
}

/// Prints the record or the error.
fn end(tool: &Tool, result: Result<Outcome>) -> ExitCode {
    let printed = result.and_then(|outcome| {
        if let Some(record) = &outcome.record {
            lines::print(&format!("{}\n", record.to_value()))?;
        }
        Ok(outcome.code)
    });
    match printed {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            if let Some(record) = error.record() {
                // That stdout takes nothing any more is the smaller trouble here.
                let _ = lines::print(&format!("{}\n", record.to_value()));
            }
            report(tool.name, &error);
            ExitCode::from(error.status())
        }
    }
}

fn report(tool: &str, error: &Error) {
    let name = console::style(tool).for_stderr().red().bold();
    stderr::say(&format!("{name}: {error}"));
}

/// The verbs that every tool answers about itself: no call, no record.
fn about_itself<V: Subcommand>(tool: &Tool, matches: &ArgMatches) -> Option<Result<Outcome>> {
    let text = match matches.subcommand()? {
        ("schema", m) => {
            let of = m.get_one::<String>("of").expect("it has a default");
            match tool.schema(of) {
                Some(schema) => format!("{schema:#}\n"),
                None => {
                    return Some(Err(Error::new(Exit::Usage, "this tool prints no lists")));
                }
            }
        }
        ("completions", m) => {
            let shell = *m.get_one::<clap_complete::Shell>("shell").expect("it is required");
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut tool.command::<V>(), tool.name, &mut out);
            String::from_utf8(out).expect("completions are text")
        }
        ("man", _) => manual::page(tool, tool.command::<V>()),
        _ => return None,
    };
    Some(lines::print(&text).map(|()| Outcome::printed()))
}

fn set_up_output(common: &Common) {
    if common.no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()) {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
    }
    let level = match common.verbose {
        0 => "off",
        1 => "lib_common=info,ail=info,aws_smithy_runtime=warn",
        _ => "debug,hyper=info,rustls=info,h2=info",
    };
    let filter = EnvFilter::try_from_env("AIL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
}
