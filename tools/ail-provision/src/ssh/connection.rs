//! A connection whose server is the right one.

use std::net::TcpStream;

use ssh2::{ErrorCode, MethodType, Session};

use super::{Refusal, dial::dial};
use crate::host_key::HostKey;
use crate::target::Target;

/// The longest that one step of the protocol may take. A small instance at its first boot
/// needs seconds for a key exchange; sshd gives a login 120 s.
pub(super) const STEP_MILLISECONDS: u32 = 30_000;

/// LIBSSH2_ERROR_FILE of libssh2.h.
const UNUSABLE_KEY_FILE: i32 = -16;

/// Which host keys are believed.
#[derive(Clone, Debug)]
pub enum Trust {
    /// These.
    Known(Vec<HostKey>),
    /// Whatever the server shows.
    FirstUse,
}

/// An open connection. Dropping it closes it.
pub struct Connection {
    pub(super) session: Session,
    pub(super) stream: TcpStream,
    shown: HostKey,
}

impl Connection {
    /// Opens one to the target, up to the check of the host key that the server shows.
    pub fn open(target: &Target, trust: &Trust) -> Result<Self, Refusal> {
        let stream = dial(&target.host, target.port)?;
        let broken = |error: &dyn std::fmt::Display| Refusal::KeyExchange(error.to_string());
        let copy = stream.try_clone().map_err(|error| broken(&error))?;
        let mut session = Session::new().map_err(|error| broken(&error))?;
        session.set_timeout(STEP_MILLISECONDS);
        let order = preferred(trust);
        session.method_pref(MethodType::HostKey, &order).map_err(|error| broken(&error))?;
        session.set_tcp_stream(copy);
        session.handshake().map_err(|error| broken(&error.message()))?;
        let shown = match session.host_key() {
            Some((bytes, _)) => HostKey::from_wire(bytes).map_err(|error| broken(&error))?,
            None => return Err(broken(&"the server showed no host key")),
        };
        match trust {
            Trust::Known(keys) if !keys.contains(&shown) => Err(Refusal::HostKey(Box::new(shown))),
            _ => Ok(Self { session, stream, shown }),
        }
    }

    /// The host key that the server showed.
    pub fn shown(&self) -> &HostKey {
        &self.shown
    }

    /// Logs in with the target's private key.
    pub fn log_in(&self, target: &Target) -> Result<(), Refusal> {
        let offered = self.offered(&target.user)?;
        if self.session.authenticated() {
            return Ok(());
        }
        self.session.userauth_pubkey_file(&target.user, None, &target.key_file, None).map_err(
            |error| match error.code() {
                ErrorCode::Session(UNUSABLE_KEY_FILE) => {
                    Refusal::KeyFile(error.message().to_owned())
                }
                _ => Refusal::Login {
                    why: format!("the key of {} is not taken", target.user),
                    offered,
                },
            },
        )
    }

    /// Logs in with a password.
    pub fn log_in_with_password(&self, target: &Target, password: &str) -> Result<(), Refusal> {
        let offered = self.offered(&target.user)?;
        self.session.userauth_password(&target.user, password).map_err(|_| Refusal::Login {
            why: format!("the password of {} is not taken", target.user),
            offered,
        })
    }

    /// The ways of logging in that the server offers.
    fn offered(&self, user: &str) -> Result<String, Refusal> {
        match self.session.auth_methods(user) {
            Ok(methods) => Ok(methods.replace(',', ", ")),
            // The server lets the user in without anything.
            Err(_) if self.session.authenticated() => Ok("no check at all".to_owned()),
            Err(error) => Err(Refusal::KeyExchange(error.message().to_owned())),
        }
    }
}

/// The host key algorithms in the order in which they are asked for: first those of the
/// known keys, so that the server shows a key that can be checked.
fn preferred(trust: &Trust) -> String {
    const ALL: [&str; 7] = [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
        "ssh-rsa",
    ];
    let is_known = |algorithm: &&str| match trust {
        Trust::FirstUse => true,
        Trust::Known(keys) => keys.iter().any(|key| match key.kind().as_str() {
            // One kind of key, three kinds of signature.
            "ssh-rsa" => algorithm.contains("rsa"),
            kind => kind == *algorithm,
        }),
    };
    let (known, others): (Vec<_>, Vec<_>) = ALL.into_iter().partition(is_known);
    [known, others].concat().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_asked_for_first() {
        let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBO3YTGlaFIBvPOucevZ2P/nhSj/vuTuqT3Lr7ghqUv5R00SU5pcU4MUSIrRxezB0RKiPdK7W5Tv4aAfkKGEuYCU=";
        let Ok(key) = ecdsa.parse() else { panic!("a key") };
        let order = preferred(&Trust::Known(vec![key]));
        assert!(order.starts_with("ecdsa-sha2-nistp256,ssh-ed25519,"), "{order}");
        assert!(preferred(&Trust::FirstUse).starts_with("ssh-ed25519,"));
    }
}
