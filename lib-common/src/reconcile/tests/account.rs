//! An account that exists in memory and whose calls take 50 ms.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::super::*;
use crate::{Error, Exit, Result};

/// What a call to a service of the same continent takes.
pub(super) const CALL: Duration = Duration::from_millis(50);

/// The things of an account by id, and how many calls it has seen.
#[derive(Default)]
pub(super) struct Account {
    pub(super) things: BTreeMap<String, Facts>,
    pub(super) next: u32,
    pub(super) reads: usize,
    pub(super) writes: Vec<String>,
    /// The number of further writes after which it refuses all.
    pub(super) patience: Option<usize>,
    /// The names of what may not be read.
    pub(super) dark: Vec<&'static str>,
    /// The names that something else holds.
    pub(super) taken: Vec<&'static str>,
    /// What nobody planned, within the first thing of a graph.
    pub(super) strangers: Vec<String>,
    /// The ids of what holds something.
    pub(super) full: Vec<String>,
    /// Whether the list of strangers may not be read.
    pub(super) strangers_are_dark: bool,
}

/// A size that lets somebody in.
pub(super) const OPEN: u32 = 99;

pub(super) type Shared = Arc<Mutex<Account>>;

/// A thing: its name, what it stands on, and two facts of its own.
pub(super) struct Thing {
    pub(super) account: Shared,
    pub(super) name: String,
    pub(super) needs: Vec<String>,
    pub(super) size: u32,
    pub(super) coexists: bool,
    pub(super) bare: bool,
}

impl Thing {
    async fn write(&self, what: &str, id: &str) -> Result<()> {
        sleep(CALL).await;
        let mut account = self.account.lock().expect("no panic");
        match account.patience.as_mut() {
            Some(0) => return Err(Error::new(Exit::Temporary, "no more calls")),
            Some(left) => *left -= 1,
            None => {}
        }
        account.writes.push(format!("{what} {id}"));
        Ok(())
    }
}

#[async_trait]
impl Resource for Thing {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "thing"
    }

    fn needs(&self) -> Vec<String> {
        self.needs.clone()
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        sleep(CALL).await;
        let mut account = self.account.lock().expect("no panic");
        account.reads += 1;
        if account.dark.contains(&self.name.as_str()) {
            return Err(Error::new(Exit::Permission, "AccessDenied"));
        }
        if account.taken.contains(&self.name.as_str()) {
            return Err(Error::new(Exit::Exists, "the name is taken"));
        }
        let answers = |id: &str, facts: &Facts| match key {
            Key::Tags => facts["tag"] == self.name.as_str(),
            Key::Id(wanted) => id == wanted,
            Key::Nature => id.starts_with(&format!("{}-", self.name)),
        };
        let found = account.things.iter().filter(|(id, facts)| answers(id, facts));
        Ok(found.map(|(id, facts)| Found { id: id.clone(), facts: facts.clone() }).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        let on: Vec<_> = self.needs.iter().map(|need| known.id(need)).collect();
        let wish = json!({"tag": self.name, "on": on, "size": self.size});
        wish.as_object().expect("an object").clone()
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "on"
    }

    fn coexists(&self) -> bool {
        self.coexists
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            // One that only a person can remove.
            Call::Remove(it) if ["rock", "service"].contains(&it.id.as_str()) => None,
            _ => Some("test:Call"),
        }
    }

    fn fate(&self, stranger: &Found) -> Fate {
        match stranger.id.as_str() {
            "guest" => Fate { deed: "lock up", done: "locked up", back: None },
            _ => Fate::deleted(),
        }
    }

    fn may_stay(&self, stranger: &Found) -> bool {
        stranger.id == "service"
    }

    fn is_known_by(&self, fact: &str) -> bool {
        fact == "id" && self.name == "machine"
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        difference.found == OPEN
    }

    async fn strangers(&self, _found: &Found, _known: &Known) -> Strangers {
        if !self.needs.is_empty() {
            return Strangers::default();
        }
        let account = self.account.lock().expect("no panic");
        let one = |id: &String| Found { id: id.clone(), facts: Facts::new() };
        let listed = match account.strangers_are_dark {
            true => Err(Error::new(Exit::Permission, "AccessDenied")),
            false => Ok(account.strangers.iter().map(one).collect()),
        };
        Strangers::listed("strangers", listed)
    }

    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        self.write("remove", &stranger.id).await?;
        self.account.lock().expect("no panic").strangers.retain(|id| *id != stranger.id);
        Ok(())
    }

    async fn holds(&self, double: &Found) -> Result<Option<String>> {
        match &self.account.lock().expect("no panic").full {
            full if full.contains(&double.id) => Ok(Some("2 objects".to_owned())),
            _ if double.id == "dark-copy" => Err(Error::new(Exit::Permission, "AccessDenied")),
            _ => Ok(None),
        }
    }

    async fn delete_double(&self, double: &Found) -> Result<()> {
        self.write("delete double", &double.id).await?;
        self.account.lock().expect("no panic").things.remove(&double.id);
        Ok(())
    }

    fn stands_bare(&self) -> bool {
        self.bare
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        self.write("create", &self.name).await?;
        let mut facts = self.wish(known);
        // The size takes a call of its own.
        facts.insert("size".to_owned(), Value::from(0));
        let mut account = self.account.lock().expect("no panic");
        account.next += 1;
        let id = format!("{}-{}", self.name, account.next);
        account.things.insert(id.clone(), facts.clone());
        Ok(Found { id, facts })
    }

    async fn mend(&self, found: &Found, wrong: &[Difference], _known: &Known) -> Result<()> {
        self.write("mend", &found.id).await?;
        let mut account = self.account.lock().expect("no panic");
        let facts = account.things.get_mut(&found.id).expect("it is there");
        facts.extend(wrong.iter().map(|one| (one.fact.clone(), one.expected.clone())));
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        self.write("delete", &found.id).await?;
        let mut account = self.account.lock().expect("no panic");
        let id = Value::from(found.id.as_str());
        let users = |facts: &Facts| facts["on"].as_array().expect("a list").contains(&id);
        assert!(!account.things.values().any(users), "{} is still used", found.id);
        account.things.remove(&found.id);
        Ok(())
    }
}

/// A graph of things, each with the names of what it stands on.
pub(super) fn things(account: &Shared, of: &[(&str, &[&str])], size: u32) -> Graph {
    things_bare(account, of, size, false)
}

/// As [`things`], on which others can stand as soon as they are made.
pub(super) fn things_bare(
    account: &Shared,
    of: &[(&str, &[&str])],
    size: u32,
    bare: bool,
) -> Graph {
    Graph::new(
        of.iter()
            .map(|(name, needs)| {
                Arc::new(Thing {
                    account: account.clone(),
                    name: (*name).to_owned(),
                    needs: needs.iter().map(|need| (*need).to_owned()).collect(),
                    size,
                    coexists: false,
                    bare,
                }) as Arc<dyn Resource>
            })
            .collect(),
    )
}
