//! What ExportImage would refuse, or fail at hours later, found before the first task.

mod bucket;
mod encryption;
mod image;
mod role;
mod trust;

use lib_common::aws::{During, Explain};
use lib_common::{Context, Error, Exit, Result};

use crate::destination::Destination;
use crate::job::Clients;

/// Checks image, bucket and role, all of them, and gives the account they belong to. What
/// could not be checked is said on stderr.
pub async fn check(
    context: &Context,
    clients: &Clients,
    image: &str,
    destination: &Destination,
    region: &str,
) -> Result<String> {
    let what = || format!("cannot export {image} to s3://{} ({region})", destination.bucket);
    let account = account(&clients.sts).await.explain(what)?;
    let (mut problems, found) = tokio::join!(
        image::check(&clients.ec2, image, &account, region),
        look_at(clients, destination, &account, region),
    );
    warn(context, found.unseen.iter().map(Unseen::warning).chain(found.warnings));
    problems.extend(found.problems);
    refusal(what(), problems).map_or(Ok(account), Err)
}

/// Checks bucket and role, and whether an image can come to be that is exported there; gives
/// the account. Whoever only asks gets no answer that nobody looked for.
pub async fn check_before_image(
    context: &Context,
    clients: &Clients,
    destination: &Destination,
    region: &str,
) -> Result<String> {
    let what = || format!("cannot export images to s3://{} ({region})", destination.bucket);
    let account = account(&clients.sts).await.explain(what)?;
    let (before, found) = tokio::join!(
        encryption::check(&clients.ec2, region),
        look_at(clients, destination, &account, region),
    );
    let found = before.and(found);
    warn(context, found.warnings);
    let unseen = found.unseen.into_iter().map(Unseen::problem);
    refusal(what(), found.problems.into_iter().chain(unseen).collect()).map_or(Ok(account), Err)
}

/// Says what stands in no way, and may be amiss.
pub fn warn(context: &Context, warnings: impl IntoIterator<Item = String>) {
    for warning in warnings {
        context.progress().say(&format!("{}: warning: {warning}", context.tool()));
    }
}

async fn look_at(
    clients: &Clients,
    destination: &Destination,
    account: &str,
    region: &str,
) -> Findings {
    let (of_bucket, of_role) = tokio::join!(
        bucket::check(&clients.s3, &destination.bucket, account, region),
        role::check(&clients.iam, &destination.role),
    );
    of_bucket.and(of_role)
}

/// The caller's account. No policy can deny this call.
pub async fn account(sts: &aws_sdk_sts::Client) -> Result<String> {
    let identity = sts.get_caller_identity().send().await.during("GetCallerIdentity")?;
    identity
        .account
        .ok_or_else(|| Error::new(Exit::Refused, "GetCallerIdentity: the answer names no account"))
}

/// What checks found.
#[derive(Debug, Default)]
struct Findings {
    problems: Vec<Error>,
    warnings: Vec<String>,
    unseen: Vec<Unseen>,
}

/// What nobody may look at.
#[derive(Debug)]
struct Unseen {
    what: String,
    why: Error,
    /// What that may come to.
    risk: String,
}

impl Findings {
    fn problem(problem: Error) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }

    fn warning(warning: String) -> Self {
        Self { warnings: vec![warning], ..Self::default() }
    }

    fn unseen(what: String, why: Error, risk: impl Into<String>) -> Self {
        Self { unseen: vec![Unseen { what, why, risk: risk.into() }], ..Self::default() }
    }

    fn and(mut self, more: Self) -> Self {
        self.problems.extend(more.problems);
        self.warnings.extend(more.warnings);
        self.unseen.extend(more.unseen);
        self
    }
}

impl Unseen {
    fn warning(&self) -> String {
        format!("{} ({}); {}", self.what, self.why.what(), self.risk)
    }

    fn problem(self) -> Error {
        self.why.context(self.what).because(self.risk)
    }
}

/// All problems as one error; nothing if there are none. One alone keeps its exit code,
/// and so do several that agree in it.
pub fn refusal(what: String, mut problems: Vec<Error>) -> Option<Error> {
    let last = problems.pop()?;
    if problems.is_empty() {
        return Some(last.context(what));
    }
    problems.push(last);
    let exit = problems[0].exit();
    let agreed = problems.iter().all(|problem| problem.exit() == exit);
    let count = problems.len();
    let error = Error::new(if agreed { exit } else { Exit::Refused }, what)
        .because(format!("{count} things stand in the way:"));
    let error = problems.into_iter().fold(error, |error, problem| error.because(problem));
    Some(error.next("mend them all, then run the same command again; nothing was changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_together() {
        let problems = vec![
            Error::new(Exit::NotFound, "no bucket").next("make it"),
            Error::new(Exit::Refused, "no trust"),
        ];
        let error = refusal("cannot export ami-1".to_owned(), problems).expect("two problems");
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(
            error.to_string(),
            "cannot export ami-1\n  2 things stand in the way:\n  no bucket\n    next: make it\n  \
             no trust\n  next: mend them all, then run the same command again; nothing was changed"
        );
    }

    #[test]
    fn one_problem_keeps_its_code_and_its_advice() {
        let problems = vec![Error::new(Exit::NotFound, "no bucket").next("make it")];
        let error = refusal("cannot export ami-1".to_owned(), problems).expect("one problem");
        assert_eq!(error.exit(), Exit::NotFound);
        assert_eq!(error.to_string(), "cannot export ami-1\n  no bucket\n  next: make it");
        assert!(refusal("cannot".to_owned(), Vec::new()).is_none());
    }
}
