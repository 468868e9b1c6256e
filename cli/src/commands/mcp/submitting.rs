//! Submissions in progress.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

/// The submissions whose responses have not arrived. The server does not end before they have: they tell the ids of jobs.
#[derive(Clone, Default)]
pub struct Submitting(Arc<RwLock<()>>);

impl Submitting {
    /// A submission, which ends when the guard is dropped.
    pub fn start(&self) -> Option<OwnedRwLockReadGuard<()>> {
        // Fails only while `finish` waits, when no tool is called any more.
        Arc::clone(&self.0).try_read_owned().ok()
    }

    /// Waits until there is none.
    pub async fn finish(&self) {
        drop(self.0.write().await);
    }
}
