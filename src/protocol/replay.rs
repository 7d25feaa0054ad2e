//! Events that come a second time after a resume.
//!
//! A server may answer a resume with more than was missed: the last event again, or everything it has. Such a replay is
//! the same event as one that has come before: it has the same id of its own, the same event type and the same data. It
//! comes in the run of events directly after the resume. The run ends when the newest event that is remembered has come
//! again, when an event comes that is unseen, or when one comes more often than it is remembered: from there on, an
//! event that looks like an old one is one that the server means to send twice.

mod hash;
mod table;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use alloc::vec::Vec;

use super::work;
pub use hash::hash;
use table::Table;

/// How many events are remembered, the newest. Each takes 16 bytes. To a server that replays more than that, the first
/// event is an unseen one: it ends the run, and all come twice.
pub const REMEMBERED: usize = 65_536;

/// The answer to an event: whether it is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[repr(u32)]
pub enum Admission {
    /// An event that has not come before, or not that often, as far as is known. Deliver it.
    New = 0,
    /// An event that has come before. Do not deliver it.
    Replay = 1,
    /// An event that has not come before, with an id that has: the server rewrites its replays, or its ids began anew.
    /// Deliver it, rather twice than never, and tell the application. There is at most one after each resume.
    Reused = 2,
}

/// Remembers events, and recognizes replays.
///
/// ```
/// use typed_eventsource::protocol::replay::{Admission, Replays};
///
/// let mut replays = Replays::default();
/// assert_eq!(replays.admit(Some(b"1"), b"tick", b"a"), Admission::New);
/// replays.handle_open(true);
/// assert_eq!(replays.admit(Some(b"1"), b"tick", b"a"), Admission::Replay);
/// assert_eq!(replays.admit(Some(b"2"), b"tick", b"b"), Admission::New);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Replays {
    gap_event: Vec<u8>,
    seed: u64,
    /// In the order in which they came, the newest overwriting the oldest. An event may be long, and that one is taken
    /// for another is a matter of 1 in 10¹⁴.
    seen: Vec<Seen>,
    /// The place that is written next.
    next: usize,
    /// Whether the stream has been resumed, and nothing has ended the run since.
    is_run: bool,
    /// The remembered events, from the first event of the run that needs it until the run ends.
    table: Table,
    dropped: u64,
    reused: u64,
}

/// An event that has come.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The hash of id, type and data.
    event: u64,
    /// That of the id alone.
    id: u64,
}

impl Replays {
    /// Remembers nothing yet: with a [seed](Self::seed), and a [type of gap events](Self::gap_event), empty for none.
    #[must_use]
    pub fn new(seed: u64, gap_event: &[u8]) -> Self {
        Self { gap_event: gap_event.into(), seed, ..Self::default() }
    }

    /// Sets the seed of the hashes: a number that a server cannot know, else it could make up events that are taken
    /// for others.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the event type by which the server says that it could not resume: the remembered events then say nothing about
    /// those that follow, and are forgotten.
    #[must_use]
    pub fn gap_event(mut self, event_type: impl Into<Vec<u8>>) -> Self {
        self.gap_event = event_type.into();
        self
    }

    /// A connection is open. If it resumes from a last event ID, the run begins in which events are replays.
    pub fn handle_open(&mut self, is_resumed: bool) {
        self.is_run = is_resumed && !self.seen.is_empty();
        self.table.clear();
    }

    /// The server could not resume: it may use ids anew.
    pub fn handle_gap(&mut self) {
        self.handle_open(false);
        self.seen.clear();
        self.next = 0;
    }

    /// Judges an event. `own_id` is the id of its own block: without one, or with the empty one, an event is no replay
    /// and does not end the run.
    pub fn admit(&mut self, own_id: Option<&[u8]>, event_type: &[u8], data: &[u8]) -> Admission {
        if !self.gap_event.is_empty() && event_type == self.gap_event {
            self.handle_gap();
        }
        let Some(own_id) = own_id.filter(|id| !id.is_empty()) else { return Admission::New };
        let id = hash(self.seed, own_id);
        let seen = Seen { event: hash(hash(id, event_type), data), id };
        let admission = if self.is_run { self.judge(seen) } else { Admission::New };
        if admission != Admission::Replay {
            self.push(seen);
        }
        admission
    }

    /// How many replays there were.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many known ids came with another event.
    #[must_use]
    pub fn reused(&self) -> u64 {
        self.reused
    }

    /// Whether only replays have come since the last resume: then the last event ID is behind the known one.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.is_run
    }

    #[inline(never)]
    fn judge(&mut self, Seen { event, id }: Seen) -> Admission {
        let newest = self.seen.get((self.next + REMEMBERED - 1) % REMEMBERED);
        let is_newest = newest.is_some_and(|newest| newest.event == event);
        let found = if is_newest { Some(true) } else { self.table.take(&self.seen, event, self.seed) };
        let is_replay = found == Some(true);
        if is_newest || !is_replay {
            self.handle_open(false);
        }
        if is_replay {
            self.dropped += 1;
            return Admission::Replay;
        }
        if found.is_some() {
            return Admission::New;
        }
        // This happens once a resume, so it need not be quick.
        work::count(self.seen.len());
        if self.seen.iter().all(|seen| seen.id != id) {
            return Admission::New;
        }
        self.reused += 1;
        Admission::Reused
    }

    fn push(&mut self, seen: Seen) {
        if let Some(oldest) = self.seen.get_mut(self.next) {
            *oldest = seen;
        } else {
            self.seen.push(seen);
        }
        self.next = (self.next + 1) % REMEMBERED;
    }
}
