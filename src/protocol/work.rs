//! Counts the protocol's work: tests and fuzzers check that it stays in proportion to the input.

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

    /// The work that this thread has noted since it was asked last.
    pub fn take() -> usize {
        WORK.replace(0)
    }
}
