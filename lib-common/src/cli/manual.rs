//! The man page, from the same definition as `--help`.

use std::fmt::Write;

use clap::{Arg, Command};
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::Tool;

/// The page in roff.
pub(super) fn page(tool: &Tool, mut command: Command) -> String {
    command.build();
    let mut roff = Roff::new();
    let title = tool.name.to_uppercase();
    let source = format!("ail-tools {}", tool.version);
    roff.control("TH", [title.as_str(), "1", "", source.as_str(), "ail-tools"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{} - {}", tool.name, tool.about.trim_end_matches('.')))]);
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold(tool.name), roman(" ["), italic("options"), roman("] "), italic("command")]);
    roff.control("SH", ["EXAMPLES"]);
    verbatim(&mut roff, tool.examples);

    roff.control("SH", ["COMMANDS"]);
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        roff.control("SS", [verb.get_name()]);
        roff.text([roman(about(verb))]);
        for arg in verb.get_arguments().filter(|arg| shown(arg) && !arg.is_global_set()) {
            option(&mut roff, arg);
        }
    }

    roff.control("SH", ["OPTIONS"]);
    for arg in command.get_arguments().filter(|arg| shown(arg)) {
        option(&mut roff, arg);
    }

    roff.control("SH", ["EXIT STATUS"]);
    for exit in tool.exits() {
        roff.control("TP", []);
        roff.text([bold(exit.code().to_string())]);
        roff.text([roman(exit.meaning())]);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    roff.text([roman(
        "Each common option can be set by a variable: AIL_ and its name in capitals, such as \
         AIL_ASSET_ID. The standard AWS_ variables and files apply. Private keys are kept in \
         $XDG_STATE_HOME/ail.",
    )]);
    roff.to_roff()
}

fn shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn about(verb: &Command) -> String {
    verb.get_long_about().or(verb.get_about()).map(ToString::to_string).unwrap_or_default()
}

fn option(roff: &mut Roff, arg: &Arg) {
    let mut names = String::new();
    if let Some(short) = arg.get_short() {
        write!(names, "-{short}, ").expect("a string takes it");
    }
    match arg.get_long() {
        Some(long) => write!(names, "--{long}").expect("a string takes it"),
        None => names.push_str(&arg.to_string()),
    }
    roff.control("TP", []);
    let mut head = vec![bold(names)];
    if arg.get_long().is_some() && arg.get_action().takes_values() {
        let values = arg.get_value_names().unwrap_or_default();
        let values: Vec<_> = values.iter().map(|v| v.as_str().to_owned()).collect();
        let values = italic(values.join(" "));
        match arg.get_num_args().is_some_and(|count| count.min_values() == 0) {
            true => head.extend([roman("["), bold("="), values, roman("]")]),
            false => head.extend([roman(" "), values]),
        }
    }
    roff.text(head);
    let mut text =
        arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let possible: Vec<_> =
        arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
    if arg.get_action().takes_values() && !possible.is_empty() {
        write!(text, " [possible values: {}]", possible.join(", ")).expect("a string takes it");
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        write!(text, " [default: {}]", defaults.join(", ")).expect("a string takes it");
    }
    roff.text([roman(text)]);
}

fn verbatim(roff: &mut Roff, text: &str) {
    roff.control("nf", []);
    for line in text.trim_end().lines() {
        // An empty line ends no-fill mode in some renderers.
        match line.is_empty() {
            true => roff.control("sp", []),
            false => roff.text([roman(line)]),
        };
    }
    roff.control("fi", []);
}
