//! The outcome of an event, for each of its subscribers.

/// How many later events come before one is passed over that failed, or that its reader left.
pub(super) const FAILED: usize = 1024;

/// How many later events come before one is passed over that nobody is ever done with.
pub(super) const OPEN: usize = 65_536;

/// The outcome of an event for one of its subscribers. The worst of them counts for the event; the worst stands last.
///
/// `tests/behaviour/` has the cases that both languages are tested against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// The handler has returned. The reader has asked for the next event, or has said that it is done.
    #[default]
    Done,
    /// Nobody is to have it: it was dropped or cannot be decoded, and that was told.
    Unwanted,
    /// The reader went without a word. Nobody can tell whether it was done, or failed.
    Left,
    /// The handler has trapped.
    Failed,
    /// The source was closed before the subscriber got the event.
    CutOff,
}

/// The outcome of an event so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    /// How many subscribers have the event and have come to no outcome.
    pub(super) open: u32,
    /// Of those that have come to one.
    pub(super) worst: Outcome,
}

impl Pending {
    /// Whether the cursor may pass at once.
    #[inline]
    pub(super) fn is_processed(self) -> bool {
        self.open == 0 && self.worst <= Outcome::Unwanted
    }

    /// How many later events have to come before the cursor passes; none are enough for one that was cut off.
    pub(super) fn patience(self) -> usize {
        match self.worst {
            Outcome::CutOff => usize::MAX,
            _ if self.open > 0 => OPEN,
            Outcome::Failed | Outcome::Left => FAILED,
            Outcome::Done | Outcome::Unwanted => 0,
        }
    }

    /// Whether it is told that the cursor has passed it.
    pub(super) fn is_told(self) -> bool {
        self.open > 0 || self.worst == Outcome::Failed
    }
}
