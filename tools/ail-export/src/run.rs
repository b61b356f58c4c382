//! `ail-export run`.

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use lib_common::record::{Export, Exports, Format, Image};
use lib_common::undo::Ticket;
use lib_common::wait::Waiter;
use lib_common::{Context, Error, Exit, Outcome, Record, Result, aws, lines};

use crate::bill::Bill;
use crate::destination;
use crate::found::Found;
use crate::job::{Clients, Job};
use crate::stored::Marks;
use crate::{follow, parts, preflight, rename, served, start, stored};

/// An export of a few GiB takes from half an hour to some hours, by how busy EC2 is.
const USUAL_TIMEOUT: Duration = Duration::from_secs(6 * 60 * 60);

/// What to export, and where to.
#[derive(Args)]
pub struct Options {
    /// Format of a disk; repeat it, or give several with commas, for more than one
    #[arg(long = "format", value_name = "FORMAT", env = "AIL_FORMAT", hide_env = true,
          value_delimiter = ',', default_values = ["vhd", "vmdk"], value_parser = format())]
    formats: Vec<Format>,

    /// Image to export, instead of the record's
    #[arg(long, value_name = "AMI")]
    image_id: Option<String>,

    #[command(flatten)]
    destination: destination::Choice,

    /// Size in bytes of the parts that large disks are copied in inside the bucket. Only a
    /// test has a reason to set it: real disks of many parts are too large to be made in
    /// one, and this lets disks of a few MiB take the same path.
    #[arg(long, value_name = "BYTES", env = "AIL_EXPORT_COPY_PART", hide = true,
          default_value_t = parts::USUAL,
          value_parser = clap::value_parser!(u64).range(parts::SMALLEST..=parts::LARGEST))]
    copy_part: u64,
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::extension)).map(|name| {
        let format = Format::ALL.into_iter().find(|format| format.extension() == name);
        format.expect("only these names are possible")
    })
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (mut record, image) = input(context, options.image_id.as_deref())?;
    let asset_id = context.asset_id(&record)?;
    let earlier = record.get::<Exports>()?.unwrap_or_default();
    let formats = without_repeats(options.formats);

    let config = context.aws(&mut record).await?;
    let (clients, region) = (Clients::new(config), aws::region(config).to_owned());
    let destination = options
        .destination
        .resolve(&clients.cloudformation, &region)
        .await
        .map_err(|error| error.context(format!("cannot export {image} ({region})")))?;
    let account = preflight::check(context, &clients, &image, &destination, &region).await?;
    let job = Job {
        context: context.clone(),
        clients,
        asset_id,
        image,
        account,
        bucket: destination.bucket,
        role: destination.role,
        distribution: destination.distribution,
        region,
        part: options.copy_part,
    };
    let found = survey(&job, &formats).await?;
    let mut bill = bill(&job, &record).await?;
    if context.options().dry_run {
        lines::print(&bill.as_ref().map(Bill::plan).unwrap_or_default())?;
        for (format, found) in &found {
            lines::print(&format!("{}\n", found.plan(&job, *format)))?;
        }
        return Ok(Outcome::printed());
    }
    // Now, for a run that goes on after this one failed finds the image, and reads nothing
    // inside it any more. It stays, like disks that are finished.
    if let Some(bill) = &mut bill {
        let ticket = bill.write().await.map_err(|error| error.context(job.cannot()))?;
        ticket.into_iter().for_each(|ticket| context.undo().settle(ticket));
    }
    let mut exports = those_of_other_formats(earlier, &job, &formats);
    for format in formats {
        match export(&job, format).await {
            Ok(export) => {
                let name = job.s3(&export.key);
                context.undo().keep(format!("{} is exported as {format} ({name})", job.image));
                exports.0.push(export);
                record.set(&exports);
            }
            Err(error) => {
                let error = error.context(job.cannot_export(format));
                return Err(match context.undo().kept().is_empty() {
                    true => error,
                    false => error.partial(record),
                });
            }
        }
    }
    Ok(record.into())
}

/// The record, and the image to export.
fn input(context: &Context, image_id: Option<&str>) -> Result<(Record, String)> {
    if let Some(id) = image_id {
        return Ok((context.record_if_piped()?, id.to_owned()));
    }
    let record = context.record()?;
    // One of a wrong type is told as such; the advice is for one that is not there.
    record.get::<Image>()?;
    let image = record
        .require::<Image>()
        .map_err(|error| error.next("make it with `ail-ami create`, or give --image-id"))?;
    Ok((record, image.id))
}

fn without_repeats(formats: Vec<Format>) -> Vec<Format> {
    let mut once = Vec::new();
    for format in formats {
        if !once.contains(&format) {
            once.push(format);
        }
    }
    once
}

/// What is there of each format, once nothing is in the way of any of them.
async fn survey(job: &Job, formats: &[Format]) -> Result<Vec<(Format, Found)>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for format in formats {
        match Found::look(job, *format).await {
            Ok(one) => found.push((*format, one)),
            Err(problem) => problems.push(problem),
        }
    }
    preflight::refusal(job.cannot(), problems).map_or(Ok(found), Err)
}

/// The bill of materials of the record's image, if that is the one to be exported.
async fn bill(job: &Job, record: &Record) -> Result<Option<Bill>> {
    match record.get::<Image>()? {
        Some(image) if image.id == job.image => {
            let bill = Bill::look(&job.context, &job.place(), &job.asset_id, record).await;
            bill.map(Some).map_err(|error| error.context(job.cannot()))
        }
        _ => Ok(None),
    }
}

/// The disks of earlier runs with the same names, in formats that this run leaves alone.
fn those_of_other_formats(earlier: Exports, job: &Job, formats: &[Format]) -> Exports {
    let own = |export: &Export| {
        !formats.contains(&export.format)
            && export.bucket == job.bucket
            && export.key == job.final_key(export.format)
    };
    Exports(earlier.0.into_iter().filter(own).collect())
}

/// Brings one format from wherever it is to its end.
async fn export(job: &Job, format: Format) -> Result<Export> {
    let timeout = job.context.timeout(USUAL_TIMEOUT);
    let (marks, bytes) = match Found::look(job, format).await? {
        Found::Finished { marks, bytes, leftover } => {
            if let Some(key) = leftover {
                let own = job.clone();
                job.context
                    .undo()
                    .finish(async move { stored::delete(&own.place(), &key).await })
                    .await?;
            }
            let key = job.final_key(format);
            job.context.progress().say(&format!("{format}: {} is there already", job.s3(&key)));
            (marks, bytes)
        }
        Found::Exported(task) => named(job, format, &task, timeout).await?,
        Found::Running(task) => {
            attach(job, format, &task.id, timeout).await?;
            named(job, format, &task.id, timeout).await?
        }
        Found::Nothing => {
            let (started, ticket) = convert(job, format, timeout).await?;
            let named = named(job, format, &started, timeout).await;
            // The disk is whole: what failed after this is taken up by the next run.
            ticket.into_iter().for_each(|ticket| job.context.undo().settle(ticket));
            named?
        }
    };
    let export = entry(job, format, marks, bytes).await?;
    if job.distribution.is_some() && export.comes_in_ranges() {
        let what = job.s3(&export.key);
        preflight::warn(
            &job.context,
            [format!(
                "{what} is over 50 GB: CloudFront sends it only in ranges, as `ail-export verify` \
                 asks for it; a browser or plain curl cannot download it"
            )],
        );
    }
    Ok(export)
}

/// Starts a task and waits for its end.
async fn convert(job: &Job, format: Format, timeout: Duration) -> Result<(String, Option<Ticket>)> {
    let shown = job.context.progress().task(format.to_string());
    let waiter = Waiter::new(format!("{} to be exported as {format}", job.image), timeout);
    let started = start::start(job, format, &waiter, &shown).await.map_err(for_good)?;
    shown.state(&format!("started {}", started.task));
    follow::until_completed(job, &started.task, &waiter, &shown).await.map_err(for_good)?;
    shown.done(&format!("{} is completed", started.task));
    Ok((started.task, started.ticket))
}

/// After a timeout the undo cancels the task: there is nothing to go on waiting for.
fn for_good(error: Error) -> Error {
    match error.exit() {
        Exit::TimedOut => error.next("run again with a longer --timeout"),
        _ => error,
    }
}

/// Waits for the end of a task that another run started.
async fn attach(job: &Job, format: Format, task: &str, timeout: Duration) -> Result<()> {
    let shown = job.context.progress().task(format.to_string());
    shown.state(&format!("attached to {task}, which another run started"));
    let ticket = job.context.undo().push(
        format!("cancel {task}"),
        format!("ail-export cancel --asset-id '{}' --yes", job.asset_id),
        async { Err(Error::new(Exit::Failed, "another run started it and may still wait for it")) },
    );
    let waiter = Waiter::new(format!("{task} to be completed"), timeout);
    let ended = follow::until_completed(job, task, &waiter, &shown).await;
    if !matches!(&ended, Err(error) if error.exit() == Exit::TimedOut) {
        job.context.undo().settle(ticket);
    }
    ended?;
    shown.done(&format!("{task} is completed"));
    Ok(())
}

/// Moves the object of a completed task to its name.
async fn named(job: &Job, format: Format, task: &str, timeout: Duration) -> Result<(Marks, u64)> {
    let error = match rename::rename(job, format, task, timeout).await {
        Ok(named) => return Ok(named),
        Err(error) => error,
    };
    // Another run that waited for the same task may have been faster.
    if let Ok(Found::Finished { marks, bytes, leftover: None }) = Found::look(job, format).await {
        return Ok((marks, bytes));
    }
    let object = job.s3(&job.exported_key(task, format));
    Err(error
        .done(format!("{task} is completed ({object})"))
        .next_or(|| "run the same command again: it goes on from there".to_owned()))
}

async fn entry(job: &Job, format: Format, marks: Marks, bytes: u64) -> Result<Export> {
    let key = job.final_key(format);
    Ok(Export {
        format,
        url: served::url(job.distribution.as_ref(), &job.clients.s3, &job.bucket, &key).await?,
        task: marks.task,
        bucket: job.bucket.clone(),
        key,
        bytes,
        sha256: marks.sha256,
    })
}
