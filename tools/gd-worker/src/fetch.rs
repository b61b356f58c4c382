//! Fetching images from addresses that strangers name.
//!
//! A worker is not a proxy: it stands in a private network and holds credentials, so it
//! asks only for what everybody could ask for themselves.

mod address;
mod failure;
mod resolver;
mod target;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, CONTENT_LENGTH, HeaderName, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

pub use address::Addresses;
pub use failure::Failure;
use resolver::Resolver;
pub use target::Targets;

use crate::backoff::Backoff;
use crate::memory::{Room, Share};

/// Enough for a site that moved, a shortener before it and a content network behind it.
const MOST_REDIRECTS: u32 = 5;

/// How often one image is asked for while its server has faults that may pass; the whole
/// job comes back later where that was all there was.
const TRIES: u32 = 3;

/// A host on another continent answers a SYN in well under a second; two of them are lost
/// before this ends.
const CONNECT: Duration = Duration::from_secs(5);

/// What the head of an answer may take. Servers themselves give 8 to 32 KiB.
const LARGEST_HEAD: usize = 64 * 1024;

/// What may be asked, and how much of it is taken.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Which URLs.
    pub targets: Targets,
    /// The most bytes of one image.
    pub bytes: u64,
    /// The most time until an answer begins, redirects and tries again with it; and then
    /// as much for its body.
    pub time: Duration,
}

/// An image as it came, and the memory that was put aside for it.
#[derive(Debug)]
pub struct Fetched {
    pub bytes: Vec<u8>,
    _room: Room,
}

/// Fetches images.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Empty<Bytes>>,
    limits: Limits,
    memory: Share,
}

impl Fetcher {
    /// A fetcher within these limits; `memory` is what all bodies together may take. It
    /// heeds no proxy settings: a proxy would look names up again.
    pub fn new(limits: Limits, memory: Share) -> Self {
        let resolver = Resolver(Arc::new(limits.targets.addresses.clone()));
        let mut http = HttpConnector::new_with_resolver(resolver);
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT));
        http.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(4)
            .http1_max_buf_size(LARGEST_HEAD)
            .build(https);
        Self { client, limits, memory }
    }

    /// Fetches one image.
    pub async fn fetch(&self, text: &str) -> Result<Fetched, Failure> {
        let url = self.limits.targets.url(text)?;
        let deadline = Instant::now() + self.limits.time;
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(1));
        let mut tries = 1;
        loop {
            match self.try_once(url.clone(), deadline).await {
                Err(failure) if failure.is_passing() && tries < TRIES => {
                    let next = Instant::now() + backoff.next_pause();
                    if next >= deadline {
                        return Err(failure);
                    }
                    tokio::time::sleep_until(next).await;
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    async fn try_once(&self, url: Url, deadline: Instant) -> Result<Fetched, Failure> {
        let answer = timeout_at(deadline, self.answer(url)).await;
        let late = || Failure::passing(format!("no answer within {}", self.time()));
        self.body(answer.map_err(|_| late())??).await
    }

    /// Asks until something else than a redirect comes back.
    async fn answer(&self, mut url: Url) -> Result<Response<Incoming>, Failure> {
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.ask(&url).await?;
            match answer.status() {
                StatusCode::OK => return Ok(answer),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = header(&answer, LOCATION);
                    let location =
                        location.ok_or_else(|| Failure::lasting("redirected nowhere"))?;
                    url = self.limits.targets.redirected(&url, location)?;
                }
                status if status.is_server_error() || status.as_u16() == 429 => {
                    return Err(Failure::passing(format!("HTTP {status}")));
                }
                status => return Err(Failure::lasting(format!("HTTP {status}"))),
            }
        }
        Err(Failure::lasting(format!("redirected more than {MOST_REDIRECTS} times")))
    }

    async fn ask(&self, url: &Url) -> Result<Response<Incoming>, Failure> {
        let request = Request::get(url.as_str())
            .header(USER_AGENT, concat!("gd-worker/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "image/jpeg, image/png, image/gif, image/webp")
            .body(Empty::new())
            .map_err(|error| Failure::lasting(format!("no URL of HTTP: {error}")))?;
        self.client.request(request).await.map_err(|error| Failure::of(&error))
    }

    /// Takes the body as it comes, and never more of it than is allowed.
    async fn body(&self, answer: Response<Incoming>) -> Result<Fetched, Failure> {
        let most = self.limits.bytes;
        let length = header(&answer, CONTENT_LENGTH).and_then(|length| length.parse().ok());
        if length.is_some_and(|length: u64| length > most) {
            let length = length.unwrap_or_default();
            return Err(Failure::lasting(format!("{length} bytes, more than {most}")));
        }
        // Waiting for room is not the server's fault: its time begins after it.
        let room = self.memory.take(length.unwrap_or(most)).await;
        let mut room = room.map_err(|error| Failure::lasting(error.to_string()))?;
        let mut bytes = Vec::with_capacity(length.unwrap_or(most) as usize);
        let mut body = answer.into_body();
        let received = timeout(self.limits.time, async {
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| Failure::of(&error))?;
                let data = frame.into_data().unwrap_or_default();
                if (bytes.len() + data.len()) as u64 > most {
                    return Err(Failure::lasting(format!("more than {most} bytes")));
                }
                bytes.extend_from_slice(&data);
            }
            Ok(())
        });
        let late = || Failure::passing(format!("no end within {}", self.time()));
        received.await.map_err(|_| late())??;
        bytes.shrink_to_fit();
        room.shrink_to(bytes.len() as u64);
        Ok(Fetched { bytes, _room: room })
    }

    fn time(&self) -> humantime::FormattedDuration {
        humantime::format_duration(self.limits.time)
    }
}

fn header(answer: &Response<Incoming>, name: HeaderName) -> Option<&str> {
    answer.headers().get(name)?.to_str().ok()
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
