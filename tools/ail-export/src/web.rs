//! Reading a published file as anybody can: a GET without credentials.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, IF_MATCH, RANGE, USER_AGENT};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use url::Url;

use crate::obstacle::Obstacle;

/// A host on another continent answers a SYN in well under a second; three of them are lost
/// before this ends.
const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer. An edge that fetches a large object from its origin
/// first takes seconds.
const SILENCE: Duration = Duration::from_secs(60);

/// Of a page that says why there is no file, so much is read.
const PAGE: usize = 64 << 10;

/// Reads published files.
#[derive(Clone, Debug)]
pub struct Web(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

/// What of a file is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its first byte.
    pub first: u64,
    /// So many bytes at most; to the end where it is not said.
    pub most: Option<u64>,
    /// What the file was called that was begun with.
    pub etag: Option<&'a str>,
}

/// A file that comes piece by piece.
pub struct File {
    /// The first byte that comes.
    pub first: u64,
    /// The byte after the last one that comes, where the server says it.
    pub end: Option<u64>,
    /// Its whole size, where the server says it.
    pub bytes: Option<u64>,
    /// By what the rest of just this file can be asked for.
    pub etag: Option<String>,
    body: Incoming,
}

impl Web {
    pub fn new() -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Self(Client::builder(TokioExecutor::new()).build(https))
    }

    /// Asks for a part of a file. All of it comes where it has no parts, or none that could be
    /// told from those of another file.
    pub async fn get(&self, url: &Url, part: Part<'_>) -> Result<File, Obstacle> {
        match self.ask(url, part).await {
            // No range of an empty file is one (RFC 9110, section 15.5.17).
            Err(Obstacle::Refused(StatusCode::RANGE_NOT_SATISFIABLE)) if part.first == 0 => {
                self.ask(url, Part::ALL).await
            }
            Ok(file) if file.first == 0 && file.etag.is_none() && !file.is_whole() => {
                self.ask(url, Part::ALL).await
            }
            answer => answer,
        }
    }

    /// Nothing is redirected: what is signed lies where it is said to.
    async fn ask(&self, url: &Url, part: Part<'_>) -> Result<File, Obstacle> {
        let request = Request::get(url.as_str())
            .header(USER_AGENT, concat!("ail-export/", env!("CARGO_PKG_VERSION")));
        let range = part.range();
        let request = range.iter().fold(request, |request, range| request.header(RANGE, range));
        let request =
            part.etag.iter().fold(request, |request, etag| request.header(IF_MATCH, *etag));
        let request = request.body(Empty::new()).map_err(|error| unreachable(&error))?;
        let answer = timeout(SILENCE, self.0.request(request)).await;
        let answer = answer
            .map_err(|_| Obstacle::Unreachable("no answer within a minute".to_owned()))?
            .map_err(|error| unreachable(&error))?;
        let (parts, body) = answer.into_parts();
        let etag = strong_etag(&parts.headers);
        let mut file = File { first: 0, end: None, bytes: None, etag, body };
        match parts.status {
            StatusCode::OK => {
                file.bytes = text(&parts.headers, CONTENT_LENGTH).and_then(|all| all.parse().ok());
                file.end = file.bytes;
                Ok(file)
            }
            StatusCode::PARTIAL_CONTENT if range.is_some() => {
                let told = text(&parts.headers, CONTENT_RANGE).and_then(content_range);
                let (first, end, bytes) = told
                    .ok_or_else(|| Obstacle::Broken("a part came without its range".to_owned()))?;
                (file.first, file.end, file.bytes) = (first, Some(end), bytes);
                Ok(file)
            }
            _ => Err(Obstacle::of(&parts, &file.page().await)),
        }
    }
}

impl Part<'_> {
    const ALL: Self = Self { first: 0, most: None, etag: None };

    /// The range of it; none for all of a file.
    fn range(&self) -> Option<String> {
        match (self.first, self.most) {
            (0, None) => None,
            (first, None) => Some(format!("bytes={first}-")),
            (first, Some(most)) => Some(format!("bytes={first}-{}", first + most - 1)),
        }
    }
}

impl File {
    /// Whether it comes to its end.
    pub fn is_whole(&self) -> bool {
        self.end.is_none() || self.end == self.bytes
    }

    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Obstacle> {
        loop {
            let frame = timeout(SILENCE, self.body.frame()).await;
            let silent = |_| Obstacle::Broken("nothing came for a minute".to_owned());
            let broken = |error: hyper::Error| Obstacle::Broken(chain(&error));
            match frame.map_err(silent)?.transpose().map_err(broken)? {
                None => return Ok(None),
                // A trailer is no piece.
                Some(frame) => match frame.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    Err(_) => continue,
                },
            }
        }
    }

    /// The beginning of it, as far as it comes.
    async fn page(mut self) -> Vec<u8> {
        let mut page = Vec::new();
        while let Ok(Some(piece)) = self.next().await {
            page.extend_from_slice(&piece);
            if page.len() >= PAGE {
                break;
            }
        }
        page
    }
}

fn unreachable(error: &dyn std::error::Error) -> Obstacle {
    Obstacle::Unreachable(chain(error))
}

/// An error and what it comes from.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// If-Match compares strongly: a weak one never matches (RFC 9110, section 13.1.1).
fn strong_etag(headers: &HeaderMap) -> Option<String> {
    text(headers, ETAG).filter(|etag| etag.starts_with('"')).map(str::to_owned)
}

/// Of `bytes 5-7/9` the first byte, that after the last one, and the whole size.
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (first, rest) = text.strip_prefix("bytes ")?.split_once('-')?;
    let (last, all) = rest.split_once('/')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let (end, all) = (last.checked_add(1)?, all.parse().ok());
    (first <= last && all.is_none_or(|all| end <= all)).then_some((first, end, all))
}

/// TLS by ring and the system's certificates, as the SDK's.
fn tls() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    // What cannot be read is missed at the first handshake, which says so.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the protocols of today")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_file_is_asked_for_without_a_range_and_a_part_by_its_last_byte() {
        let range = |first, most| Part { first, most, etag: None }.range();
        assert_eq!(range(0, None), None);
        assert_eq!(range(5, None).as_deref(), Some("bytes=5-"));
        assert_eq!(range(0, Some(4)).as_deref(), Some("bytes=0-3"));
        assert_eq!(range(4, Some(4)).as_deref(), Some("bytes=4-7"));
    }

    #[test]
    fn a_range_tells_where_a_part_lies_and_not_always_in_what() {
        assert_eq!(content_range("bytes 5-7/9"), Some((5, 8, Some(9))));
        assert_eq!(content_range("bytes 5-8/9"), Some((5, 9, Some(9))));
        assert_eq!(content_range("bytes 0-9/*"), Some((0, 10, None)));
        for none in ["bytes */9", "bytes 8-5/9", "bytes 5-9/9", "bytes 5-7", "5-7/9"] {
            assert_eq!(content_range(none), None, "{none}");
        }
    }
}
