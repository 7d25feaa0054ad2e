//! How much memory the scenarios hold, as far as clients decide about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of all.
#[derive(Debug, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

/// The bytes of one. Dropped: given back.
#[derive(Debug)]
pub(super) struct Share {
    all: Arc<AtomicUsize>,
    own: AtomicUsize,
}

impl Held {
    pub(super) fn all(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn share(&self, bytes: usize) -> Share {
        let share = Share { all: Arc::clone(&self.0), own: AtomicUsize::new(0) };
        share.grow(bytes);
        share
    }
}

impl Share {
    pub(super) fn grow(&self, bytes: usize) {
        self.own.fetch_add(bytes, Ordering::Relaxed);
        self.all.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}
