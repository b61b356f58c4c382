//! `ail-provision inventory`.

mod answer;
mod os_release;
mod reading;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use lib_common::record::{Inventory, PackageCounts};
use lib_common::{Context, Error, Exit, Outcome, Result, lines};

use crate::access::{self, Deadline};
use crate::cloud_init;
use crate::sbom::Sbom;
use crate::target::Target;

/// dpkg and the metadata of Python are read in seconds; cloud-init may still be at work.
const FIT: Duration = Duration::from_secs(15 * 60);

/// The extension by which CycloneDX in JSON is known (cyclonedx.org, "Recognized file
/// patterns").
const EXTENSION: &str = "cdx.json";

/// Where the bill goes.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    access: access::TrustOptions,

    /// Directory of the file ai-lab-ASSET_ID.cdx.json, made if need be [default: AIL_OUT, or
    /// the current one]
    #[arg(long, env = "AIL_OUT", value_name = "DIR", hide_env = true)]
    directory: Option<PathBuf>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let target = Target::with_keys(&record)?;
    let asset_id = context.asset_id(&record)?;
    let file = file(options.directory.as_deref(), &asset_id.file_name(EXTENSION))?;
    if context.options().dry_run {
        lines::print(&format!(
            "would log in to {id} as {}\n\
             would list the packages of dpkg and Python on {id}\n\
             would write {}\n",
            target.address(),
            file.display(),
            id = target.id
        ))?;
        return Ok(Outcome::printed());
    }
    // Before minutes are spent on what could not be kept.
    let unfinished = unfinished(&file).map_err(|error| unwritable(&file, &error))?;
    let deadline = Deadline::of(context, FIT);
    let task = context.progress().task(&target.id);
    let connection =
        access::open(context, &mut record, &target, &options.access, deadline, &task).await?;
    let connection = cloud_init::wait(context, connection, &target, deadline, &task).await?;
    task.state("listing its packages");
    let answer = reading::read(connection, &target, deadline).await?;
    let contents = answer::parse(&answer).map_err(|why| {
        Error::new(Exit::Failed, format!("cannot list the packages of {}", target.label()))
            .because(why)
    })?;
    let sbom = Sbom::of(&asset_id, &contents);
    write(unfinished, &sbom.text, &file).map_err(|error| unwritable(&file, &error))?;
    task.done(&format!(
        "{} packages of dpkg and {} of Python, in {}",
        sbom.deb,
        sbom.pypi,
        file.display()
    ));
    record.set(&Inventory {
        sha256: sbom.sha256(),
        packages: PackageCounts { deb: sbom.deb, pypi: sbom.pypi },
        file,
    });
    Ok(record.into())
}

/// A whole path: who reads the record may stand elsewhere.
fn file(directory: Option<&Path>, name: &str) -> Result<PathBuf> {
    let path = directory.unwrap_or(Path::new(".")).join(name);
    std::path::absolute(&path).map_err(|error| unwritable(&path, &error))
}

/// A file beside the one to be, which is gone again unless it is finished.
fn unfinished(file: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    tempfile::Builder::new()
        .prefix(".ai-lab-")
        // It is to be published: others may read it.
        .permissions(PermissionsExt::from_mode(0o644))
        .tempfile_in(directory)
}

/// At no moment does half a bill stand under the name.
fn write(mut unfinished: tempfile::NamedTempFile, text: &str, file: &Path) -> std::io::Result<()> {
    unfinished.write_all(text.as_bytes())?;
    unfinished.as_file().sync_all()?;
    unfinished.persist(file).map_err(|error| error.error)?;
    Ok(())
}

fn unwritable(file: &Path, error: &std::io::Error) -> Error {
    let exit = match error.kind() {
        std::io::ErrorKind::PermissionDenied => Exit::Permission,
        _ => Exit::Failed,
    };
    Error::new(exit, format!("cannot write {}", file.display()))
        .caused_by(error)
        .next("give another --directory")
}
