//! A job: the images that one montage is made of.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The first 32 hex digits of a SHA-256 name a job: 128 bits, so that no two lists share one.
const ID_BYTES: usize = 16;

/// One job, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Follows from the URLs: the same list is the same job, however often it is sent.
    pub id: String,
    /// The images, in their order.
    pub urls: Vec<String>,
    /// Where it was read: `cats.txt`, `jobs.ndjson:7`.
    pub from: String,
}

#[derive(Serialize)]
struct Body<'a> {
    job: &'a str,
    urls: &'a [String],
}

impl Job {
    /// The job of these images.
    pub fn new(urls: Vec<String>, from: impl Into<String>) -> Self {
        Self { id: id(&urls), urls, from: from.into() }
    }

    /// What the message says.
    pub fn body(&self) -> String {
        serde_json::to_string(&Body { job: &self.id, urls: &self.urls }).expect("plain data")
    }
}

fn id(urls: &[String]) -> String {
    let digest = Sha256::digest(urls.join("\n"));
    digest.iter().take(ID_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(urls: &[&str]) -> Job {
        Job::new(urls.iter().map(|&url| url.to_owned()).collect(), "a.txt")
    }

    #[test]
    fn the_id_follows_from_the_urls_and_their_order() {
        // printf 'http://a/1\nhttp://a/2' | sha256sum
        let both = job(&["http://a/1", "http://a/2"]);
        assert_eq!(both.id, "4aac69e923f4bf8f931a5a551c1d870f");
        assert_ne!(both.id, job(&["http://a/2", "http://a/1"]).id);
    }

    #[test]
    fn the_body_is_json_with_the_id() {
        assert_eq!(
            job(&["http://a/1"]).body(),
            format!(r#"{{"job":"{}","urls":["http://a/1"]}}"#, job(&["http://a/1"]).id)
        );
    }
}
