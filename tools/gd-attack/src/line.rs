//! What the verbs print, a line each.

use std::path::PathBuf;

use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

use crate::attack::{Area, Attack, Difficulty, Kind};

/// One line.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is the schema of the lines, each of which is printed by itself")]
pub enum Line {
    /// Of `list`.
    Attack(Listed),
    /// Of `run`.
    Done(Done),
    /// Of `run` with an envelope.
    Sealed(Sealed),
}

/// An attack as `list` tells it.
#[derive(Serialize, JsonSchema)]
pub struct Listed {
    name: &'static str,
    area: Area,
    difficulty: Difficulty,
    /// What it does.
    does: &'static str,
    /// What people see of it.
    symptom: &'static str,
    /// Whose `verify` finds it.
    tool: &'static str,
    /// As what.
    finding: Kind,
    /// At which resource.
    resource: &'static str,
    /// In which fact of it.
    attribute: Option<&'static str>,
    /// The call that mends it.
    mend: &'static str,
    /// The resource whose tags must be the team's.
    target: &'static str,
}

impl Listed {
    pub fn new(area: Area, attack: &Attack) -> Self {
        Self {
            name: attack.name,
            area,
            difficulty: attack.difficulty,
            does: attack.does,
            symptom: attack.symptom,
            tool: attack.finding.tool,
            finding: attack.finding.kind,
            resource: attack.finding.resource,
            attribute: attack.finding.attribute,
            mend: attack.mend,
            target: attack.target.resource(),
        }
    }
}

impl Row for Listed {
    const HEADS: &'static [&'static str] = &["NAME", "AREA", "DIFFICULTY", "FINDING"];

    fn cells(&self) -> Vec<String> {
        let kind = word(&self.finding);
        let attribute = self.attribute.unwrap_or_default();
        let finding = format!("{kind} {} {attribute}", self.resource);
        vec![
            self.name.to_owned(),
            word(&self.area),
            word(&self.difficulty),
            finding.trim_end().to_owned(),
        ]
    }
}

impl Attack {
    /// Its finding in words.
    pub fn told(&self) -> String {
        let finding = &self.finding;
        let attribute = finding.attribute.unwrap_or_default();
        let told = format!("{} {} {attribute}", word(&finding.kind), finding.resource);
        told.trim_end().to_owned()
    }
}

/// A word as JSON writes it.
fn word(of: &impl Serialize) -> String {
    let value = serde_json::to_value(of).expect("it is a word");
    value.as_str().unwrap_or_default().to_owned()
}

/// An attack that was made.
#[derive(Serialize, JsonSchema)]
pub struct Done {
    /// Its name.
    pub attack: &'static str,
    /// What it did.
    pub does: &'static str,
    /// What it touched, the target first.
    pub touched: Vec<String>,
}

impl Row for Done {
    const HEADS: &'static [&'static str] = &["ATTACK", "TARGET", "DEED"];

    fn cells(&self) -> Vec<String> {
        let target = self.touched.first().cloned().unwrap_or_default();
        vec![self.attack.to_owned(), target, self.does.to_owned()]
    }
}

/// The envelope that tells of all of them.
#[derive(Serialize, JsonSchema)]
pub struct Sealed {
    /// The file.
    pub envelope: PathBuf,
    /// Of the file's content.
    pub sha256: String,
    /// How many attacks were made.
    pub attacks: usize,
}

impl Row for Sealed {
    const HEADS: &'static [&'static str] = &["ATTACKS", "ENVELOPE", "SHA-256"];

    fn cells(&self) -> Vec<String> {
        let envelope = self.envelope.display().to_string();
        vec![self.attacks.to_string(), envelope, self.sha256.clone()]
    }
}
