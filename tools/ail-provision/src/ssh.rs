//! SSH over libssh2, whose calls block: all of this runs on threads for that.

mod connection;
mod dial;
mod refusal;
mod remote;

pub use connection::{Connection, Trust};
pub use refusal::Refusal;
pub use remote::{Heard, Output, run};

use crate::target::Target;

/// One attempt to get in, from the name to the login.
pub async fn attempt(target: &Target, trust: &Trust) -> Result<Connection, Refusal> {
    let (target, trust) = (target.clone(), trust.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let connection = Connection::open(&target, &trust)?;
        connection.log_in(&target)?;
        Ok(connection)
    });
    joined(opened).await
}

/// One attempt to get in by a password, after the key of the record was refused.
pub async fn attempt_with_password(
    target: &Target,
    trust: &Trust,
    password: String,
) -> Result<Connection, Refusal> {
    let (target, trust) = (target.clone(), trust.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let connection = Connection::open(&target, &trust)?;
        connection.log_in_with_password(&target, &password)?;
        Ok(connection)
    });
    joined(opened).await
}

/// A panic on the thread goes on here.
async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
