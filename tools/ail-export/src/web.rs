//! Reading a published file as anybody can: a GET without credentials.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lib_common::{Error, Exit, Result};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use url::Url;

/// A host on another continent answers a SYN in well under a second; three of them are lost
/// before this ends.
const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer. An edge that fetches a large object from its origin
/// first takes seconds.
const SILENCE: Duration = Duration::from_secs(60);

/// Reads published files.
#[derive(Clone, Debug)]
pub struct Web(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

/// The answer to a GET: there, or the status that says why not.
pub enum Answer {
    There(File),
    Not(StatusCode),
}

/// A file that comes piece by piece.
pub struct File {
    url: Url,
    /// Its size, where the server says it.
    pub bytes: Option<u64>,
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

    /// Asks for a file. Nothing is redirected: what is signed lies where it is said to.
    pub async fn get(&self, url: &Url) -> Result<Answer> {
        let request = Request::get(url.as_str())
            .header(USER_AGENT, concat!("ail-export/", env!("CARGO_PKG_VERSION")))
            .body(Empty::new())
            .map_err(|error| {
                Error::new(Exit::Usage, format!("{url} is no URL of a file")).caused_by(&error)
            })?;
        let answer = timeout(SILENCE, self.0.request(request)).await;
        let answer = answer.map_err(|_| unreachable(url).because("no answer within a minute"))?;
        let answer = answer.map_err(|error| unreachable(url).caused_by(&error))?;
        match answer.status() {
            StatusCode::OK => Ok(Answer::There(File {
                url: url.clone(),
                bytes: length(&answer),
                body: answer.into_body(),
            })),
            status => Ok(Answer::Not(status)),
        }
    }
}

impl File {
    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let frame = timeout(SILENCE, self.body.frame()).await;
            let broken = || Error::new(Exit::Refused, format!("{} broke off", self.url));
            let frame = frame.map_err(|_| broken().because("nothing came for a minute"))?;
            match frame.transpose().map_err(|error| broken().caused_by(&error))? {
                None => return Ok(None),
                // A trailer is no piece.
                Some(frame) => match frame.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    Err(_) => continue,
                },
            }
        }
    }

    /// All of it, if it is at most so large.
    pub async fn whole(mut self, most: usize) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
            if whole.len() > most {
                return Err(Error::new(
                    Exit::Failed,
                    format!("{} is larger than {most} bytes", self.url),
                ));
            }
        }
        Ok(whole)
    }
}

fn unreachable(url: &Url) -> Error {
    Error::new(Exit::Refused, format!("cannot read {url}"))
        .next("check the address and the network")
}

fn length(answer: &Response<Incoming>) -> Option<u64> {
    answer.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
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
