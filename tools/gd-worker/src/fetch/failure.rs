//! Why a URL gave no image.

use std::error::Error;
use std::io;

/// Why a URL gave no image, as the sender of the job reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    reason: String,
    passing: bool,
}

impl Failure {
    /// It will not work the next time either.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), passing: false }
    }

    /// It may work in a moment.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), passing: true }
    }

    /// Whether it may work in a moment.
    pub fn is_passing(&self) -> bool {
        self.passing
    }

    /// What a failed request means: the failure that its connector gave, or a network that
    /// lost it.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let (mut last, mut next) = (error, Some(error));
        while let Some(cause) = next {
            if let Some(failure) = cause.downcast_ref::<Self>() {
                return failure.clone();
            }
            // TLS tells its faults through an I/O error, which hides them from the chain.
            let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(fault) = hidden.and_then(|hidden| hidden.downcast_ref::<rustls::Error>()) {
                return Self::lasting(format!("no TLS: {fault}"));
            }
            (last, next) = (cause, cause.source());
        }
        Self::passing(format!("no answer: {last}"))
    }
}
