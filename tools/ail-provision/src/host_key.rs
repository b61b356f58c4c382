//! Host keys: what a server shows, what its console printed, what the record knows.

use std::fmt;
use std::str::FromStr;

use ssh_key::{HashAlg, PublicKey};

/// A public host key, without its comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKey(PublicKey);

impl HostKey {
    /// The key as it goes over the wire.
    pub fn from_wire(bytes: &[u8]) -> Result<Self, ssh_key::Error> {
        PublicKey::from_bytes(bytes).map(Self)
    }

    /// `SHA256:…`, as ssh-keygen and the EC2 console show it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` …
    pub fn kind(&self) -> String {
        self.0.algorithm().as_str().to_owned()
    }
}

impl FromStr for HostKey {
    type Err = ssh_key::Error;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let mut key = PublicKey::from_openssh(line)?;
        key.set_comment("");
        Ok(Self(key))
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_openssh().expect("a key without a comment is text").trim_end())
    }
}

/// The host keys in a console's text, from the last whole block that cloud-init printed:
/// a reboot may have printed another.
pub fn on_console(text: &str) -> Vec<HostKey> {
    const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
    const END: &str = "-----END SSH HOST KEY KEYS-----";
    let Some((before, _)) = text.rsplit_once(END) else {
        return Vec::new();
    };
    let Some((_, block)) = before.rsplit_once(BEGIN) else {
        return Vec::new();
    };
    block.lines().filter_map(key_in).collect()
}

/// The key in a line of a console, where the kernel or a time stamp may stand before it.
fn key_in(line: &str) -> Option<HostKey> {
    let words: Vec<_> = line.split_whitespace().collect();
    words.windows(2).find_map(|pair| pair.join(" ").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6JU+mhkCJtcNcRGjmfwaWY0XNS0D9TRbWwaBsMISw3";
    const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBO3YTGlaFIBvPOucevZ2P/nhSj/vuTuqT3Lr7ghqUv5R00SU5pcU4MUSIrRxezB0RKiPdK7W5Tv4aAfkKGEuYCU=";
    const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC79LmaBrUmcZjEg4nlAkFAf/Z0x73yPKFD5oFtdquGvbQfvqlssoBiT29Bp+MCAuT6cGSSgPSP7PkARHMenY2FK6iGv2erCZdqpMlHGIYME1kWkGfCYsfK0bh7uNk9+4qI29w48cGDsZQ0Ilzu9jDVmuX2UQR+MyMAtNHWq2MpcQVTImugGkSIUFaId6CI9ENt6a77WDZ1fF4HkA96cY6a8P/0KJQuzFswGCvPwGBRwak7cktfGLRmrV7ZseKt4YOskVyzJYrFgsx2cFKv9U/0eNffgf+NajP/BUgD3qVoIZ62zzVBKjvLpdHUgO8eylf9uqEEihiAOMHwqnXkoxXH";

    #[test]
    fn a_key_keeps_its_text_but_not_its_comment() {
        for text in [ED25519, ECDSA] {
            let key: HostKey = format!("{text} root@ip-10-0-0-1").parse().expect("a key");
            assert_eq!(key.to_string(), text);
            assert_eq!(key, text.parse().expect("a key"));
        }
        assert_eq!(ED25519.parse::<HostKey>().expect("a key").kind(), "ssh-ed25519");
        assert_eq!(ECDSA.parse::<HostKey>().expect("a key").kind(), "ecdsa-sha2-nistp256");
        assert_eq!(RSA.parse::<HostKey>().expect("a key").kind(), "ssh-rsa");
        assert!("ssh-ed25519 AAAA".parse::<HostKey>().is_err());
    }

    #[test]
    fn the_fingerprint_is_that_of_ssh_keygen() {
        // ssh-keygen -lf
        let key: HostKey = ED25519.parse().expect("a key");
        assert_eq!(key.fingerprint(), "SHA256:nCfk+lPvn8uLiude4lnkjswY/jhRNQWHCNpCDRBKgEo");
    }

    #[test]
    fn the_last_whole_block_of_the_console_counts() {
        let console = format!(
            "boot\n-----BEGIN SSH HOST KEY KEYS-----\n{ECDSA} root@old\n-----END SSH HOST KEY KEYS-----\n\
             reboot\r\n-----BEGIN SSH HOST KEY KEYS-----\r\n[   12.3] cloud-init[612]: {ED25519} root@new\r\n\
             [   12.4] a kernel message\r\n{RSA} root@new\r\n-----END SSH HOST KEY KEYS-----\r\n\
             third\n-----BEGIN SSH HOST KEY KEYS-----\ntorn"
        );
        let keys: Vec<_> = on_console(&console).iter().map(ToString::to_string).collect();
        assert_eq!(keys, [ED25519, RSA]);
    }

    #[test]
    fn a_console_without_a_block_has_no_keys() {
        assert_eq!(on_console(""), []);
        assert_eq!(on_console(&format!("-----BEGIN SSH HOST KEY KEYS-----\n{ED25519}")), []);
        assert_eq!(on_console("-----END SSH HOST KEY KEYS-----"), []);
    }
}
