//! Why a published file cannot be read, as far as the answer tells.

use std::fmt;

use hyper::http::response::Parts;
use hyper::{StatusCode, header};
use lib_common::Exit;

/// AWS WAF names in it what it asks for instead of the file: `captcha` with 405, `challenge`
/// with 202 (AWS WAF Developer Guide, "CAPTCHA and Challenge action behavior").
const WAF_ACTION: &str = "x-amzn-waf-action";
/// S3 says "AccessDenied" of what is not there to whoever may not list (S3 API Reference,
/// `GetObject`). CloudFront passes its answer on.
const OF_S3: [&str; 2] = ["<Code>AccessDenied</Code>", "<Code>NoSuchKey</Code>"];
/// What the page of CloudFront's own says where a web ACL blocks (CloudFront Developer Guide,
/// "HTTP 403 status code").
const OF_A_BLOCK: &str = "Request blocked.";

/// Why a published file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Where the files lie, it is not.
    Missing(StatusCode),
    /// The web ACL wants to see a person.
    Captcha(StatusCode),
    /// The web ACL blocks this address.
    Blocked,
    /// The server cannot do it now.
    Busy(StatusCode),
    /// Another answer that has no file.
    Refused(StatusCode),
    /// No answer.
    Unreachable(String),
    /// The answer broke off, or is not what was begun with.
    Broken(String),
    /// It is larger than such a file can be.
    Large(u64),
    /// The deadline passed.
    Late(String),
}

impl Obstacle {
    /// What an answer without a file says, by its head and by the beginning of its body.
    pub fn of(answer: &Parts, body: &[u8]) -> Self {
        let (status, body) = (answer.status, String::from_utf8_lossy(body));
        let is_of_s3 = || {
            let server = answer.headers.get(header::SERVER);
            server.is_some_and(|server| server == "AmazonS3")
                || OF_S3.iter().any(|code| body.contains(code))
        };
        match status {
            _ if answer.headers.contains_key(WAF_ACTION) => Self::Captcha(status),
            StatusCode::NOT_FOUND | StatusCode::GONE => Self::Missing(status),
            StatusCode::FORBIDDEN if is_of_s3() => Self::Missing(status),
            StatusCode::FORBIDDEN if body.contains(OF_A_BLOCK) => Self::Blocked,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Self::Busy(status),
            _ if status.is_server_error() => Self::Busy(status),
            _ => Self::Refused(status),
        }
    }

    /// Whether the same request may be answered in a moment. A block stays for minutes.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unreachable(_) | Self::Broken(_))
    }

    /// How a tool ends that cannot do without the file.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Missing(_) => Exit::NotFound,
            Self::Captcha(_) | Self::Refused(_) | Self::Unreachable(_) => Exit::Refused,
            Self::Blocked | Self::Busy(_) | Self::Broken(_) => Exit::Temporary,
            Self::Large(_) => Exit::Failed,
            Self::Late(_) => Exit::TimedOut,
        }
    }

    /// What to do about it.
    pub fn next(&self) -> &'static str {
        match self {
            Self::Missing(_) => {
                "publish it with `ail-export sign`, in a bucket that a distribution serves \
                 (`ail-stack up --kind vm-bucket` with a web ACL)"
            }
            Self::Captcha(_) => {
                "solve the CAPTCHA in a browser, download the files there and check them with \
                 `minisign -V` and `sha256sum --check SHA256SUMS`; or verify from an address in \
                 the ranges that the web ACL allows (AllowedIpv4 and AllowedIpv6 of \
                 `ail-stack up --kind vm-bucket-waf`)"
            }
            Self::Blocked => {
                "wait five minutes and run again: the web ACL blocks an address that asked more \
                 than 100 times in that time; if it stays so, another rule blocks it"
            }
            Self::Unreachable(_) => "check the address and the network",
            Self::Refused(_) | Self::Large(_) => "check the address",
            Self::Busy(_) | Self::Broken(_) => "run again in a while",
            Self::Late(_) => "run again with a longer --timeout",
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(status) => write!(f, "it is not there: HTTP {status}"),
            Self::Captcha(status) => {
                write!(f, "the web ACL asks this address for a CAPTCHA: HTTP {status}")
            }
            Self::Blocked => write!(f, "the web ACL blocks this address: HTTP 403 Forbidden"),
            Self::Busy(status) | Self::Refused(status) => write!(f, "HTTP {status}"),
            Self::Unreachable(why) | Self::Broken(why) => f.write_str(why),
            Self::Large(most) => write!(f, "it is larger than {most} bytes"),
            Self::Late(limit) => write!(f, "it was not read within {limit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Response;

    use super::*;

    fn of(status: u16, headers: &[(&str, &str)], body: &str) -> Obstacle {
        let answer = Response::builder().status(status);
        let answer =
            headers.iter().fold(answer, |answer, (name, value)| answer.header(*name, *value));
        let (parts, ()) = answer.body(()).expect("an answer").into_parts();
        Obstacle::of(&parts, body.as_bytes())
    }

    #[test]
    fn a_refusal_of_the_firewall_is_none_of_the_origin() {
        let cloudfront = [("Server", "CloudFront"), ("X-Cache", "Error from cloudfront")];
        let s3 = [("Server", "AmazonS3"), ("X-Cache", "Error from cloudfront")];
        let denied = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>";
        let blocked = "<H2>The request could not be satisfied.</H2>Request blocked. We can't";
        let captcha = |status| of(status, &[("x-amzn-waf-action", "captcha")], "");
        assert_eq!(captcha(405), Obstacle::Captcha(StatusCode::METHOD_NOT_ALLOWED));
        assert_eq!(captcha(202), Obstacle::Captcha(StatusCode::ACCEPTED));
        assert_eq!(of(403, &cloudfront, blocked), Obstacle::Blocked);
        assert_eq!(of(403, &cloudfront, "Bad"), Obstacle::Refused(StatusCode::FORBIDDEN));
        assert_eq!(of(405, &cloudfront, ""), Obstacle::Refused(StatusCode::METHOD_NOT_ALLOWED));
        for missing in [of(403, &s3, ""), of(403, &[], denied)] {
            assert_eq!(missing, Obstacle::Missing(StatusCode::FORBIDDEN));
        }
        assert_eq!(of(404, &[], ""), Obstacle::Missing(StatusCode::NOT_FOUND));
        for status in [408, 429, 500, 502, 503, 504] {
            let found = of(status, &s3, "<Code>SlowDown</Code>");
            assert!(found.passes() && found.exit() == Exit::Temporary, "{status}: {found}");
        }
    }
}
