//! The permission matrix, as the test found it, in doc/least-privilege.md.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::policy::{self, Allowed, ROLES};
use crate::world::Found;

const HEAD: &str = "\
# Least privilege

Each role of the templates has its policy in a file of its own, `tools/ail-stack/policies/`, which `scripts/policies`
puts into the templates. This page is written by `tests/tests/least_privilege`. It runs the whole release on the
local cloud as the deployed role, with the cloud's IAM asked for every action; then, for each action, the shortest stage
that needs it as a role without that action. The run ends with the exit code that stands here, and names the action. So
on the local cloud nothing is missing, and no action is superfluous. An action that stands in several statements is taken
from all of them at once: its rows share one run. Where taking back is what is refused, the run has failed already, with a
code of its own, and tells what is left.

The local cloud reads a policy action by action. Resources and conditions are checked by parliament, and by
`scripts/policy/lint.py`: an action that knows resources is not allowed on `*`, and no role is handed over to any service
but the one that is named. What only the real services ask for is kept with its source, and does not count as proven; that
it is all that they ask for is not proven either.
";

/// Asserts that the page is what was found.
pub fn check(found: &[Found]) {
    let page = page(found);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../doc/least-privilege.md");
    if std::env::var_os("AIL_WRITE_MATRIX").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "doc/least-privilege.md is not what was found; write it by \
         `AIL_WRITE_MATRIX=1 cargo test -p tests --test least_privilege`:\n{page}"
    );
}

fn page(found: &[Found]) -> String {
    let found: BTreeMap<_, _> = found.iter().map(|found| (found.action, found)).collect();
    let mut page = HEAD.to_owned();
    for (role, what) in ROLES {
        write!(page, "\n## {role}\n\n{what}\n\n").expect("a string takes all");
        page.push_str(
            "| action | on | only if | needed by | without it |\n|---|---|---|---|---|\n",
        );
        for allowed in policy::of(role) {
            let (who, without) = match allowed.unseen(role) {
                Some(unseen) => {
                    (unseen.who.to_owned(), format!("not asked for here: {}", unseen.source))
                }
                None => seen(found.get(allowed.action.as_str())),
            };
            let Allowed { action, resources, conditions, .. } = &allowed;
            let (on, only_if) = (cell(resources.iter().map(|arn| short(arn))), cell(conditions));
            writeln!(page, "| `{action}` | {on} | {only_if} | {who} | {without} |")
                .expect("a string takes all");
        }
    }
    page
}

fn seen(found: Option<&&Found>) -> (String, String) {
    let Some(found) = found else {
        // The test before this one has found it missing.
        return (String::new(), "nobody needs it".to_owned());
    };
    let left = if found.leaves { ", and tells what is left" } else { "" };
    (format!("`{}`", found.stage), format!("exit {}{left}", found.exit))
}

fn cell(values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let values: Vec<_> = values.into_iter().map(|value| format!("`{}`", value.as_ref())).collect();
    values.join("<br>")
}

/// An ARN without what all of them begin with.
fn short(arn: &str) -> String {
    arn.replace("arn:${AWS::Partition}:", "")
        .replace("${AWS::Region}", "REGION")
        .replace("${AWS::AccountId}", "ACCOUNT")
}
