//! A log in the memory of this process.

use std::future::ready;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;

use super::ring::{Ring, epoch};
use super::{Appended, Aside, Entry, Log, Logged};

/// A log in memory, bounded by events and by bytes: the oldest events make room for new ones. It ends with the process, and
/// then every old ID is a gap.
///
/// There is no queue for each follower: a slow one finds that the log went on without it, and is told so by a gap. Clones
/// are the same log.
#[derive(Clone, Debug)]
pub struct MemoryLog(Arc<Ring>);

/// The newest 10,000 events, and 16 MiB of them.
impl Default for MemoryLog {
    fn default() -> Self {
        Self(Arc::new(Ring::new(Some(epoch()), super::EVENTS.get(), super::BYTES.get())))
    }
}

impl MemoryLog {
    /// A log of so many events, and of so many bytes with 64 more for each event.
    #[must_use]
    pub fn new(events: NonZeroUsize, bytes: NonZeroUsize) -> Self {
        Self(Arc::new(Ring::new(Some(epoch()), events.get(), bytes.get())))
    }
}

impl Log for MemoryLog {
    fn append(&self, entry: Entry) -> Appended<'_> {
        Box::pin(ready(self.0.check(&entry).map(|()| self.0.append(entry))))
    }

    fn after(&self, last: Option<String>) -> Pin<Box<dyn Stream<Item = Logged> + Send>> {
        self.0.follow(last)
    }

    fn aside(&self, id: String) -> Aside<'_> {
        Box::pin(self.0.aside(id))
    }
}
