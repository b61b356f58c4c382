//! What a message asks for.

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A montage that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is known by: the same images give the same job.
    pub id: String,
    /// The images, from left to right.
    pub urls: Vec<String>,
}

/// The message in its JSON form.
#[derive(Deserialize)]
struct Message {
    job: Option<String>,
    urls: Vec<String>,
}

/// A line of a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Text(String),
    Object { url: String },
}

impl Job {
    /// Reads a message: `{"job": …, "urls": […]}`, or a URL a line, plain or as JSON. An
    /// error is the reason why it is no job.
    pub fn parse(body: &str, most: usize) -> Result<Self, String> {
        let (job, urls) = match serde_json::from_str(body) {
            Ok(Value::Object(object)) if !object.contains_key("url") => {
                let message: Message = serde_json::from_value(object.into())
                    .map_err(|error| format!("the message is no job: {error}"))?;
                (message.job, message.urls)
            }
            _ => (None, body.lines().filter_map(line).collect()),
        };
        match urls.len() {
            0 => return Err("the message lists no images".to_owned()),
            count if count > most => {
                return Err(format!("{count} images, more than {most} of one job"));
            }
            _ => {}
        }
        let id = id(&urls);
        // The id names the montage: one that is not that of its images could take the
        // place of another job's.
        if job.is_some_and(|job| job != id) {
            return Err(format!("the job id is not that of its images, {id}"));
        }
        Ok(Self { id, urls })
    }

    /// Where its montage is kept.
    pub fn key(&self) -> String {
        format!("out/{}.jpg", self.id)
    }

    /// A number that follows from the job, for what is left to chance in its montage.
    pub fn seed(&self) -> u64 {
        u64::from_str_radix(&self.id[..16], 16).expect("the id is hexadecimal")
    }
}

/// The URL of a line, if it is not empty. What is no URL is taken for one all the same: it
/// fails alone, and is reported as what it is.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let parsed = text.starts_with(['{', '"']).then(|| serde_json::from_str(text).ok()).flatten();
    match parsed {
        Some(Line::Text(url) | Line::Object { url }) => Some(url),
        None => Some(text.to_owned()).filter(|text| !text.is_empty()),
    }
}

/// The first half of the SHA-256 of the URLs, a line each, in hexadecimal.
fn id(urls: &[String]) -> String {
    let digest = Sha256::digest(urls.join("\n"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "http://example.com/a.jpg";
    const B: &str = "http://example.com/b.jpg";

    #[test]
    fn all_forms_of_a_list_are_the_same_job() {
        let job = Job::parse(&format!("{A}\n{B}\n"), 9).expect("a job");
        assert_eq!(job.urls, [A, B]);
        // printf 'http://example.com/a.jpg\nhttp://example.com/b.jpg' | sha256sum | cut -c1-32
        assert_eq!(job.id, "b4a7e3d90690439d7d050b31c12e48a4");
        for body in [
            format!("\r\n  {A}\r\n\r\n{B}"),
            format!("{{\"url\":\"{A}\"}}\n\"{B}\""),
            format!("{{\"urls\":[\"{A}\",\"{B}\"]}}"),
            format!("{{\"job\":\"{}\",\n\"urls\":[\"{A}\",\"{B}\"],\"more\":1}}", job.id),
        ] {
            assert_eq!(Job::parse(&body, 9).as_ref(), Ok(&job), "{body}");
        }
    }

    #[test]
    fn a_message_that_is_no_job_says_why() {
        for (body, why) in [
            ("", "the message lists no images"),
            (" \n\t\r\n", "the message lists no images"),
            ("{\"urls\":[]}", "the message lists no images"),
            ("{}", "the message is no job: missing field `urls`"),
            (
                "{\"urls\":7}",
                "the message is no job: invalid type: integer `7`, expected a sequence",
            ),
            ("a\nb\nc\nd", "4 images, more than 3 of one job"),
        ] {
            assert_eq!(Job::parse(body, 3).as_ref().map_err(String::as_str), Err(why), "{body}");
        }
        let stolen = format!("{{\"job\":\"{}\",\"urls\":[\"{A}\"]}}", "0".repeat(32));
        let why = Job::parse(&stolen, 3).expect_err("it is refused");
        assert!(why.starts_with("the job id is not that of its images, "), "{why}");
    }

    #[test]
    fn a_line_that_is_no_url_stays_in_its_place() {
        let job = Job::parse(&format!("{A}\n{{broken\n{B}"), 9).expect("a job");
        assert_eq!(job.urls, [A, "{broken", B]);
        assert_eq!(job.seed(), u64::from_str_radix(&job.id[..16], 16).expect("hexadecimal"));
    }
}
