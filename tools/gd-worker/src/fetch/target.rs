//! Which URLs may be asked, before anything is looked up.

use std::net::IpAddr;

use url::{Host, Url};

use super::address::Addresses;
use super::failure::Failure;
use super::resolver::check;

/// Most servers take a request line of 8 KiB and no more.
const LONGEST: usize = 8_000;

/// Which URLs may be asked.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The ports.
    pub ports: Vec<u16>,
    /// The addresses.
    pub addresses: Addresses,
}

impl Targets {
    /// The URL that a text is, if it may be asked. Whatever an address is written as
    /// (decimal, octal, hexadecimal, in fewer parts), it is one number here.
    pub fn url(&self, text: &str) -> Result<Url, Failure> {
        if text.len() > LONGEST {
            let length = text.len();
            return Err(Failure::lasting(format!("a URL of {length} bytes, more than {LONGEST}")));
        }
        let url = Url::parse(text).map_err(|error| Failure::lasting(format!("no URL: {error}")))?;
        self.check(&url)?;
        Ok(url)
    }

    /// Checks where a redirect leads to.
    pub fn redirected(&self, from: &Url, to: &str) -> Result<Url, Failure> {
        let prefix = |failure: Failure| Failure::lasting(format!("redirected: {failure}"));
        let url = from.join(to).map_err(|_| Failure::lasting("redirected to what is no URL"))?;
        self.url(url.as_str()).map_err(prefix)
    }

    fn check(&self, url: &Url) -> Result<(), Failure> {
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = url.scheme();
            return Err(Failure::lasting(format!("{scheme} is neither http nor https")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::lasting("a URL with credentials"));
        }
        let port = url.port_or_known_default().expect("http and https have one");
        if !self.ports.contains(&port) {
            return Err(Failure::lasting(format!("port {port} is not asked")));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            // The resolver checks those of a name.
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Failure::lasting("a URL without a host")),
        };
        check(&self.addresses, &[address])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(url: &str) -> String {
        let targets = Targets { ports: vec![80, 443], addresses: Addresses::default() };
        match targets.url(url) {
            Ok(url) => format!("admitted as {url}"),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn the_metadata_service_is_refused_however_it_is_written() {
        for host in [
            "169.254.169.254",
            "2852039166",
            "0xA9FEA9FE",
            "0xa9.0xfe.0xa9.0xfe",
            "0251.0376.0251.0376",
            "0251.254.43518",
            "169.254.43518",
            "%31%36%39.254.169.254",
            "169.254.169.254.",
            "１６９.254.169.254",
        ] {
            let why = refused(&format!("http://{host}/latest/meta-data/"));
            assert_eq!(why, "its address 169.254.169.254 is not a public one", "{host}");
        }
        for (host, address) in [
            ("[::ffff:169.254.169.254]", "::ffff:169.254.169.254"),
            ("[::ffff:a9fe:a9fe]", "::ffff:169.254.169.254"),
            ("[0:0:0:0:0:ffff:a9fe:a9fe]", "::ffff:169.254.169.254"),
            ("[::a9fe:a9fe]", "::a9fe:a9fe"),
            ("[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"),
            ("[2002:a9fe:a9fe::]", "2002:a9fe:a9fe::"),
            ("[fd00:ec2::254]", "fd00:ec2::254"),
        ] {
            let why = refused(&format!("http://{host}/"));
            assert_eq!(why, format!("its address {address} is not a public one"), "{host}");
        }
        assert!(refused("http://[fe80::1%25eth0]/").starts_with("no URL: "));
    }

    #[test]
    fn other_schemes_ports_and_credentials_are_refused() {
        for (url, why) in [
            ("file:///etc/passwd", "file is neither http nor https"),
            ("ftp://example.com/a.jpg", "ftp is neither http nor https"),
            ("gopher://example.com:80/", "gopher is neither http nor https"),
            ("http://example.com:22/", "port 22 is not asked"),
            ("https://example.com:8443/", "port 8443 is not asked"),
            ("http://user@example.com/", "a URL with credentials"),
            ("http://:secret@example.com/", "a URL with credentials"),
            ("http://example.com@169.254.169.254/", "a URL with credentials"),
            ("a.jpg", "no URL: relative URL without a base"),
            ("", "no URL: relative URL without a base"),
            ("http://", "no URL: empty host"),
        ] {
            assert_eq!(refused(url), why, "{url}");
        }
        assert_eq!(refused("http://example.com:80/"), "admitted as http://example.com/");
        assert_eq!(refused("http://example.com:443/"), "admitted as http://example.com:443/");
        let long = format!("http://example.com/{}", "a".repeat(8_000));
        assert_eq!(refused(&long), "a URL of 8019 bytes, more than 8000");
    }

    #[test]
    fn a_redirect_is_checked_as_the_first_url_was() {
        let targets = Targets { ports: vec![80, 443], addresses: Addresses::default() };
        let from = targets.url("http://example.com/a/b").expect("it is admitted");
        let to = |location| targets.redirected(&from, location).map(|url| url.to_string());
        assert_eq!(to("../c.jpg").as_deref(), Ok("http://example.com/c.jpg"));
        assert_eq!(to("//1.1.1.1/c").as_deref(), Ok("http://1.1.1.1/c"));
        let refused = to("//[::1]/c").expect_err("it is refused").to_string();
        assert_eq!(refused, "redirected: its address ::1 is not a public one");
        let refused = to("file:///etc/passwd").expect_err("it is refused").to_string();
        assert_eq!(refused, "redirected: file is neither http nor https");
    }

    proptest! {
        #[test]
        fn every_private_address_is_refused_as_one_number(last in 0u32..1 << 24) {
            let number = 10 << 24 | last;
            let why = refused(&format!("http://{number}/"));
            prop_assert!(why.ends_with("is not a public one"), "{why}");
            prop_assert_eq!(&why, &refused(&format!("http://{number:#x}/")));
            prop_assert_eq!(&why, &refused(&format!("http://0{number:o}/")));
        }
    }
}
