//! What is built: a branch or a tag.

use clap::Args;

/// Which version of the source.
#[derive(Args, Clone, Debug)]
#[group(id = "reference", multiple = false)]
pub struct Choice {
    /// Branch to release [default: the one of the project]
    #[arg(long, value_name = "NAME", value_parser = name)]
    branch: Option<String>,

    /// Tag to release
    #[arg(long, value_name = "NAME", value_parser = name)]
    tag: Option<String>,
}

impl Choice {
    /// As git names it in full: a branch and a tag may share a name.
    pub fn reference(&self) -> Option<String> {
        let branch = self.branch.as_ref().map(|name| format!("refs/heads/{name}"));
        branch.or_else(|| self.tag.as_ref().map(|name| format!("refs/tags/{name}")))
    }
}

/// The rules of git-check-ref-format(1) that matter for a name that is only asked for.
fn name(text: &str) -> Result<String, String> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    match text.is_empty()
        || text.starts_with(['-', '/'])
        || text.contains("..")
        || text.contains(bad)
    {
        true => Err("this is no name of a branch or a tag".to_owned()),
        false if text.starts_with("refs/") => Err("give the name without refs/…/".to_owned()),
        false => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_git_knows() {
        for good in ["main", "feature/x-1", "v5.0.0", "ümlaut"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "-x", "/x", "a b", "a..b", "a^", "refs/heads/main", "a:b"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
