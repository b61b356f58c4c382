//! What a tool says of itself.

use clap::builder::StyledStr;
use clap::{Args, Command, Subcommand};
use serde_json::Value;

use super::Common;
use crate::Exit;
use crate::record::schema::{self, Property};

/// A tool: everything that help, man page, completions and `schema` are made from
/// beside its verbs.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name, `env!("CARGO_PKG_NAME")`.
    pub name: &'static str,
    /// Its version, `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// One sentence, `env!("CARGO_PKG_DESCRIPTION")`.
    pub about: &'static str,
    /// Command lines, each after a line `# what it does`, a blank line between two, with
    /// which `--help` begins; a verb's help begins with those that use it.
    pub examples: &'static str,
    /// The members of the record that it reads or writes.
    pub members: &'static [Property],
    /// The schema of the lines that it prints, if it prints lists.
    pub lines: Option<fn() -> Value>,
    /// The codes that it ends with beside those of every tool.
    pub exits: &'static [Exit],
}

/// How every tool can end.
const EVERY: [Exit; 10] = [
    Exit::Done,
    Exit::Failed,
    Exit::Usage,
    Exit::BadInput,
    Exit::Refused,
    Exit::Temporary,
    Exit::Permission,
    Exit::TimedOut,
    Exit::Interrupted,
    Exit::Terminated,
];

impl Tool {
    /// The whole command line: the common options, the verbs, and those that the tool
    /// answers about itself.
    pub(super) fn command<V: Subcommand>(&self) -> Command {
        let command = V::augment_subcommands(Common::augment_args(Command::new(self.name)))
            .version(self.version)
            .about(self.about)
            .long_about(None)
            .before_help(examples(self.examples))
            .arg_required_else_help(true)
            .subcommand_required(true)
            .max_term_width(100);
        self.with_examples_of_verbs(command)
            .subcommand(
                Command::new("schema")
                    .about("Print the JSON Schema of the record, or of the lines, of this tool")
                    .arg(
                        clap::Arg::new("of")
                            .value_parser(["record", "lines"])
                            .default_value("record")
                            .help("What to describe"),
                    ),
            )
            .subcommand(
                Command::new("completions").about("Print the completions for a shell").arg(
                    clap::Arg::new("shell")
                        .required(true)
                        .value_parser(clap::value_parser!(clap_complete::Shell))
                        .help("The shell"),
                ),
            )
            .subcommand(Command::new("man").about("Print the man page"))
    }

    /// Gives each verb those of the examples that use it.
    fn with_examples_of_verbs(&self, command: Command) -> Command {
        let of_verb = |verb: &str| {
            let call = format!("{} {verb}", self.name);
            let used = self.examples.split("\n\n").filter(|example| example.contains(&call));
            used.collect::<Vec<_>>().join("\n\n")
        };
        let verbs: Vec<_> = command.get_subcommands().map(|v| v.get_name().to_owned()).collect();
        verbs.into_iter().fold(command, |command, verb| {
            let examples_of_verb = of_verb(&verb);
            match examples_of_verb.is_empty() {
                true => command,
                false => command
                    .mut_subcommand(verb, |verb| verb.before_help(examples(&examples_of_verb))),
            }
        })
    }

    /// The schema of its record, or of its lines.
    pub(super) fn schema(&self, of: &str) -> Option<Value> {
        match of {
            "lines" => self.lines.map(|lines| lines()),
            _ => Some(schema::record(self.name, self.members)),
        }
    }

    /// All codes that it ends with, in the order of the numbers.
    pub(super) fn exits(&self) -> impl Iterator<Item = Exit> {
        Exit::ALL.into_iter().filter(|exit| EVERY.contains(exit) || self.exits.contains(exit))
    }
}

/// The examples as the help shows them: comments dim, commands plain.
fn examples(text: &str) -> StyledStr {
    let heading = clap::builder::styling::Styles::styled();
    let (bold, reset) = (heading.get_header().render(), heading.get_header().render_reset());
    let indent = |line: &str| match line.is_empty() {
        true => String::new(),
        false => format!("  {line}"),
    };
    let indented: Vec<_> = text.trim_end().lines().map(indent).collect();
    StyledStr::from(format!("{bold}Examples:{reset}\n{}\n", indented.join("\n")))
}
