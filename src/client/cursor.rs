//! Up to where a stream has been processed: each event, in order. It has no clock and calls nobody.

use std::collections::VecDeque;
use std::sync::Arc;

use super::outcome::{Outcome, Pending};

/// Events from the oldest on that the cursor cannot pass, and the last event ID up to which all are.
#[derive(Debug, Default)]
pub(super) struct Contiguous {
    processed: Arc<str>,
    entries: VecDeque<Entry>,
    /// The number of the first entry; the others follow, and after them the current event.
    first: u64,
    /// Of the event that is being delivered.
    current: Pending,
}

#[derive(Debug)]
struct Entry {
    /// `None` if the event leaves the last event ID where it is.
    id: Option<Arc<str>>,
    pending: Pending,
}

/// The result of a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Progressed {
    /// Whether there is another last event ID up to which everything is processed.
    pub(super) moved: bool,
    /// The last event IDs of the events that were passed over.
    pub(super) skipped: Vec<String>,
}

impl Contiguous {
    pub(super) fn new(last_event_id: String) -> Self {
        Self { processed: last_event_id.into(), ..Self::default() }
    }

    pub(super) fn processed(&self) -> &str {
        &self.processed
    }

    /// Somebody keeps the current event; gives its number.
    pub(super) fn keep(&mut self) -> u64 {
        self.current.open += 1;
        self.first + self.entries.len() as u64
    }

    /// A subscriber to the current event has come to this outcome, without having kept it.
    pub(super) fn note(&mut self, outcome: Outcome) {
        self.current.worst = self.current.worst.max(outcome);
    }

    /// The same as to finish the current event without another id, if that is as simple as it mostly is.
    #[inline]
    pub(super) fn pass(&mut self) -> bool {
        let is_simple = self.entries.is_empty() && self.current.is_processed();
        if is_simple {
            self.first += 1;
            self.current = Pending::default();
        }
        is_simple
    }

    /// The current event was given to everybody. `id` is the last event ID as of it, `None` if it has not changed.
    pub(super) fn finish(&mut self, id: Option<&Arc<str>>) -> Progressed {
        if self.pass() {
            return Progressed { moved: self.move_to(id), skipped: Vec::new() };
        }
        let pending = std::mem::take(&mut self.current);
        self.entries.push_back(Entry { id: id.cloned(), pending });
        self.advance()
    }

    /// A subscriber that kept this event has come to this outcome.
    pub(super) fn settle(&mut self, number: u64, outcome: Outcome) -> Progressed {
        // One with a smaller number was passed over.
        let Some(place) = number.checked_sub(self.first) else { return Progressed::default() };
        let entry = self.entries.get_mut(place as usize);
        let pending = entry.map_or(&mut self.current, |entry| &mut entry.pending);
        pending.open = pending.open.saturating_sub(1);
        pending.worst = pending.worst.max(outcome);
        self.advance()
    }

    /// The stream begins again. An event that somebody was cut off from is to come again: it leaves the last event ID at
    /// `before`, where it was before that event. Says whether there is one.
    pub(super) fn reopen(&mut self, before: &Arc<str>) -> (bool, Progressed) {
        // It was the last one.
        let Some(entry) = self.entries.back_mut().filter(|entry| entry.pending.worst == Outcome::CutOff)
        else {
            return (false, Progressed::default());
        };
        entry.id = Some(Arc::clone(before));
        entry.pending.worst = Outcome::Done;
        (true, self.advance())
    }

    fn advance(&mut self) -> Progressed {
        let mut progressed = Progressed::default();
        while let Some(Entry { pending, .. }) = self.entries.front() {
            let later = self.entries.len() - 1;
            if later < pending.patience() {
                break;
            }
            let Some(Entry { id, pending }) = self.entries.pop_front() else { break };
            self.first += 1;
            progressed.moved |= self.move_to(id.as_ref());
            if pending.is_told() {
                progressed.skipped.push(id.as_deref().unwrap_or(&self.processed).to_owned());
            }
        }
        progressed
    }

    fn move_to(&mut self, id: Option<&Arc<str>>) -> bool {
        match id {
            Some(id) if **id != *self.processed => {
                self.processed = Arc::clone(id);
                true
            }
            _ => false,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
