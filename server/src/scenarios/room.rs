//! Room for what is large and waits for a client to take it: others wait, lest slow clients fill the memory.

use std::io;

use tokio::sync::{Semaphore, SemaphorePermit};

/// What has more bytes is large.
const LARGE: usize = 64 * 1024;

/// So many bytes of what is large, by whatever server in this process.
pub(super) struct Room(Semaphore);

/// For the writes of the scenarios.
pub(super) static WRITES: Room = Room::new(128 * 1024 * 1024);
/// For their reports, which are read while the scenarios are played.
pub(super) static REPORTS: Room = Room::new(64 * 1024 * 1024);

impl Room {
    const fn new(bytes: usize) -> Self {
        Self(Semaphore::const_new(bytes))
    }

    /// Waits for so many bytes, which are given back when the permit is dropped.
    pub(super) async fn take(&self, bytes: usize) -> io::Result<Option<SemaphorePermit<'_>>> {
        if bytes <= LARGE {
            return Ok(None);
        }
        let bytes = u32::try_from(bytes).map_err(io::Error::other)?;
        self.0.acquire_many(bytes).await.map(Some).map_err(io::Error::other)
    }
}
