//! What a stack is to be: its template, and the values of its parameters.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::{SourceImage, Stack};
use lib_common::{Context, Error, Exit, Record, Result};

use crate::capability::{self, Capability};
use crate::kind::Kind;
use crate::machine::{self, Machine};
use crate::services::Services;
use crate::stack::Found;
use crate::target::{Target, Which};
use crate::template::Template;

/// The parameter that a key pair goes into.
const KEY_NAME: &str = "KeyName";

/// What the stack is to be.
#[derive(Args, Debug)]
pub struct Contents {
    #[command(flatten)]
    pub which: Which,

    /// Parameter of the template; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,

    /// Acknowledge what the template of one's own may do; may be repeated
    #[arg(long = "capability", value_name = "CAPABILITY")]
    capabilities: Vec<Capability>,

    #[command(flatten)]
    machine: Machine,
}

/// All that is known before the first call.
#[derive(Clone, Debug)]
pub struct Plan {
    pub target: Target,
    pub template: Template,
    pub title: String,
    /// The values that are given; the others have defaults.
    pub values: BTreeMap<String, String>,
    /// The key pair that the template wants, if it wants one.
    pub key: Option<Key>,
    pub capabilities: Vec<Capability>,
}

/// Where the key pair comes from.
#[derive(Clone, Debug)]
pub enum Key {
    /// It is made for the run.
    Generated,
    /// It is the user's.
    Own { name: String, file: PathBuf },
}

impl Contents {
    /// The plan, or what is missing for it. No call is made.
    pub fn plan(&self, context: &Context, record: &Record) -> Result<Plan> {
        let (target, template) = self.which.to_make(context, record)?;
        let image = match template.declares("ImageId") && !self.gives("ImageId") {
            true => Some(record.require::<SourceImage>()?),
            false => record.get::<SourceImage>()?,
        };
        self.machine.check(&template, image.as_ref())?;
        let plan = Plan {
            values: self.values(
                &target,
                &template,
                image.as_ref(),
                &handed_on(&target, record)?,
            )?,
            key: self.key(&template),
            title: self.which.title(),
            capabilities: match target.kind {
                Some(kind) => kind.capabilities().to_vec(),
                None => self.capabilities.clone(),
            },
            target,
            template,
        };
        if plan.template.declares("SshCidr") && self.machine.is_open() {
            context.progress().say("the whole internet may connect: --ssh-cidr is 0.0.0.0/0");
        }
        Ok(plan)
    }

    fn values(
        &self,
        target: &Target,
        template: &Template,
        image: Option<&SourceImage>,
        handed_on: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>> {
        let mut values = BTreeMap::new();
        for (key, value) in &self.parameters {
            if !template.declares(key) {
                return Err(self.unknown(template, key));
            }
            values.insert(key.clone(), value.clone());
        }
        for (name, declared) in template.parameters() {
            if values.contains_key(name) || name == KEY_NAME {
                continue;
            }
            let known = match (name.as_str(), target.owner.asset_id()) {
                ("AssetId", Some(id)) => Some(id.to_string()),
                _ => self.machine.value_of(name, image).or_else(|| handed_on.get(name).cloned()),
            };
            match known {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None if declared.default.is_some() => {}
                None => return Err(self.missing(name, &declared.description)),
            }
        }
        Ok(values)
    }

    fn key(&self, template: &Template) -> Option<Key> {
        if !template.declares(KEY_NAME) || self.gives(KEY_NAME) {
            return None;
        }
        Some(match self.machine.own_key() {
            Some((name, file)) => Key::Own { name, file },
            None => Key::Generated,
        })
    }

    fn gives(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|(key, _)| key == parameter)
    }

    fn unknown(&self, template: &Template, key: &str) -> Error {
        let known: Vec<_> = template.parameters().keys().map(String::as_str).collect();
        let title = self.which.title();
        let error = Error::new(Exit::Usage, format!("{title} has no parameter {key}"));
        error.next(match known.is_empty() {
            true => "it has none; leave out --param".to_owned(),
            false => format!("its parameters are {}", known.join(", ")),
        })
    }

    fn missing(&self, name: &str, description: &str) -> Error {
        let title = self.which.title();
        let error = Error::new(Exit::Usage, format!("{title} needs a value of {name}"));
        let error = match description.is_empty() {
            true => error,
            false => error.because(description),
        };
        error.next(match machine::option_of(name) {
            Some("--ssh-cidr") => {
                "give --ssh-cidr or set AIL_SSH_CIDR; `curl https://checkip.amazonaws.com` tells \
                 the address that you come from"
                    .to_owned()
            }
            Some(option) => format!("give {option}"),
            None => format!("give --param {name}=VALUE"),
        })
    }
}

impl Plan {
    /// The values, with the key pair's name.
    pub fn values_with_key(&self, key_name: Option<&str>) -> BTreeMap<String, String> {
        let mut values = self.values.clone();
        if let (Some(_), Some(name)) = (&self.key, key_name) {
            values.insert(KEY_NAME.to_owned(), name.to_owned());
        }
        values
    }

    /// The values for a stack that is there. A permanent one keeps what is not given: whoever
    /// only makes sure that it is there must not take its web ACL away.
    pub fn values_over(&self, found: &Found, key_name: Option<&str>) -> BTreeMap<String, String> {
        let given = self.values_with_key(key_name);
        if !self.target.is_permanent() {
            return given;
        }
        let kept = found.parameters.iter().filter(|(name, _)| self.template.declares(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).chain(given).collect()
    }

    /// The name of the user's own key pair, where one is given.
    pub fn own_key_name(&self) -> Option<&str> {
        match &self.key {
            Some(Key::Own { name, .. }) => Some(name),
            _ => None,
        }
    }

    /// What each parameter will be, defaults included.
    pub fn final_values(&self, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let names = self.template.parameters().keys();
        names
            .filter_map(|name| {
                let value = given.get(name).cloned().or_else(|| self.template.default_of(name))?;
                Some((name.clone(), value))
            })
            .collect()
    }

    /// Has the service read a template of one's own, and refuses what it may do and
    /// nobody acknowledged.
    pub async fn check(&self, services: &Services) -> Result<()> {
        if self.target.kind.is_some() {
            return Ok(());
        }
        let summary = services
            .cloudformation
            .get_template_summary()
            .template_body(self.template.body())
            .send()
            .await
            .during("GetTemplateSummary")
            .explain(|| format!("cannot use {}", self.title))?;
        let reason = summary.capabilities_reason();
        capability::check(&self.title, summary.capabilities(), reason, &self.capabilities)
    }
}

/// The outputs of the permanent stack in the record: one is made for the other, and what the
/// one gives under a name the other takes under the same.
fn handed_on(target: &Target, record: &Record) -> Result<BTreeMap<String, String>> {
    let giver = record.get::<Stack>()?.filter(|stack| {
        target.is_permanent()
            && stack.name != target.name
            && stack.kind.as_deref().and_then(Kind::named).is_some_and(Kind::is_permanent)
    });
    Ok(giver.map(|stack| stack.outputs).unwrap_or_default())
}

/// The name of the key pair that a stack was made with.
pub fn key_name_of(parameters: &BTreeMap<String, String>) -> Option<&str> {
    parameters.get(KEY_NAME).map(String::as_str)
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}
