//! The newest events of a log, in the memory of this process, and how they are followed.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_stream::stream;
use axum::body::Bytes;
use futures_core::Stream;
use tokio::sync::{Notify, watch};

use super::{Entry, Gap, LogError, Logged};
use crate::EventId;

/// What an event takes beside its bytes, roughly.
const OVERHEAD: usize = 64;

/// About how many bytes of events a follower takes at once: it holds them while it tells them, whatever the ring forgets.
const AT_ONCE: usize = 64 * 1024;

/// Events that count up by one within an epoch. The oldest ones make room for new ones.
#[derive(Debug)]
pub(super) struct Ring {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    /// Asks for a look at the log elsewhere of which this has a copy.
    refresh: Option<Arc<Notify>>,
    is_asked: AtomicBool,
    events: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    /// `None` until it is known.
    epoch: Option<Arc<str>>,
    /// The number of the newest event; they count from 1.
    newest: u64,
    blocks: VecDeque<Kept>,
    bytes: usize,
    trouble: Option<Arc<str>>,
    /// Where the log was when this copy was made: who follows since before then begins there.
    begun: Option<(Arc<str>, u64)>,
    /// How often this copy was compared with the log.
    looks: u64,
}

/// An event, and what is kept with it.
#[derive(Debug)]
struct Kept {
    block: Bytes,
    aside: Option<Arc<str>>,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.block.len() + self.aside.as_ref().map_or(0, |aside| aside.len()) + OVERHEAD
    }
}

/// Where a follower is.
enum Position {
    /// At the newest event, as soon as it is known which that is.
    Now,
    /// After an ID that a client has sent, when the copy had been compared so often.
    Asked(String, u64),
    /// At an event of this log, which is still to be told.
    Begin(Arc<str>, u64),
    /// After an event of this log.
    After(Arc<str>, u64),
}

/// What there is for a follower.
enum Found {
    Begin(Arc<str>, u64),
    Events(Arc<str>, u64, Vec<Bytes>),
    /// What follows is not there: the number of the oldest event that is, if any, and of the newest that was.
    Lost(Arc<str>, Option<u64>, u64),
    /// The ID may be of an event that has not come here yet.
    Ahead,
    Nothing,
    Trouble(Arc<str>),
}

impl Ring {
    pub(super) fn new(epoch: Option<String>, events: usize, bytes: usize) -> Self {
        let state = State { epoch: epoch.map(Into::into), ..State::default() };
        Self {
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            refresh: None,
            is_asked: AtomicBool::new(false),
            events,
            bytes,
        }
    }

    /// Refuses an event that is larger than all that is kept.
    pub(super) fn check(&self, entry: &Entry) -> Result<(), LogError> {
        let bytes = entry.len() + OVERHEAD;
        if bytes > self.bytes { Err(LogError::TooLarge { bytes, limit: self.bytes }) } else { Ok(()) }
    }

    /// Appends the next event; gives its ID.
    pub(super) fn append(&self, entry: Entry) -> EventId {
        let mut state = self.lock();
        let id = id(state.epoch.as_deref().unwrap_or_default(), state.newest + 1);
        state.push(entry, &id, self.events, self.bytes);
        drop(state);
        self.changed.send_replace(());
        id
    }

    /// Follows the log after the event with this ID; without one, from now on.
    pub(super) fn follow(
        self: &Arc<Self>,
        last: Option<String>,
    ) -> Pin<Box<dyn Stream<Item = Logged> + Send>> {
        let ring = Arc::clone(self);
        let mut changed = ring.changed.subscribe();
        // Here and not with the first item: what is appended in between belongs to the stream.
        let mut position = ring.beginning(last);
        Box::pin(stream! {
            let mut told = None;
            loop {
                changed.mark_unchanged();
                // The lock is gone before anything is told.
                let found = ring.find(&position);
                if !matches!(found, Found::Trouble(_)) {
                    told = None;
                }
                match found {
                    Found::Begin(epoch, newest) => {
                        yield Logged::Begin(id(&epoch, newest));
                        position = Position::After(epoch, newest);
                    }
                    Found::Events(epoch, mut seen, blocks) => {
                        for block in blocks {
                            seen += 1;
                            yield Logged::Event(block);
                        }
                        position = Position::After(epoch, seen);
                    }
                    Found::Lost(epoch, oldest, newest) => {
                        let asked = match position {
                            Position::Now | Position::Begin(..) => String::new(),
                            Position::Asked(id, _) => id,
                            Position::After(epoch, seen) => id(&epoch, seen).to_string(),
                        };
                        let oldest_id = oldest.map(|oldest| id(&epoch, oldest).to_string());
                        position = Position::After(epoch, oldest.map_or(newest, |oldest| oldest - 1));
                        yield Logged::Gap(Gap { asked, oldest: oldest_id });
                    }
                    Found::Trouble(text) if told.as_ref() != Some(&text) => {
                        told = Some(Arc::clone(&text));
                        yield Logged::Trouble(text.to_string());
                    }
                    // The sender lives as long as the ring, which lives here.
                    Found::Nothing | Found::Trouble(_) | Found::Ahead => {
                        if changed.changed().await.is_err() {
                            break;
                        }
                    }
                }
            }
        })
    }

    /// What was kept with the event of an ID.
    pub(super) async fn aside(&self, asked: String) -> Option<Arc<str>> {
        let mut changed = self.changed.subscribe();
        let position = Position::Asked(asked, self.lock().looks);
        loop {
            changed.mark_unchanged();
            if let Some(found) = self.find_aside(&position) {
                return found;
            }
            // The sender lives as long as this.
            changed.changed().await.ok()?;
        }
    }

    /// `None` if the event may not have come here yet.
    fn find_aside(&self, position: &Position) -> Option<Option<Arc<str>>> {
        let (Found::Events(..) | Found::Lost(..)) = self.find(position) else { return None };
        let Position::Asked(asked, _) = position else { return Some(None) };
        let state = self.lock();
        let place = state.epoch.as_deref().and_then(|epoch| {
            let number = number(epoch, asked)?;
            let oldest = state.newest - state.blocks.len() as u64 + 1;
            usize::try_from(number.checked_sub(oldest)?).ok()
        });
        Some(place.and_then(|place| state.blocks.get(place)?.aside.clone()))
    }

    /// Where a follower begins.
    fn beginning(&self, last: Option<String>) -> Position {
        let state = self.lock();
        match (last, &state.epoch) {
            (Some(id), _) => Position::Asked(id, state.looks),
            (None, None) => Position::Now,
            // At once and not with the first item: what is appended in between belongs to the stream.
            (None, Some(epoch)) => Position::Begin(Arc::clone(epoch), state.newest),
        }
    }

    /// What follows a position.
    fn find(&self, position: &Position) -> Found {
        let state = self.lock();
        let nothing = || state.trouble.clone().map_or(Found::Nothing, Found::Trouble);
        let Some(epoch) = &state.epoch else { return nothing() };
        let oldest = (!state.blocks.is_empty()).then(|| state.newest - state.blocks.len() as u64 + 1);
        let seen = match position {
            Position::Now => {
                let (epoch, newest) = state.begun.clone().unwrap_or((Arc::clone(epoch), state.newest));
                return Found::Begin(epoch, newest);
            }
            Position::Begin(epoch, newest) => return Found::Begin(Arc::clone(epoch), *newest),
            Position::Asked(id, _) => number(epoch, id),
            Position::After(before, seen) => (before == epoch).then_some(*seen),
        };
        let lost = || Found::Lost(Arc::clone(epoch), oldest, state.newest);
        let Some(seen) = seen.filter(|seen| *seen <= state.newest) else {
            // Another process may have told it, from a copy that is ahead of this one.
            return match (position, &self.refresh) {
                (Position::Asked(_, looks), Some(refresh)) if *looks == state.looks => {
                    self.is_asked.store(true, Ordering::Relaxed);
                    refresh.notify_one();
                    state.trouble.clone().map_or(Found::Ahead, Found::Trouble)
                }
                _ => lost(),
            };
        };
        if seen == state.newest {
            return match position {
                // From now on an event that was not there counts as lost.
                Position::Asked(..) => Found::Events(Arc::clone(epoch), seen, Vec::new()),
                _ => nothing(),
            };
        }
        match oldest.and_then(|oldest| usize::try_from((seen + 1).checked_sub(oldest)?).ok()) {
            Some(first) => {
                let mut bytes = 0;
                let few = |kept: &&Kept| {
                    let takes = bytes < AT_ONCE;
                    bytes += kept.block.len();
                    takes
                };
                let few = state.blocks.iter().skip(first).take_while(few);
                let blocks = few.map(|kept| kept.block.clone()).collect();
                Found::Events(Arc::clone(epoch), seen, blocks)
            }
            None => lost(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For a ring that has what a log elsewhere has.
#[cfg(feature = "redis")]
impl Ring {
    /// The epoch and the number of the newest event, once they are known.
    pub(super) fn position(&self) -> Option<(Arc<str>, u64)> {
        let state = self.lock();
        Some((Arc::clone(state.epoch.as_ref()?), state.newest))
    }

    /// Takes over events from the log, with their numbers. What is already here is passed over. Where some are missing, or
    /// the epoch is another one, all that was here is forgotten: followers are told of a gap.
    pub(super) fn take(&self, epoch: &str, newest: u64, events: impl IntoIterator<Item = (u64, Entry)>) {
        let mut state = self.lock();
        let is_same = state.epoch.as_deref() == Some(epoch) && newest >= state.newest;
        if !is_same {
            let (begun, looks) = (state.begun.take(), state.looks);
            *state = State { epoch: Some(epoch.into()), begun, looks, ..State::default() };
        }
        state.trouble = None;
        for (number, entry) in events {
            if number <= state.newest && !state.blocks.is_empty() {
                continue;
            }
            if number != state.newest + 1 {
                state.blocks.clear();
                state.bytes = 0;
                state.newest = number - 1;
            }
            state.push(entry, &id(epoch, number), self.events, self.bytes);
        }
        if state.newest < newest {
            state.blocks.clear();
            state.bytes = 0;
            state.newest = newest;
        }
        if state.begun.is_none() {
            state.begun = Some((epoch.into(), newest));
        }
        drop(state);
        self.changed.send_replace(());
    }

    /// Says that this copy is what the log is. Who asked for an event that has not come by now asked for none of the log.
    pub(super) fn compared(&self) {
        self.lock().looks += 1;
        self.changed.send_replace(());
    }

    /// Whether somebody has asked for what is not here, since the last time.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked.swap(false, Ordering::Relaxed)
    }

    /// Whether events of so many bytes fill it.
    pub(super) fn is_filled_by(&self, bytes: usize) -> bool {
        bytes >= self.bytes
    }

    /// Waits until the log is known.
    pub(super) async fn known(&self) {
        let mut changed = self.changed.subscribe();
        while self.position().is_none() && changed.changed().await.is_ok() {}
    }

    /// A copy of a log elsewhere, which is not known yet. `refresh` is notified when somebody asks for what is not here.
    pub(super) fn copy(refresh: Arc<Notify>, events: usize, bytes: usize) -> Self {
        Self { refresh: Some(refresh), ..Self::new(None, events, bytes) }
    }

    /// Tells followers why they hear nothing. Taking events over ends it.
    pub(super) fn trouble(&self, text: &str) {
        self.lock().trouble = Some(text.into());
        self.changed.send_replace(());
    }
}

impl State {
    fn push(&mut self, entry: Entry, id: &EventId, events: usize, bytes: usize) {
        let Entry { mut fields, aside } = entry;
        fields.push_str("id: ");
        fields.push_str(id.as_str());
        fields.push_str("\n\n");
        self.newest += 1;
        let kept = Kept { block: fields.into(), aside: aside.map(Into::into) };
        self.bytes += kept.bytes();
        self.blocks.push_back(kept);
        // The newest one stays, whatever its ID adds to it.
        while self.blocks.len() > 1 && (self.blocks.len() > events || self.bytes > bytes) {
            let Some(kept) = self.blocks.pop_front() else { break };
            self.bytes -= kept.bytes();
        }
    }
}

fn id(epoch: &str, number: u64) -> EventId {
    // Neither part has a character that an ID cannot have.
    EventId::try_from(format!("{epoch}-{number}")).unwrap_or_default()
}

/// The number of an event of this epoch: of an ID as it was written here.
fn number(epoch: &str, id: &str) -> Option<u64> {
    let number = id.strip_prefix(epoch)?.strip_prefix('-')?;
    let is_written = number == "0" || !number.starts_with(['0', '+']);
    if is_written { number.parse().ok() } else { None }
}

/// A name for an epoch, which tells it from all that were before it, and from those of other processes.
pub(super) fn epoch() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    // Seeded at random for each.
    format!("{:x}", RandomState::new().hash_one((now, std::process::id())))
}
