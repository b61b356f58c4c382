//! Which URLs a job may name.

use url::Url;

/// Says what is wrong with a URL, if something is. Workers check again, and more: here is
/// refused what no worker would fetch.
pub fn check(text: &str) -> Result<(), String> {
    if let Some(odd) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("a URL has no {odd:?} in it"));
    }
    let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("workers fetch by http and https, not by {}", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with a user or a password in it would be seen by all".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn http_and_https_are_taken() {
        for url in ["http://a/1.jpg", "https://a.example:8443/x?y=%20#z", "http://[::1]/"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn the_rest_is_told_what_it_is() {
        for (url, said) in [
            ("cat.jpg", "not a URL: relative URL without a base"),
            ("http://", "not a URL: empty host"),
            ("ftp://a/1.jpg", "workers fetch by http and https, not by ftp"),
            ("file:///etc/passwd", "workers fetch by http and https, not by file"),
            ("http://a/1 2.jpg", "a URL has no ' ' in it"),
            ("http://a/\u{7}", "a URL has no '\\u{7}' in it"),
            ("http://me:pw@a/", "a URL with a user or a password in it would be seen by all"),
        ] {
            assert_eq!(check(url), Err(said.to_owned()), "{url}");
        }
    }
}
