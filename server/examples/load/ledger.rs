//! What one client has got, and whether that is all.

use std::time::{Duration, Instant};

/// Where an event stands: the name of its log, and its number there. The demo server's IDs are `{log}-{number}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    log: String,
    number: u64,
}

impl Position {
    pub(crate) fn of(id: &str) -> Option<Self> {
        let (log, number) = id.rsplit_once('-')?;
        Some(Self { log: log.to_owned(), number: number.parse().ok()? })
    }
}

/// The events of one client.
#[derive(Debug)]
pub(crate) struct Ledger {
    newest: Option<Position>,
    /// Whether the server has said that something is missing since the newest event.
    told: bool,
    last: Instant,
    /// Since when its stream is open.
    pub(crate) open: Option<Instant>,
    pub(crate) counts: Counts,
}

/// Since the counters began anew.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) received: u64,
    /// Events that are missing, without a gap that tells it.
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) gaps: u64,
    pub(crate) silence: Duration,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { newest: None, told: false, last: Instant::now(), open: None, counts: Counts::default() }
    }

    pub(crate) fn begin(&mut self) {
        self.counts = Counts::default();
        self.last = Instant::now();
    }

    /// The stream began after this ID.
    pub(crate) fn begins_after(&mut self, id: &str) {
        if self.newest.is_none() {
            self.newest = Position::of(id);
        }
    }

    pub(crate) fn gap(&mut self) {
        self.told = true;
        self.counts.gaps += 1;
    }

    pub(crate) fn event(&mut self, id: &str) {
        self.heard();
        let Some(position) = Position::of(id) else {
            // An ID that is none of the server's.
            self.counts.lost += 1;
            return;
        };
        self.counts.received += 1;
        let told = std::mem::take(&mut self.told);
        if let Some(newest) = &self.newest {
            if position.log != newest.log {
                self.counts.lost += u64::from(!told);
            } else if position.number <= newest.number {
                self.counts.doubled += 1;
                return;
            } else if !told {
                self.counts.lost += position.number - newest.number - 1;
            }
        }
        self.newest = Some(position);
    }

    /// Whether this event has come, or a later one.
    pub(crate) fn has(&self, position: &Position) -> bool {
        self.newest
            .as_ref()
            .is_some_and(|newest| newest.log == position.log && newest.number >= position.number)
    }

    fn heard(&mut self) {
        let now = Instant::now();
        self.counts.silence = self.counts.silence.max(now - self.last);
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(story: &[&str]) -> (u64, u64, u64, u64) {
        let mut ledger = Ledger::new();
        for step in story {
            match step.split_once(' ') {
                Some(("after", id)) => ledger.begins_after(id),
                _ if *step == "gap" => ledger.gap(),
                _ => ledger.event(step),
            }
        }
        let Counts { received, lost, doubled, gaps, .. } = ledger.counts;
        (received, lost, doubled, gaps)
    }

    #[test]
    fn what_is_missing_is_lost_unless_it_is_told() {
        assert_eq!(counts(&["after a-4", "a-5", "a-6"]), (2, 0, 0, 0));
        assert_eq!(counts(&["after a-4", "a-6"]), (1, 1, 0, 0));
        assert_eq!(counts(&["a-1", "a-4", "a-2", "a-4", "a-5"]), (5, 2, 2, 0));
        assert_eq!(counts(&["a-1", "gap", "a-4", "a-6"]), (3, 1, 0, 1));
        assert_eq!(counts(&["a-1", "b-1"]), (2, 1, 0, 0));
        assert_eq!(counts(&["a-1", "gap", "b-1", "b-2"]), (3, 0, 0, 1));
        assert_eq!(counts(&["a-1", "x"]), (1, 1, 0, 0));
    }

    #[test]
    fn a_client_has_what_came_and_what_is_before_it() {
        let mut ledger = Ledger::new();
        let position = |id| Position::of(id).expect("a position");
        assert!(!ledger.has(&position("a-0")));
        ledger.event("a-3");
        assert!(ledger.has(&position("a-3")) && ledger.has(&position("a-2")));
        assert!(!ledger.has(&position("a-4")) && !ledger.has(&position("b-1")));
    }
}
