//! The names of queues and bucket: options beat the environment, that beats the record, that
//! beats the defaults.

use std::path::PathBuf;

use clap::Args;
use lib_common::record::Queues;
use lib_common::{Context, Error, Exit, Record, Result};

use crate::role::Role;

/// Which queues and which bucket.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queues and bucket")]
pub struct Names {
    /// Record of `gd-queue up` that names them [default: the one on stdin]
    #[arg(long, env = "GD_RECORD", value_name = "FILE", hide_env = true)]
    queues: Option<PathBuf>,

    /// Name of the queue of jobs [default: GD_INPUT_QUEUE, the record's, input]
    #[arg(long, env = "GD_INPUT_QUEUE", value_name = "NAME", hide_env = true)]
    input_queue: Option<String>,

    /// Name of the queue of results [default: GD_OUTPUT_QUEUE, the record's, output]
    #[arg(long, env = "GD_OUTPUT_QUEUE", value_name = "NAME", hide_env = true)]
    output_queue: Option<String>,

    /// Name of the queue of dead letters [default: GD_DEAD_LETTER_QUEUE, the record's,
    /// dead-letter]
    #[arg(long, env = "GD_DEAD_LETTER_QUEUE", value_name = "NAME", hide_env = true)]
    dead_letter_queue: Option<String>,

    /// Name of the bucket of montages [default: GD_BUCKET, the record's, the team's]
    #[arg(long, env = "GD_BUCKET", value_name = "NAME", hide_env = true)]
    bucket: Option<String>,
}

impl Names {
    /// The record that names them: of `--queues`, or of stdin.
    pub fn record(&self, context: &Context) -> Result<Record> {
        match &self.queues {
            Some(_) => self.record_of_file(context),
            None => context.record_if_piped(),
        }
    }

    /// The record that `--queues` names, for a verb that has another use for stdin.
    pub fn record_of_file(&self, context: &Context) -> Result<Record> {
        let Some(path) = &self.queues else {
            return Ok(context.new_record());
        };
        let read = std::fs::read(path).map_err(|error| {
            Error::new(Exit::BadInput, format!("cannot read {}", path.display())).caused_by(&error)
        });
        read.and_then(|bytes| Record::parse(&bytes))
            .map_err(|error| error.context(format!("cannot use --queues {}", path.display())))
    }

    /// The name of a queue.
    pub fn queue(&self, role: Role, record: &Record) -> Result<String> {
        let option = match role {
            Role::Input => &self.input_queue,
            Role::Output => &self.output_queue,
            Role::DeadLetter => &self.dead_letter_queue,
        };
        if let Some(name) = option {
            return Ok(name.clone());
        }
        let queues = record.get::<Queues>()?;
        Ok(queues.map_or_else(|| role.name().to_owned(), |queues| role.of(&queues).name.clone()))
    }

    /// The name that the bucket is wanted to have, if it is.
    pub fn wanted_bucket(&self) -> Option<String> {
        self.bucket.clone()
    }

    /// The name of the bucket, if something names it.
    pub fn bucket(&self, record: &Record) -> Result<Option<String>> {
        let recorded = record.get::<Queues>()?.map(|queues| queues.bucket.name);
        Ok(self.bucket.clone().or(recorded))
    }
}
