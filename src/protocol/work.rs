//! What the protocol does for its input, counted: tests and fuzzers look whether that stays in proportion.

/// Notes so many bytes that were searched, compared, copied or decoded, or so many steps of a look-up.
#[cfg(not(any(test, fuzzing)))]
#[inline(always)]
pub(crate) fn count(_: usize) {}

#[cfg(any(test, fuzzing))]
pub use counted::{count, take};

#[cfg(any(test, fuzzing))]
mod counted {
    #[cfg(not(test))]
    extern crate std;

    use std::cell::Cell;

    std::thread_local! {
        static WORK: Cell<usize> = const { Cell::new(0) };
    }

    /// Notes so many bytes that were searched, compared, copied or decoded, or so many steps of a look-up.
    pub fn count(work: usize) {
        WORK.set(WORK.get() + work);
    }

    /// What this thread has noted since it was asked last.
    pub fn take() -> usize {
        WORK.replace(0)
    }
}
