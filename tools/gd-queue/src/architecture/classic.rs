//! The instructions of 2014, to the letter: what is unwise about them, and what AWS no longer does.

use lib_common::{Context, Error, Exit};

use super::spec::Spec;

/// What is unwise about it today, a line each.
const UNWISE: [&str; 4] = [
    "everybody in the world can list the bucket, and read the montages that its workers make \
     public",
    "montages are kept, and paid for, until somebody deletes them",
    "unfinished uploads are kept, and paid for, though nobody can see them",
    "queues are not encrypted, and they and the bucket are reached without TLS too",
];

/// Says what is unwise, where the instructions of 2014 are followed.
pub fn warn(context: &Context, spec: &Spec) {
    if spec.classic {
        for line in UNWISE {
            context.progress().say(&format!("--classic: {line}"));
        }
    }
}

/// Adds what can be done where a public bucket is refused: an account can block them all, whatever
/// a bucket's own block says (Amazon S3 User Guide, "Blocking public access to your Amazon S3
/// storage").
pub fn advise(error: Error) -> Error {
    match error.exit() {
        Exit::Permission => error.next(
            "if this account's own Block Public Access forbids public buckets: leave --classic out \
             (take back a record's by --classic=false), or switch that block off yourself",
        ),
        _ => error,
    }
}
