//! When events are handed over: fast events are gathered, so that one wake-up brings many.

#[cfg(all(test, feature = "fetch"))]
mod tests;

use std::time::Duration;

#[cfg(feature = "fetch")]
use crate::protocol::connection::PROOF;
#[cfg(feature = "fetch")]
use crate::protocol::instant::Instant;
use crate::transport::later::Later;

/// The longest wait where none is asked for.
const INTERVAL: Duration = Duration::from_millis(32);

/// When events are handed over, which saves the page work where many come.
///
/// The first event after a silence is handed over at once in any case. Over fetch the others wait unread, in the browser,
/// which keeps a bounded part (2 MiB in Chromium) and then lets the server wait. In pages that nobody sees browsers stretch
/// timers, mostly to a second; but nothing waits any longer when the page is seen, wakes up or is online, nor in the second
/// after a sleep. A response with `Cache-Control: no-store` saves most: Chromium wakes the page for each piece of any
/// other, even if nobody reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// At once; but over fetch, while more than about 250 chunks come a second, those of up to 32 ms together. What comes
    /// in chunks of 32 KiB and more is not kept waiting. The default.
    #[default]
    Auto,
    /// Those that come between two frames together, just before the next one is drawn; every 32 ms where none is.
    Frame,
    /// Those of so long together: from a millisecond to a minute.
    Every(Duration),
    /// Always at once.
    Immediate,
}

impl Delivery {
    /// Whether events wait that come one by one.
    pub(super) fn gathers(self) -> bool {
        matches!(self, Self::Frame | Self::Every(_))
    }

    pub(super) fn later(self, go: impl Fn() + 'static) -> Later {
        match self {
            Self::Frame => Later::frame(INTERVAL, go),
            Self::Every(interval) => Later::after(interval, go),
            Self::Auto | Self::Immediate => Later::after(INTERVAL, go),
        }
    }
}

/// Says after each chunk whether the next read has to wait.
#[cfg(feature = "fetch")]
#[derive(Default)]
pub(super) struct Pace {
    delivery: Delivery,
    /// How many chunks in a row came fast.
    fast: u32,
    waits: bool,
    /// When the page last woke up.
    woke: Option<Instant>,
    phase: Phase,
}

/// How the next chunk is read.
#[cfg(feature = "fetch")]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is read as soon as it comes.
    #[default]
    Reading,
    /// It is not read yet.
    Waiting,
    /// It is read, and so are all others that are there: browsers may keep what comes while nobody reads in as many
    /// chunks as it came in.
    Draining,
}

#[cfg(feature = "fetch")]
impl Pace {
    /// A chunk as large as this, in bytes, is part of a flood: to wait would gather nothing more.
    const LARGE: usize = 32_768;

    /// Chunks that take as long as this to come, come one by one.
    const SLOW: Duration = Duration::from_millis(4);

    /// The chunks in a row that have to come sooner until [`Delivery::Auto`] waits, and after which it looks how fast
    /// others come.
    const FEW: u32 = 3;
    const ROUND: u32 = 16;

    /// Of a new stream.
    pub(super) fn new(delivery: Delivery) -> Self {
        Self { delivery, ..Self::default() }
    }

    /// A chunk of so many bytes, that long after it was asked for.
    pub(super) fn handle_chunk(&mut self, size: usize, took: Duration) {
        if self.phase == Phase::Draining {
            return;
        }
        let is_fast = size < Self::LARGE && took < Self::SLOW && self.fast < Self::ROUND;
        self.fast = if is_fast { self.fast + 1 } else { 0 };
        self.waits = match self.delivery {
            Delivery::Auto => self.fast >= Self::FEW,
            delivery => delivery != Delivery::Immediate,
        };
    }

    /// The page woke up: the stream has to [show](PROOF) that it is alive, by more than what has come before, and what is
    /// not read shows nothing.
    pub(super) fn handle_wake(&mut self, now: Instant) {
        self.woke = Some(now);
    }

    /// Begins to wait, if the next read has to.
    pub(super) fn begin_wait(&mut self, now: Instant) -> bool {
        let is_in_doubt = self.woke.is_some_and(|woke| now < woke + PROOF);
        let waits = std::mem::take(&mut self.waits) && !is_in_doubt;
        if waits {
            self.phase = Phase::Waiting;
        }
        waits
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.phase == Phase::Waiting
    }
}
