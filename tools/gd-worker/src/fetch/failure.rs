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
            if let Some(fault) = in_io(cause) {
                return Self::lasting(format!("no TLS: {fault}"));
            }
            (last, next) = (cause, cause.source());
        }
        Self::passing(format!("no answer: {last}"))
    }
}

/// The fault that TLS tells through an I/O error, or through one in another: these hide what
/// they carry from the chain of causes.
fn in_io<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let carried = |error: &'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> {
        error.downcast_ref::<io::Error>()?.get_ref().map(|carried| carried as _)
    };
    std::iter::successors(carried(error), |error| carried(*error))
        .find_map(|error| error.downcast_ref::<rustls::Error>())
}
