//! `gd-worker run`.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Args;
use gd_montage::MOST_IN_A_ROW;
use ipnet::IpNet;
use lib_common::record;
use lib_common::{Context, Error, Exit, Outcome, Result};
use tokio::sync::Semaphore;

use crate::bucket::{Access, Bucket};
use crate::fetch::{Addresses, Fetcher, Limits, Targets};
use crate::memory::Memory;
use crate::montage::{ROOM, Studio, Style};
use crate::queues::Names;
use crate::serve::{Until, serve};
use crate::work::Workshop;

/// How many jobs a core is given: most of a job's time is spent on waiting for the sites of
/// its images.
const JOBS_A_CORE: usize = 4;

/// Which queues to serve, and within which limits.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    names: Names,

    /// Bucket of the montages [default: the record's]
    #[arg(long, env = "GD_BUCKET", value_name = "NAME", hide_env = true)]
    bucket: Option<String>,

    /// Work by the rules of 2014: tilted instant photographs, readable by everybody, and
    /// `Output available at: None` for what cannot be done
    #[arg(long, env = "GD_CLASSIC", hide_env = true)]
    classic: bool,

    /// Jobs at a time [default: 4 for each core]
    #[arg(long, env = "GD_JOBS", value_name = "NUMBER", hide_env = true,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    jobs: Option<u16>,

    /// End after this many messages
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    max_jobs: Option<u64>,

    /// End when there was no message for so long, such as 90s
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    idle_exit: Option<Duration>,

    /// How long the link to a montage lives; never longer than the credentials that made it
    #[arg(long, env = "GD_LINK_LIFE", value_name = "TIME", hide_env = true,
          default_value = "7d", value_parser = link_life)]
    link_life: Duration,

    /// Port that images may be fetched from; may be given several times
    #[arg(long = "port", env = "GD_PORTS", value_name = "PORT", hide_env = true,
          value_delimiter = ',', default_values_t = [80, 443])]
    ports: Vec<u16>,

    /// Network that images may be fetched from though it is not public, such as
    /// 10.1.0.0/16; may be given several times
    #[arg(
        long = "allow-address",
        env = "GD_ALLOW_ADDRESSES",
        value_name = "CIDR",
        hide_env = true,
        value_delimiter = ','
    )]
    allowed: Vec<IpNet>,

    /// Most images of one job
    #[arg(long, env = "GD_MAX_IMAGES", value_name = "NUMBER", hide_env = true,
          default_value_t = 100, value_parser = images)]
    max_images: usize,

    /// Most bytes of one image
    #[arg(long, env = "GD_MAX_BYTES", value_name = "BYTES", hide_env = true,
          default_value_t = 32 << 20)]
    max_bytes: u64,

    /// Most pixels of one image
    #[arg(
        long,
        env = "GD_MAX_PIXELS",
        value_name = "PIXELS",
        hide_env = true,
        default_value_t = 100_000_000
    )]
    max_pixels: u64,

    /// Most time for one image: so long until its server answers, and so long for its bytes
    #[arg(long, env = "GD_FETCH_TIME", value_name = "TIME", hide_env = true,
          default_value = "30s", value_parser = humantime::parse_duration)]
    fetch_time: Duration,

    /// Most memory for the images of all jobs together, in MiB, from 32; the process itself
    /// takes some 40 more
    #[arg(long, env = "GD_MEMORY", value_name = "MIB", hide_env = true,
          default_value_t = 512, value_parser = clap::value_parser!(u32).range(32..=1 << 20))]
    memory: u32,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    // From here on, so that a signal during the start ends as cleanly as any later one.
    let ending = context.drains();
    let mut record = context.record_if_piped()?;
    let config = context.aws(&mut record).await?;
    let studio = options.studio()?;
    let (at_once, most_images, classic) = (options.at_once(), options.max_images, options.classic);
    let until = Until { jobs: options.max_jobs, idle: options.idle_exit };

    let access = match classic {
        true => Access::Everybody,
        false => Access::Link(options.link_life),
    };
    let bucket = match options.bucket {
        Some(name) => name,
        None => {
            record.get::<record::Queues>()?.map(|queues| queues.bucket.name).ok_or_else(|| {
                Error::new(Exit::Usage, "no bucket is given")
                    .next("give --bucket, or set GD_BUCKET")
            })?
        }
    };
    let bucket = Bucket::open(aws_sdk_s3::Client::new(config), bucket, access).await?;
    let queues = options.names.find(aws_sdk_sqs::Client::new(config), &record).await?;
    if !classic {
        queues.require_dead_letter()?;
    }
    context.progress().say(&format!(
        "gd-worker: serving {}, montages to {}, {at_once} jobs at a time",
        queues.name(),
        bucket.name()
    ));
    let workshop = Workshop { queues, bucket, studio, most_images, classic };
    serve(workshop, at_once, until, ending, context.progress()).await?;
    Ok(Outcome::printed())
}

impl Options {
    fn at_once(&self) -> usize {
        self.jobs.map_or(JOBS_A_CORE * cores(), usize::from)
    }

    fn studio(&self) -> Result<Studio> {
        let memory = Memory::new(u64::from(self.memory) << 20);
        let least = |what: &str, needed: u64, share: u64| match needed <= share {
            true => Ok(()),
            false => Err(Error::new(Exit::Usage, format!("{what} would not fit into --memory"))
                .next(format!("give --memory {} or more", needed.div_ceil(1 << 20) * 4))),
        };
        least(
            "the most images of one job",
            ROOM * self.max_images as u64,
            memory.montages.whole(),
        )?;
        least("the most bytes of one image", self.max_bytes, memory.bodies.whole())?;
        let targets =
            Targets { ports: self.ports.clone(), addresses: Addresses::new(self.allowed.clone()) };
        let limits = Limits { targets, bytes: self.max_bytes, time: self.fetch_time };
        Ok(Studio {
            fetcher: Fetcher::new(limits, memory.bodies.clone()),
            memory,
            hands: Arc::new(Semaphore::new(cores())),
            most_pixels: self.max_pixels,
            style: if self.classic { Style::Polaroids } else { Style::Row },
        })
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// A signature lives for a week at most (AWS Signature Version 4).
fn link_life(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(life) if life > Duration::from_secs(7 * 24 * 3600) => Err("7d is the most".to_owned()),
        Ok(life) if life < Duration::from_secs(1) => Err("1s is the least".to_owned()),
        Ok(life) => Ok(life),
        Err(error) => Err(error.to_string()),
    }
}

fn images(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MOST_IN_A_ROW) => Ok(count),
        _ => Err(format!("from 1 to {MOST_IN_A_ROW}: a JPEG is at most 65,500 pixels wide")),
    }
}
