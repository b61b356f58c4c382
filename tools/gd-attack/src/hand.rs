//! What a deed works with: the services, the one target that was looked at, and a note of what
//! it touches.

use std::sync::{Arc, Mutex};

use crate::world::World;

/// The hand that does one deed. Cloning is cheap.
#[derive(Clone)]
pub struct Hand {
    /// The services and the record.
    pub world: Arc<World>,
    /// The target as its service knows it (`vpc-…`, a queue's URL, a role's name).
    pub id: String,
    touched: Arc<Mutex<Vec<String>>>,
}

impl Hand {
    /// A hand on this target.
    pub fn new(world: Arc<World>, id: String) -> Self {
        let touched = Arc::new(Mutex::new(vec![id.clone()]));
        Self { world, id, touched }
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
