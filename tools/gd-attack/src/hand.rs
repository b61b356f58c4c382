//! What a deed works with: the services, what was looked at, and a note of what it touches.

use std::sync::{Arc, Mutex};

use lib_common::{Error, Exit, Result};

use crate::attack::Target;
use crate::world::World;

/// The hand that does one deed. Cloning is cheap.
#[derive(Clone)]
pub struct Hand {
    /// The services and the record.
    pub world: Arc<World>,
    /// The target as its service knows it (`vpc-…`, a queue's URL, a role's name).
    pub id: String,
    others: Arc<Vec<(Target, String)>>,
    touched: Arc<Mutex<Vec<String>>>,
}

impl Hand {
    /// A hand on this target, and on what else the deed uses.
    pub fn new(world: Arc<World>, id: String, others: Vec<(Target, String)>) -> Self {
        let touched = Arc::new(Mutex::new(vec![id.clone()]));
        Self { world, id, others: Arc::new(others), touched }
    }

    /// Something that the deed uses beside its target, as its service knows it.
    pub fn other(&self, target: Target) -> Result<String> {
        let other = self.others.iter().find(|(other, _)| *other == target);
        other.map(|(_, id)| id.clone()).ok_or_else(|| World::without(target.resource()))
    }

    /// An error where what the deed would make is there: whose, nobody looks.
    pub fn make_new(&self, what: &str, is_there: bool) -> Result<()> {
        match is_there {
            true => Err(Error::new(Exit::Exists, format!("{what} is there: it is left alone"))
                .next("repair first; if it is still there then, it is somebody's")),
            false => Ok(()),
        }
    }

    /// Notes something else that the deed touches or makes.
    pub fn touch(&self, id: impl Into<String>) {
        self.touched.lock().expect("no panic").push(id.into());
    }

    /// Everything that was touched.
    pub fn touched(&self) -> Vec<String> {
        self.touched.lock().expect("no panic").clone()
    }
}
