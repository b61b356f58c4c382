//! What is not as it was built: the wish, the seals and the account, three ways.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::compare::differences;
use super::{Graph, Known, Seals, Sight, Survey};
use crate::Result;
use crate::lines::Row;

/// How something is not as it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is not there.
    Missing,
    /// It is there, and different.
    Changed,
    /// It is there, and nobody built it.
    Extra,
    /// It could not be read. It may be anything, and is never taken for healthy.
    Unreadable,
}

/// One thing that is not as it was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// How.
    pub finding: Kind,
    /// What it is (`subnet`).
    pub kind: String,
    /// Its name in the architecture.
    pub resource: String,
    /// The service's id of it, where there is one.
    pub id: Option<String>,
    /// The fact that differs.
    pub attribute: Option<String>,
    /// What it shall be, or was when it was sealed.
    pub expected: Value,
    /// What it is; why, where it could not be read.
    pub found: Value,
}

impl Row for Finding {
    const HEADS: &'static [&'static str] =
        &["FINDING", "KIND", "RESOURCE", "ID", "ATTRIBUTE", "EXPECTED", "FOUND"];

    fn cells(&self) -> Vec<String> {
        let word = serde_json::to_value(self.finding).expect("a word");
        vec![
            plain(&word),
            self.kind.clone(),
            self.resource.clone(),
            self.id.clone().unwrap_or_default(),
            self.attribute.clone().unwrap_or_default(),
            plain(&self.expected),
            plain(&self.found),
        ]
    }
}

/// A value as a cell: text without its quotes, nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Everything that is not as it was built.
pub(super) async fn findings(graph: &Graph, survey: &Survey, seals: &Seals) -> Vec<Finding> {
    // What is missing is known as it was sealed: what pointed at it is not wrong as well.
    let mut known = survey.known(graph);
    for resource in graph.iter().filter(|resource| !survey.known(graph).has(resource.name())) {
        if let Some(found) = seals.found(resource.name()) {
            known.insert(resource.name(), found);
        }
    }
    let mut all = Vec::new();
    for (place, (resource, sight)) in graph.iter().zip(survey.iter()).enumerate() {
        let of = |finding, id: Option<&str>, attribute: Option<&str>, expected, found| Finding {
            finding,
            kind: resource.kind().to_owned(),
            resource: resource.name().to_owned(),
            id: id.map(str::to_owned),
            attribute: attribute.map(str::to_owned),
            expected,
            found,
        };
        let sealed = seals.get(resource.name());
        match sight {
            sight if graph.is_unwanted(place) && sight.is_taken() => {}
            Sight::Missing if graph.is_unwanted(place) => {}
            Sight::There { found, doubles } if graph.is_unwanted(place) => {
                for extra in std::iter::once(found).chain(doubles) {
                    let facts = Value::Object(extra.facts.clone());
                    all.push(of(Kind::Extra, Some(&extra.id), None, Value::Null, facts));
                }
            }
            Sight::Missing => {
                let id = sealed.map(|sealed| sealed.id.as_str());
                all.push(of(Kind::Missing, id, None, Value::Null, Value::Null));
            }
            Sight::Unreadable(error) => {
                let why = Value::from(error.summary());
                all.push(of(Kind::Unreadable, None, None, Value::Null, why));
            }
            Sight::There { found, doubles } => {
                let id = Some(found.id.as_str());
                for double in doubles {
                    let facts = Value::Object(double.facts.clone());
                    all.push(of(Kind::Extra, Some(&double.id), None, Value::Null, facts));
                }
                if let Some(sealed) = sealed.filter(|sealed| sealed.id != found.id) {
                    let was = Value::from(sealed.id.as_str());
                    all.push(of(Kind::Changed, id, Some("id"), was, Value::from(id)));
                }
                let wish = resource.wish(&known);
                let unsealed = sealed.map(|sealed| {
                    let beyond = sealed.facts.clone().into_iter();
                    beyond.filter(|(fact, _)| !wish.contains_key(fact)).collect()
                });
                let wrong = differences(&wish, &found.facts)
                    .into_iter()
                    .chain(differences(&unsealed.unwrap_or_default(), &found.facts));
                for one in wrong.filter(|one| !names_what_is_missing(&one.expected)) {
                    all.push(of(Kind::Changed, id, Some(&one.fact), one.expected, one.found));
                }
                all.extend(strangers(graph, place, &known).await);
            }
        }
    }
    all
}

/// What nobody planned, beside or within one resource.
async fn strangers(graph: &Graph, place: usize, known: &Known) -> Vec<Finding> {
    let resource = graph.resource(place);
    let found: Result<_> = match known.get(resource.name()) {
        Some(found) => resource.strangers(found, known).await,
        None => Ok(Vec::new()),
    };
    let of = |finding, id, found| Finding {
        finding,
        kind: resource.kind().to_owned(),
        resource: resource.name().to_owned(),
        id,
        attribute: None,
        expected: Value::Null,
        found,
    };
    match found {
        Ok(strangers) => strangers
            .into_iter()
            .map(|stranger| of(Kind::Extra, Some(stranger.id), Value::Object(stranger.facts)))
            .collect(),
        Err(error) => vec![of(Kind::Unreadable, None, Value::from(error.summary()))],
    }
}

/// A wish that names what is missing and was never sealed: the missing one is the finding.
fn names_what_is_missing(expected: &Value) -> bool {
    expected.to_string().contains("(the new ")
}
