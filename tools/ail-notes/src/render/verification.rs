//! How whoever downloads a release can check it.

use lib_common::AssetId;
use lib_common::record::{Checksums, Signature};

use super::notes::{code, is_address, link};

/// The paragraphs below the heading: what is signed by whom for which release, and the command
/// that checks it.
pub fn text(checksums: &Checksums, asset_id: Option<&AssetId>) -> String {
    let sums = link(name_of(&checksums.key), &checksums.url);
    let by_hand = "`sha256sum --check SHA256SUMS`";
    let Some(signature) = &checksums.signature else {
        return format!(
            "{sums} has the sums of all files; nobody signed them. Beside the files, {by_hand} \
             checks them."
        );
    };
    let told = format!(
        "{sums} has the sums of all files, and {} is its signature, in the format of minisign, by \
         the key {}.",
        link(name_of(&signature.key), &signature.url),
        code(&signature.public_key)
    );
    match command(checksums, signature, asset_id) {
        None => {
            format!("{told} Beside the files, {by_hand} checks them once the signature is checked.")
        }
        Some(command) => {
            let of = asset_id.map_or_else(String::new, |id| {
                format!(", which has to tell {}", code(&format!("asset-id:{id}")))
            });
            format!(
                "{told} This reads and checks all of it where it is published:\n\n\
                 ```sh\n{command}\n```\n\n\
                 So does, beside the downloaded files, `minisign -V -P {} -m SHA256SUMS`{of}, and \
                 then {by_hand}. That is the way for who is asked for a CAPTCHA, too: only a \
                 browser can solve it.",
                signature.public_key
            )
        }
    }
}

/// The command, where a shell takes address and key for what they are. An asset id has no
/// quotes. Without it, an older release that is signed by the same key would do as well.
fn command(
    checksums: &Checksums,
    signature: &Signature,
    asset_id: Option<&AssetId>,
) -> Option<String> {
    let (url, key) = (&checksums.url, &signature.public_key);
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let plain = is_address(url) && !url.contains(['\'', '`', '\\']);
    let of = asset_id.map_or_else(String::new, |id| format!(" --asset-id '{id}'"));
    (plain && !key.is_empty() && key.chars().all(is_base64))
        .then(|| format!("ail-export verify --url '{url}' --public-key {key}{of}"))
}

fn name_of(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksums(url: &str, key: Option<&str>) -> Checksums {
        Checksums {
            bucket: "b".to_owned(),
            key: "ai_lab/1/SHA256SUMS".to_owned(),
            url: url.to_owned(),
            signature: key.map(|public_key| Signature {
                key: "ai_lab/1/SHA256SUMS.minisig".to_owned(),
                url: format!("{url}.minisig"),
                public_key: public_key.to_owned(),
            }),
        }
    }

    #[test]
    fn what_is_not_signed_says_so() {
        let text = text(&checksums("https://h/SHA256SUMS", None), None);
        assert_eq!(
            text,
            "[SHA256SUMS](<https://h/SHA256SUMS>) has the sums of all files; nobody signed them. \
             Beside the files, `sha256sum --check SHA256SUMS` checks them."
        );
    }

    #[test]
    fn nothing_breaks_out_of_the_command() {
        let id: AssetId = "a lab 1".parse().expect("valid");
        let given = |url, key| {
            let checksums = checksums(url, Some(key));
            command(&checksums, checksums.signature.as_ref().expect("a signature"), Some(&id))
        };
        assert_eq!(
            given("https://h/a%20b", "RWx+/=").as_deref(),
            Some(
                "ail-export verify --url 'https://h/a%20b' --public-key RWx+/= --asset-id 'a lab 1'"
            )
        );
        for (url, key) in [
            ("https://h/'; rm -rf ~; '", "RWx"),
            ("https://h/'", "RWx"),
            ("s3://b/k", "RWx"),
            ("https://h/a", "RWx; rm"),
            ("https://h/a", "RWx\n```"),
            ("https://h/a", ""),
        ] {
            assert_eq!(given(url, key), None, "{url} {key}");
            assert!(!text(&checksums(url, Some(key)), None).contains("\n```"), "{url} {key}");
        }
    }
}
