//! Why a connection did not come about, by the stage at which it ended.

use std::fmt;

use crate::host_key::HostKey;

/// The stage that failed, and why. Its text completes "admin@192.0.2.7:22: …".
#[derive(Debug)]
pub enum Refusal {
    /// The name has no address.
    Name(String),
    /// No TCP connection.
    Tcp(String),
    /// A connection, and no SSH server at its other end.
    Banner(String),
    /// The server and we agree on no keys for the connection.
    KeyExchange(String),
    /// The server shows another host key than those that are known.
    HostKey(Box<HostKey>),
    /// The private key cannot be used.
    KeyFile(String),
    /// The server does not let the user in.
    Login {
        /// Why.
        why: String,
        /// The ways of logging in that it offers this user.
        offered: String,
    },
}

impl Refusal {
    /// Whether nothing answered at all: the instance may be gone.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Tcp(_))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(why) => write!(f, "the name has no address: {why}"),
            Self::Tcp(why) => write!(f, "no TCP connection: {why}"),
            Self::Banner(why) => write!(f, "no SSH server: {why}"),
            Self::KeyExchange(why) => write!(f, "the key exchange failed: {why}"),
            Self::HostKey(shown) => {
                write!(f, "the host key is another: {} {}", shown.kind(), shown.fingerprint())
            }
            Self::KeyFile(why) => write!(f, "the private key cannot be used: {why}"),
            Self::Login { why, offered } => {
                write!(f, "the login is refused: {why} (the server offers: {offered})")
            }
        }
    }
}
