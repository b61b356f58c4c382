//! `ail-provision install`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use lib_common::record::Provision;
use lib_common::{Context, Outcome, Result, lines};
use serde_json::{Map, Value};

use crate::access::{self, Deadline};
use crate::ansible::{self, Program, Request};
use crate::cloud_init;
use crate::playbook::Playbook;
use crate::target::Target;

/// The built-in roles take one to five minutes; playbooks of one's own may load gigabytes.
const FIT: Duration = Duration::from_secs(60 * 60);

/// What to install.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    access: access::TrustOptions,

    /// Directory with a site.yml or main.yml, or a playbook, instead of the built-in roles
    #[arg(long, env = "AIL_PLAYBOOK", value_name = "DIR", hide_env = true)]
    playbook: Option<PathBuf>,

    /// Port on which Jupyter listens (variable jupyter_port)
    #[arg(long, env = "AIL_JUPYTER_PORT", value_name = "PORT", default_value_t = 49494,
          hide_env = true, value_parser = clap::value_parser!(u16).range(1024..))]
    jupyter_port: u16,

    /// User who runs Jupyter, made if need be (variable jupyter_user)
    #[arg(long, env = "AIL_JUPYTER_USER", value_name = "NAME", default_value = "jupyter",
          hide_env = true, value_parser = user_name)]
    jupyter_user: String,

    /// Variable for the playbook, any number of times; a VALUE that begins with [ or { is JSON
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, Value)>,

    #[command(flatten)]
    program: ProgramOption,
}

/// Where Ansible is.
#[derive(Args)]
pub struct ProgramOption {
    /// The program ansible-playbook [default: AIL_ANSIBLE_PLAYBOOK, or the one on the PATH]
    #[arg(long, env = "AIL_ANSIBLE_PLAYBOOK", value_name = "PATH", hide_env = true)]
    pub ansible: Option<PathBuf>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let target = Target::with_keys(&record)?;
    let playbook = match &options.playbook {
        Some(path) => Playbook::own(path)?,
        None => Playbook::BuiltIn("site.yml"),
    };
    let program = Program::find(options.program.ansible.as_deref()).await?;
    let variables = variables(&options);
    if context.options().dry_run {
        let variables = Value::from(variables);
        return plan(&format!(
            "would log in to {} as {}\nwould play {} with {variables}\n",
            target.id,
            target.address(),
            playbook.label()
        ));
    }
    let deadline = Deadline::of(context, FIT);
    let task = context.progress().task(&target.id);
    let connection =
        access::open(context, &mut record, &target, &options.access, deadline, &task).await?;
    drop(cloud_init::wait(context, connection, &target, deadline, &task).await?);
    let request = Request {
        program: &program,
        playbook: &playbook,
        target: &target,
        host_keys: &access::known(&record)?,
        variables,
    };
    let play = ansible::play(context, request, deadline, &task)
        .await
        .map_err(|error| error.context(format!("cannot install on {}", target.label())))?;
    task.done(&format!("installed: {}", ansible::counted(&play)));
    let mut provision: Provision = record.get()?.unwrap_or_default();
    provision.install = Some(play);
    record.set(&provision);
    Ok(record.into())
}

fn plan(text: &str) -> Result<Outcome> {
    lines::print(text).map(|()| Outcome::printed())
}

fn variables(options: &Options) -> Map<String, Value> {
    let own = [
        ("jupyter_port".to_owned(), Value::from(options.jupyter_port)),
        ("jupyter_user".to_owned(), Value::from(options.jupyter_user.as_str())),
    ];
    own.into_iter().chain(options.variables.iter().cloned()).collect()
}

/// useradd(8): what the name of a user looks like.
fn user_name(text: &str) -> Result<String, String> {
    let first = |c: char| c.is_ascii_lowercase() || c == '_';
    let other = |c: char| first(c) || c.is_ascii_digit() || c == '-';
    match text.starts_with(first) && text.chars().all(other) && text.len() <= 32 {
        true => Ok(text.to_owned()),
        false => Err("a user's name is made of up to 32 small letters, digits, _ and -, and \
                      begins with a letter or _"
            .to_owned()),
    }
}

fn variable(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !name.starts_with(first) || !name.chars().all(|c| first(c) || c.is_ascii_digit()) {
        return Err("a variable's name is made of letters, digits and _, and begins with none \
                    of the digits"
            .to_owned());
    }
    let value = match value.starts_with(['[', '{']) {
        true => serde_json::from_str(value).map_err(|error| format!("not JSON: {error}"))?,
        false => Value::from(value),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_variable_is_text_or_json() {
        assert_eq!(variable("a=5.0"), Ok(("a".to_owned(), json!("5.0"))));
        assert_eq!(variable("_b2=x=y"), Ok(("_b2".to_owned(), json!("x=y"))));
        assert_eq!(variable("c="), Ok(("c".to_owned(), json!(""))));
        assert_eq!(variable("d=[1]"), Ok(("d".to_owned(), json!([1]))));
        for text in ["x", "=1", "2a=1", "a-b=1", "e=[1"] {
            variable(text).expect_err(text);
        }
    }

    #[test]
    fn a_user_has_a_name_that_useradd_takes() {
        for text in ["jupyter", "_x", "a-1"] {
            assert_eq!(user_name(text).as_deref(), Ok(text));
        }
        for text in ["", "1a", "Admin", "a b", "-a", "root;"] {
            user_name(text).expect_err(text);
        }
    }
}
