//! Counts the callbacks that the browser could still call, to show that none is left behind.

use core::sync::atomic::{AtomicUsize, Ordering};

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Lives inside a callback's captures, and so exactly as long as the callback.
pub(crate) struct Counted(());

impl Counted {
    pub(crate) fn new() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many callbacks of this crate the browser holds: listeners, timers and promises' reactions.
///
/// For tests that an application leaves nothing behind: after every source is dropped, this is 0.
pub fn live_callbacks() -> usize {
    LIVE.load(Ordering::Relaxed)
}
