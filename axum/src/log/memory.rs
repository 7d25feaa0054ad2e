//! A log in the memory of this process.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_stream::stream;
use axum::body::Bytes;
use futures_core::Stream;
use tokio::sync::watch;

use super::{Gap, Log, LogError, Logged};
use crate::EventId;

/// What an event takes beside its bytes, roughly.
const OVERHEAD: usize = 64;

/// How many events a follower takes from the log at once.
const AT_ONCE: usize = 256;

/// A log in memory, bounded by events and by bytes: the oldest events make room for new ones. It ends with the process, and
/// then every old ID is a gap.
///
/// There is no queue for each follower: a slow one finds that the log went on without it, and is told so by a gap. Clones
/// are the same log.
#[derive(Clone, Debug)]
pub struct MemoryLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    epoch: String,
    kept: Mutex<Kept>,
    appended: watch::Sender<()>,
    events: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Kept {
    /// The number of the newest event; they count from 1.
    newest: u64,
    blocks: VecDeque<Bytes>,
    bytes: usize,
}

/// What is there after an event.
enum Found {
    Events(Vec<Bytes>),
    /// What follows is not there; the number of the oldest event that is, if any.
    Lost(Option<u64>),
}

/// The newest 10,000 events, and 16 MiB of them.
impl Default for MemoryLog {
    fn default() -> Self {
        const BYTES: NonZeroUsize = NonZeroUsize::new(16 * 1024 * 1024).unwrap();
        const EVENTS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
        Self::new(EVENTS, BYTES)
    }
}

impl MemoryLog {
    /// A log of so many events, and of so many bytes with 64 more for each event.
    #[must_use]
    pub fn new(events: NonZeroUsize, bytes: NonZeroUsize) -> Self {
        Self(Arc::new(Inner {
            epoch: epoch(),
            kept: Mutex::default(),
            appended: watch::Sender::new(()),
            events: events.get(),
            bytes: bytes.get(),
        }))
    }
}

impl Log for MemoryLog {
    fn append(&self, fields: String) -> Pin<Box<dyn Future<Output = Result<EventId, LogError>> + Send + '_>> {
        Box::pin(std::future::ready(self.0.append(fields)))
    }

    fn after(&self, last: Option<String>) -> Pin<Box<dyn Stream<Item = Logged> + Send>> {
        let log = Arc::clone(&self.0);
        let mut appended = log.appended.subscribe();
        // Here and not with the first item: what is appended in between belongs to the stream.
        let (begin, mut seen) = match &last {
            None => {
                let newest = log.lock().newest;
                (Some(newest), Some(newest))
            }
            Some(id) => (None, log.number(id)),
        };
        Box::pin(stream! {
            if let Some(newest) = begin {
                yield Logged::Begin(log.id(newest));
            }
            let mut asked = last;
            loop {
                appended.mark_unchanged();
                // The lock is gone before anything is told.
                match log.find(seen) {
                    Found::Events(blocks) if blocks.is_empty() => {
                        // The sender lives as long as the log, which lives here.
                        if appended.changed().await.is_err() {
                            break;
                        }
                    }
                    Found::Events(blocks) => {
                        for block in blocks {
                            seen = seen.map(|seen| seen + 1);
                            yield Logged::Event(block);
                        }
                        asked = None;
                    }
                    Found::Lost(oldest) => {
                        let after = asked.take().or(seen.map(|seen| log.id(seen).to_string()));
                        let oldest_id = oldest.map(|oldest| log.id(oldest).to_string());
                        yield Logged::Gap(Gap { asked: after.unwrap_or_default(), oldest: oldest_id });
                        // The newest event is never pushed out: without an oldest one there was none.
                        seen = Some(oldest.map_or(0, |oldest| oldest - 1));
                    }
                }
            }
        })
    }
}

impl Inner {
    fn append(&self, mut fields: String) -> Result<EventId, LogError> {
        let most = fields.len() + OVERHEAD;
        if most > self.bytes {
            return Err(LogError::TooLarge { bytes: most, limit: self.bytes });
        }
        let mut kept = self.lock();
        let id = self.id(kept.newest + 1);
        fields.push_str("id: ");
        fields.push_str(id.as_str());
        fields.push_str("\n\n");
        kept.newest += 1;
        kept.bytes += size(fields.len());
        kept.blocks.push_back(fields.into());
        // The newest one stays, whatever its ID adds to it.
        while kept.blocks.len() > 1 && (kept.blocks.len() > self.events || kept.bytes > self.bytes) {
            let Some(block) = kept.blocks.pop_front() else { break };
            kept.bytes -= size(block.len());
        }
        drop(kept);
        self.appended.send_replace(());
        Ok(id)
    }

    fn id(&self, number: u64) -> EventId {
        // Neither part has a character that an ID cannot have.
        EventId::try_from(format!("{}-{number}", self.epoch)).unwrap_or_default()
    }

    /// The number of an event of this log: of an ID as this log has written it.
    fn number(&self, id: &str) -> Option<u64> {
        let number = id.strip_prefix(&self.epoch)?.strip_prefix('-')?;
        let is_written = number == "0" || (!number.starts_with(['0', '+']) && !number.is_empty());
        if is_written { number.parse().ok() } else { None }
    }

    /// What follows the event with this number. `None` is one that was never here.
    fn find(&self, seen: Option<u64>) -> Found {
        let kept = self.lock();
        let oldest = (!kept.blocks.is_empty()).then(|| kept.newest - kept.blocks.len() as u64 + 1);
        let Some(seen) = seen.filter(|seen| *seen <= kept.newest) else { return Found::Lost(oldest) };
        if seen == kept.newest {
            return Found::Events(Vec::new());
        }
        match oldest.and_then(|oldest| usize::try_from((seen + 1).checked_sub(oldest)?).ok()) {
            Some(first) => Found::Events(kept.blocks.iter().skip(first).take(AT_ONCE).cloned().collect()),
            None => Found::Lost(oldest),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(bytes: usize) -> usize {
    bytes + OVERHEAD
}

/// Tells this log from all that were before it, and from those of other processes.
fn epoch() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    // Seeded at random for each.
    format!("{:x}", RandomState::new().hash_one((now, std::process::id())))
}
