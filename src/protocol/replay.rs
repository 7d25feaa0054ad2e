//! Events that come a second time after a resume.
//!
//! A server may answer a resume with more than was missed: the last event again, or everything it has. What is seen
//! already is recognized by its id, in the run of events directly after a resume: the first unseen id ends it, since
//! from there on a known id is no replay but a server that gives the same one twice.

use alloc::vec::Vec;

/// How many ids are remembered, the newest.
pub const REMEMBERED: usize = 65_536;

/// Remembers ids, and tells what is a replay.
///
/// ```
/// use typed_eventsource::protocol::replay::Replays;
///
/// let mut replays = Replays::default();
/// assert!(replays.admit(b"orderUpdate", Some(b"1")));
/// replays.handle_resume("1");
/// assert!(!replays.admit(b"orderUpdate", Some(b"1")));
/// assert!(replays.admit(b"orderUpdate", Some(b"2")));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Replays {
    gap_event: Vec<u8>,
    /// Of each id a hash, in the order in which they came, the newest overwriting the oldest: an id may be long, and one
    /// that is taken for another is a matter of 1 in 10¹⁴.
    seen: Vec<u64>,
    /// The place that is written next, once they are full.
    next: usize,
    /// Where the id after the one that was recognized last is, if they come again in the same order.
    expected: usize,
    /// Whether the stream has been resumed, and nothing new has come since.
    is_run: bool,
    dropped: u64,
}

impl Replays {
    /// Sets the event type by which the server says that it could not resume: what is remembered then says nothing of
    /// what follows, and is forgotten.
    #[must_use]
    pub fn gap_event(mut self, event_type: impl Into<Vec<u8>>) -> Self {
        self.gap_event = event_type.into();
        self
    }

    /// The stream goes on after a resume from this id, which so counts as seen: the run begins in which events are
    /// replays.
    pub fn handle_resume(&mut self, from: &str) {
        let id = hash(from.as_bytes());
        if self.find(id).is_none() {
            self.remember(id);
        }
        self.is_run = true;
    }

    /// The server could not resume: it may use ids anew.
    pub fn handle_gap(&mut self) {
        self.is_run = false;
        self.seen.clear();
        self.next = 0;
    }

    /// Whether an event is to be delivered. `id` is the one of its own block; without one it is no replay.
    pub fn admit(&mut self, event_type: &[u8], id: Option<&[u8]>) -> bool {
        if !self.gap_event.is_empty() && event_type == self.gap_event {
            self.handle_gap();
        }
        let Some(id) = id.filter(|id| !id.is_empty()) else { return true };
        let id = hash(id);
        if self.is_run {
            if let Some(place) = self.find(id) {
                self.expected = place + 1;
                self.dropped += 1;
                return false;
            }
            self.is_run = false;
        }
        self.remember(id);
        true
    }

    /// How many replays there were.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether what has come since the last resume were replays only: the last event ID is behind what is known.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.is_run
    }

    fn remember(&mut self, id: u64) {
        if self.seen.len() < REMEMBERED {
            self.seen.push(id);
        } else if let Some(place) = self.seen.get_mut(self.next) {
            *place = id;
            self.next = (self.next + 1) % REMEMBERED;
        }
    }

    /// Replays come in the order of the originals as a rule: the place after the last one is looked at first, and then
    /// backwards from there, all around.
    fn find(&self, id: u64) -> Option<usize> {
        let expected = self.expected.min(self.seen.len());
        if self.seen.get(expected) == Some(&id) {
            return Some(expected);
        }
        let (before, after) = self.seen.split_at(expected);
        let behind = after.iter().rposition(|seen| *seen == id).map(|place| expected + place);
        before.iter().rposition(|seen| *seen == id).or(behind)
    }
}

/// FNV-1a.
/// See <https://www.rfc-editor.org/rfc/rfc9923>.
#[doc(hidden)]
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, add)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
