//! The queues and the bucket of a GameDay: build them, send jobs, read results, watch.

mod age;
mod architecture;
mod bucket;
mod canary;
mod depth;
mod down;
mod group;
mod job;
mod journal;
mod line;
mod names;
mod plot;
mod queue;
mod receipts;
mod repair;
mod resend;
mod results;
mod role;
mod sample;
mod send;
mod stats;
mod status;
mod up;
mod verify;
mod watch;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Fleet, Queues};
use lib_common::team::Team;

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Team>, property::<Queues>, property::<Fleet>],
    lines: Some(schema::line::<line::Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Build the queues and the bucket, or finish and mend what is there
    ///
    /// What is there is found by its tags, by the record, and by its name. What is missing is
    /// made, what differs is mended, and what is as it shall be costs no call that changes
    /// anything: the same command goes on where an earlier one was interrupted. A queue or
    /// bucket of the same name that is not the team's ends it with 73 before anything is
    /// changed.
    ///
    /// Queues are encrypted and refuse to be reached without TLS; jobs that were received too
    /// often go to the queue of dead letters. The bucket is private, and has a random name if
    /// --bucket gives none.
    ///
    /// --classic builds what the instructions of 2014 say, and says what is unwise about it: a
    /// bucket that everybody can list, queues without encryption. The record keeps the choice
    /// until --classic=false is given. Where AWS no longer allows it, that is the error.
    ///
    /// The record on stdin passes through, with the member `queues` added.
    #[command(verbatim_doc_comment)]
    Up(up::Options),
    /// Print whether queues and bucket are there and as they shall be
    #[command(verbatim_doc_comment)]
    Status(status::Options),
    /// Print what is not as it was built
    ///
    /// A line is printed for each finding: what is missing, changed, there beside what was
    /// built (extra), or could not be read. What is compared is the options, the record of `up`
    /// and the account. If there is a finding, the exit status is 1.
    ///
    /// Queues that carry the team's tag, and moves of dead letters to queues that are not the
    /// team's, are extra too. Whether jobs come through, no reading tells: `canary` does.
    #[command(verbatim_doc_comment)]
    Verify(verify::Options),
    /// Make queues and bucket what they were built as, and send lost jobs again
    ///
    /// First what would do damage again: statements that let others in, ways out of the bucket,
    /// decoys with the team's tag, which --yes deletes. Then the rest, in place where that is
    /// possible; then all is looked at again, and the exit status is 1 if something is left. The
    /// record that is printed is the new one to verify against.
    ///
    /// A queue that was deleted less than a minute ago is waited for. A bucket gets its name
    /// again, or another one where that is not free: `gd-fleet repair`, with the record, then
    /// tells the workers. Where there is another bucket with the team's tag instead, that is
    /// kept, with all that is in it. A second one goes if it is empty; what is in it is for a
    /// person to judge.
    ///
    /// Jobs of the journal that were lost with a queue are sent again, as by `resend`. Where that
    /// fails, the record keeps since when, and the next repair with it sends them.
    #[command(verbatim_doc_comment)]
    Repair(repair::Options),
    /// Delete the queues and the bucket, with all that is in them
    ///
    /// It asks, or wants --yes. What is gone already is left out; what is not the team's stays.
    #[command(verbatim_doc_comment)]
    Down(down::Options),
    /// Send jobs: lists of image URLs
    ///
    /// A file is a job, an http or https URL a line; or, by --format ndjson, a job a line: a
    /// JSON list of URLs, an object with the member "urls", or one URL. All lines are checked
    /// before the first call: if one is wrong, nothing is sent and the exit status is 65.
    ///
    /// A job's id follows from its URLs. So a job that is sent again is known as the same: it
    /// gives the same montage, and `results` tells of it once.
    ///
    /// A line is printed for each job that SQS took. The lines can be sent again as they are.
    ///
    /// Before the first call, the jobs are written to a journal, by which `resend` and `repair`
    /// know what was lost: a file a queue in $XDG_STATE_HOME/ail, or that of --journal.
    #[command(verbatim_doc_comment)]
    Send(send::Options),
    /// Send jobs again that were lost with a queue
    ///
    /// What was sent, the journal tells. A job that has its montage is done; one that is among
    /// the dead letters is not lost. Of the others, as many may still be with the workers as the
    /// queue has messages: if it has fewer, something was lost, and all that may be are sent
    /// again. A job that comes twice gives one montage, so no harm is done.
    ///
    /// What was sent again is left alone for a minute, which SQS takes to count: run at once, it
    /// sends nothing. A job is sent again three times at most, and for as long as a queue would
    /// have kept it, four days. Killed at any point, it can be run again.
    #[command(verbatim_doc_comment)]
    Resend(resend::Options),
    /// Print the results of jobs, and fetch their montages
    ///
    /// A line is printed for each job, and its message deleted once the line was written and
    /// the montage fetched. A further message of the same job is deleted without a line. If
    /// whoever reads the lines goes away, what it did not read stays in the queue.
    ///
    /// Without --follow, --count or --idle it ends when the queue is empty. With --count it
    /// ends with 124 if the results have not come within --timeout. Kept results (--keep) are
    /// hidden from others while it runs, for at most the visibility timeout of the queue.
    ///
    /// A montage that cannot be fetched is told in its line; its message stays, and the exit
    /// status is 79.
    #[command(verbatim_doc_comment)]
    Results(results::Options),
    /// Send a job of one image, and wait for its montage: the proof that all works
    ///
    /// No reading of a configuration can give this proof. An image of a colour that nobody can
    /// foresee is put into the bucket, and a job is sent that names it by a signed link; then
    /// its montage has to come, has to show that colour, and its result has to come too. All of
    /// that is deleted again. The results of others stay where they are: they are hidden for
    /// the moment in which the canary's own is looked for. `results` tells of no canary.
    ///
    /// --image is for workers that cannot reach the bucket's own address; the montage then has
    /// to be an image, whatever it shows.
    ///
    /// A line is printed: "canary 1f0c9a7e healthy 2.1 s". The exit status is 124 if it did not
    /// come within --timeout (3 minutes), with a word on how far it came, 1 if it became a
    /// dead letter or came wrong, and 79 if its montage is right and too many results wait
    /// (1000) to find its own. A job that is not done then stays in the queue, with its image,
    /// unless it is the only one that waits; the montage that comes of it after all, a later
    /// canary deletes.
    ///
    /// With --every it goes on, a line a canary, until SIGINT or SIGTERM ends it with 0.
    #[command(verbatim_doc_comment)]
    Canary(canary::Options),
    /// Print how many messages the queues have, and how old the oldest is
    ///
    /// The numbers are SQS's approximate ones. The age is CloudWatch's, which tells it once a
    /// minute and some minutes late; it is null, or a dash, where it is not known.
    #[command(verbatim_doc_comment)]
    Stats(stats::Options),
    /// Watch the queues and the workers, on a terminal or as lines
    ///
    /// On a terminal it is a dashboard: jobs that wait and that are worked on, the age of the
    /// oldest, by how many jobs a minute the backlog changes, dead letters, and the instances
    /// of the Auto Scaling group. Elsewhere it prints a line for each look. --record keeps the
    /// lines of either in a file, for `gd-queue plot`.
    ///
    /// The age is CloudWatch's and minutes late; what cannot be told is a dash, or null.
    #[command(verbatim_doc_comment)]
    Watch(watch::Options),
    /// Draw a recorded run as SVG and PNG
    ///
    /// The picture has the messages, the age of the oldest job and the workers over the same
    /// time; what was not recorded is left out. Without --svg and --png the SVG goes to stdout.
    #[command(verbatim_doc_comment)]
    Plot(plot::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Up(options) => up::run(&context, options).await,
            Verb::Status(options) => status::run(&context, options).await,
            Verb::Verify(options) => verify::run(&context, options).await,
            Verb::Repair(options) => repair::run(&context, options).await,
            Verb::Down(options) => down::run(&context, options).await,
            Verb::Send(options) => send::run(&context, options).await,
            Verb::Resend(options) => resend::run(&context, options).await,
            Verb::Results(options) => results::run(&context, options).await,
            Verb::Canary(options) => canary::run(&context, options).await,
            Verb::Stats(options) => stats::run(&context, options).await,
            Verb::Watch(options) => watch::run(&context, options).await,
            Verb::Plot(options) => plot::run(&context, options).await,
        }
    })
}
