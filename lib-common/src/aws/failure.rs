//! What a failed call means to the reader and to the exit code.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::{Error, Exit, Result};

/// Turns the failure of a call into an [`Error`] that names the operation.
pub trait During<T> {
    /// `operation` is the API's name of the call (`CreateImage`).
    fn during(self, operation: &str) -> Result<T>;
}

impl<T, E> During<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn during(self, operation: &str) -> Result<T> {
        self.map_err(|error| failure(operation, &error))
    }
}

/// Puts a sentence above a failure: what it prevented, on which resource, in which region.
pub trait Explain<T> {
    /// `what` begins with "cannot", without a full stop.
    fn explain(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Explain<T> for Result<T> {
    fn explain(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.context(what()))
    }
}

/// For what is asked on the way to a deletion: another try may have done it already, or somebody
/// else. Only the deletion itself says whether the thing is gone.
pub trait OrGone<T> {
    /// What is not there any more counts as done, and a list of it as empty.
    fn or_gone(self) -> Result<T>;
}

impl<T: Default> OrGone<T> for Result<T> {
    fn or_gone(self) -> Result<T> {
        match self {
            Err(error) if error.is_not_found() => Ok(T::default()),
            answer => answer,
        }
    }
}

fn failure<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if let SdkError::ServiceError(service) = error {
        return answered(operation, service.err(), service.raw());
    }
    if has_cause::<CredentialsError>(error) {
        return Error::new(Exit::Permission, format!("{operation}: no AWS credentials were found"))
            .next("set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    let why = match error {
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::ResponseError(response) => {
            format!("HTTP {} with an answer that is not the service's", response.raw().status())
        }
        _ => innermost(error),
    };
    Error::new(Exit::Refused, format!("{operation}: cannot reach the service: {why}"))
        .next("check the region, the endpoint and the network")
        .in_transport()
}

fn answered<E: ProvideErrorMetadata>(operation: &str, error: &E, raw: &HttpResponse) -> Error {
    let status = raw.status().as_u16();
    // An answer to HEAD has no body, so no code either.
    let code = error.code().map_or_else(|| format!("HTTP {status}"), str::to_owned);
    let message = error.message().unwrap_or_default().trim();
    let exit = meaning(&code, message, status);
    let mut text = format!("{operation}: {code}");
    if !message.is_empty() && message != code {
        text.push_str(": ");
        text.push_str(message.trim_end_matches('.'));
    }
    if let Some(request) =
        error.meta().request_id().or_else(|| raw.headers().get("x-amz-request-id"))
    {
        text.push_str(&format!(" (request {request})"));
    }
    let error = Error::new(exit, text).coded(code);
    match exit {
        Exit::Permission => error.next(format!(
            "check the credentials, and that their policy allows {}",
            action(operation, message)
        )),
        _ => error,
    }
}

/// What a policy has to allow. The message names it, where the service tells: tags of a call
/// and a role that is handed over want permissions of their own.
fn action<'a>(operation: &'a str, message: &'a str) -> &'a str {
    let named = message.split_once("is not authorized to perform: ").and_then(|(_, action)| {
        action.split([' ', ',']).next().filter(|action| action.contains(':'))
    });
    named.unwrap_or(match operation {
        // An answer to HEAD has no message (Service Authorization Reference, "Amazon S3").
        "HeadBucket" => "s3:ListBucket",
        "HeadObject" => "s3:GetObject",
        other => other,
    })
}

/// The codes are those of the services' "common errors" and error lists; the services
/// agree on none, so the families are recognised.
fn meaning(code: &str, message: &str, status: u16) -> Exit {
    const PERMISSION: [&str; 14] = [
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "Forbidden",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "HTTP 403",
    ];
    const TEMPORARY: [&str; 13] = [
        // A deleted queue's name is free again after a minute.
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "InsufficientInstanceCapacity",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "Unavailable",
    ];
    if PERMISSION.contains(&code) {
        Exit::Permission
    } else if TEMPORARY.contains(&code) {
        Exit::Temporary
    } else if code.contains("NotFound")
        || code.starts_with("NoSuch")
        // "AWS.SimpleQueueService.NonExistentQueue"
        || code.contains("NonExistent")
        || code == "HTTP 404"
        // CloudFormation says so of a stack, with a code that it uses for all else too.
        || (code == "ValidationError" && message.contains("does not exist"))
    {
        Exit::NotFound
    } else if code.ends_with(".Duplicate") || code.contains("AlreadyExist") {
        Exit::Exists
    } else if status >= 500 {
        Exit::Temporary
    } else {
        Exit::Refused
    }
}

fn has_cause<C: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<C>())
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_that_is_missing_is_not_always_called_like_the_operation() {
        let why = "You are not authorized to perform this operation. User: arn:aws:sts::1:x is \
                   not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:y";
        assert_eq!(action("ImportKeyPair", why), "ec2:CreateTags");
        assert_eq!(action("HeadObject", ""), "s3:GetObject");
        assert_eq!(action("CreateImage", "You are not authorized to perform this."), "CreateImage");
    }

    #[test]
    fn what_has_gone_already_is_done_and_what_is_refused_is_not() {
        let answer = |exit| Err::<Vec<u8>, _>(Error::new(exit, "answer"));
        assert_eq!(answer(Exit::NotFound).or_gone().expect("nothing is left"), [0; 0]);
        assert_eq!(Ok(vec![7]).or_gone().expect("it is there"), [7]);
        assert!(answer(Exit::Permission).or_gone().is_err());
    }

    #[test]
    fn codes_mean_what_the_services_mean() {
        for (code, message, status, exit) in [
            ("InvalidAMIID.NotFound", "", 400, Exit::NotFound),
            ("NoSuchBucket", "", 404, Exit::NotFound),
            ("AWS.SimpleQueueService.NonExistentQueue", "", 400, Exit::NotFound),
            ("AWS.SimpleQueueService.QueueDeletedRecently", "", 400, Exit::Temporary),
            ("ValidationError", "Stack with id x does not exist", 400, Exit::NotFound),
            ("ValidationError", "Template format error", 400, Exit::Refused),
            ("InvalidAMIName.Duplicate", "", 400, Exit::Exists),
            ("EntityAlreadyExists", "", 409, Exit::Exists),
            ("UnauthorizedOperation", "", 403, Exit::Permission),
            ("HTTP 403", "", 403, Exit::Permission),
            ("RequestLimitExceeded", "", 503, Exit::Temporary),
            ("Whatever", "", 502, Exit::Temporary),
            ("IncorrectState", "", 400, Exit::Refused),
        ] {
            assert_eq!(meaning(code, message, status), exit, "{code}");
        }
    }
}
