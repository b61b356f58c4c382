//! Keeping the messages at work hidden from the other workers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::queues::{Queues, Received};

/// The messages at work, by id.
#[derive(Clone, Debug, Default)]
pub struct AtWork(Arc<Mutex<HashMap<String, String>>>);

/// A message at work, until this is dropped.
#[derive(Debug)]
pub struct Held {
    at_work: AtWork,
    id: String,
}

impl AtWork {
    /// Keeps a message hidden for as long as the result lives.
    pub fn hold(&self, message: &Received) -> Held {
        self.lock().insert(message.id.clone(), message.receipt.clone());
        Held { at_work: self.clone(), id: message.id.clone() }
    }

    /// Hides all of them for another while, three times in each while: two beats may be
    /// lost.
    pub async fn beat(self, queues: Queues) {
        let mut tick = tokio::time::interval(queues.visibility / 3);
        tick.tick().await;
        loop {
            tick.tick().await;
            let receipts: Vec<_> = self.lock().values().cloned().collect();
            match queues.keep(&receipts).await {
                // Done or taken by another worker meanwhile; to ask again is in vain.
                Ok(lost) => self.lock().retain(|_, receipt| !lost.contains(receipt)),
                Err(error) => tracing::info!("{}", error.summary()),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.at_work.lock().remove(&self.id);
    }
}
