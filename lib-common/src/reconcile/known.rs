//! What of the architecture is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Facts, Found};

/// The resources that are there, by name, for those that need them.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<String, Found>);

impl Known {
    /// Notes a resource.
    pub fn insert(&mut self, name: &str, found: Found) {
        self.0.insert(name.to_owned(), found);
    }

    /// Forgets a resource.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// A resource, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Found> {
        self.0.get(name)
    }

    /// Whether it is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The id of a resource; of one that is still to be made, words that say so, which
    /// are no id anywhere.
    #[must_use]
    pub fn id(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(found) => found.id.clone(),
            None => format!("(the new {name})"),
        }
    }

    /// A fact of a resource; null where the resource or the fact is unknown.
    #[must_use]
    pub fn fact(&self, name: &str, fact: &str) -> Value {
        let fact = self.0.get(name).and_then(|found| found.facts.get(fact));
        fact.cloned().unwrap_or(Value::Null)
    }

    /// A fact that is text.
    #[must_use]
    pub fn text(&self, name: &str, fact: &str) -> Option<String> {
        self.fact(name, fact).as_str().map(str::to_owned)
    }

    /// Adds facts to a resource that is there.
    pub fn learn(&mut self, name: &str, facts: Facts) {
        if let Some(found) = self.0.get_mut(name) {
            found.facts.extend(facts);
        }
    }
}
