//! Which stack is meant.

use std::path::{Path, PathBuf};

use clap::Args;
use lib_common::record::Stack;
use lib_common::{AssetId, Context, Error, Exit, Record, Result};

use crate::kind::Kind;
use crate::owner::Owner;
use crate::template::Template;

/// Which stack: of a built-in kind, or of a template of one's own.
#[derive(Args, Debug)]
pub struct Which {
    /// Built-in kind of stack; `ail-stack kinds` shows their parameters
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,

    /// Template of one's own, YAML or JSON, up to 51,200 bytes
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    template: Option<PathBuf>,

    /// Name of the stack [default: ail-KIND-ID or ail-FILE-ID for the asset id; AIL-KIND for
    /// a permanent kind, such as AIL-VM-BUCKET]
    #[arg(long, value_name = "NAME", value_parser = stack_name)]
    name: Option<String>,
}

/// A stack, there or not.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: String,
    pub kind: Option<Kind>,
    pub owner: Owner,
}

impl Target {
    pub fn is_permanent(&self) -> bool {
        self.kind.is_some_and(Kind::is_permanent)
    }

    /// The region in which alone it can be.
    pub fn region(&self) -> Option<&'static str> {
        self.kind.and_then(Kind::region)
    }
}

impl Which {
    /// The stack to make or change, and the template to do it by.
    pub fn to_make(&self, context: &Context, record: &Record) -> Result<(Target, Template)> {
        let template = match (self.kind, &self.template) {
            (Some(kind), _) => kind.template(),
            (None, Some(path)) => Template::read(path)?,
            (None, None) => {
                return Err(Error::new(Exit::Usage, "neither --kind nor --template is given")
                    .next("`ail-stack kinds` shows the built-in kinds"));
            }
        };
        Ok((self.target(self.kind, context, record)?, template))
    }

    /// The stack that exists already: that of the options, else that of the record, else
    /// that of the asset id's instance.
    pub fn existing(&self, context: &Context, record: &Record) -> Result<Target> {
        if self.kind.is_some() || self.template.is_some() || self.name.is_some() {
            return self.target(self.kind, context, record);
        }
        let Some(stack) = record.get::<Stack>()? else {
            return self.target(Some(Kind::Ec2), context, record);
        };
        let kind = stack.kind.as_deref().and_then(Kind::named);
        Ok(Target { owner: owner(kind, context, record)?, name: stack.name, kind })
    }

    /// Whether the stack is made from what the record says.
    pub fn needs_record(&self) -> bool {
        self.kind.is_some_and(|kind| !kind.is_permanent())
    }

    /// What to call the template in a message.
    pub fn title(&self) -> String {
        match (&self.template, self.kind) {
            (Some(path), _) => path.display().to_string(),
            (None, Some(kind)) => format!("the kind {}", kind.name()),
            (None, None) => "the template".to_owned(),
        }
    }

    fn target(&self, kind: Option<Kind>, context: &Context, record: &Record) -> Result<Target> {
        let owner = owner(kind, context, record)?;
        let name = match (&self.name, kind, &self.template, owner.asset_id()) {
            (Some(name), ..) => name.clone(),
            (None, Some(kind), _, Some(id)) => kind.stack_name(id),
            (None, Some(kind), _, None) => kind.permanent_name().unwrap_or_default().to_owned(),
            (None, None, Some(path), Some(id)) => name_of_file(path, id)?,
            (None, None, ..) => unreachable!("one of name, kind and template is given"),
        };
        Ok(Target { name, kind, owner })
    }
}

fn owner(kind: Option<Kind>, context: &Context, record: &Record) -> Result<Owner> {
    Ok(match kind {
        Some(kind) if kind.is_permanent() => Owner::Everybody,
        _ => Owner::Asset(context.asset_id(record)?),
    })
}

/// `ail-FILE-ID`, with the file's name made of what stack names take.
fn name_of_file(path: &Path, id: &AssetId) -> Result<String> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    stack_name(&id.stack_name(&stem)).map_err(|why| {
        Error::new(Exit::Usage, format!("no stack can be named after {}", path.display()))
            .because(why)
            .next("give --name")
    })
}

/// CloudFormation API Reference, CreateStack, StackName.
fn stack_name(text: &str) -> Result<String, String> {
    let valid = text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match valid {
        true => Ok(text.to_owned()),
        false => Err("a stack's name has 1 to 128 letters, digits and '-', a letter first".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_of_ones_own_names_its_stack() {
        let id = "5.0".parse().expect("valid");
        let name = |path: &str| name_of_file(Path::new(path), &id).expect("a name");
        assert_eq!(name("stacks/my_net.v2.yaml"), "ail-my-net-v2-5-0");
        assert_eq!(name("plain"), "ail-plain-5-0");
    }

    #[test]
    fn names_that_the_service_refuses_are_refused() {
        assert!(stack_name("a-1").is_ok());
        for name in ["", "1a", "-a", "a_b", "a.b", &"a".repeat(129)] {
            assert!(stack_name(name).is_err(), "{name}");
        }
    }
}
