//! Moments, apart from durations.

use core::ops::{Add, AddAssign};
use core::time::Duration;

/// A moment on the caller's clock, which never goes back: so many microseconds after its start.
///
/// In a browser that is `performance.now()`, on the host whatever the program counts by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The moment so many milliseconds after the clock's start, as browsers tell time.
    pub fn from_millis(millis: f64) -> Self {
        Self((millis * 1e3) as u64)
    }

    /// Milliseconds from the clock's start until this moment.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// The time since an earlier moment; none since a later one.
    #[inline(never)]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Whether at least this time has passed since an earlier moment.
    #[inline(never)]
    pub fn is_past(self, earlier: Self, time: Duration) -> bool {
        self.0.saturating_sub(earlier.0) >= micros(time)
    }
}

/// The moment so much later; the last one there is, if that is beyond it.
impl Add<Duration> for Instant {
    type Output = Self;

    #[inline(never)]
    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(micros(time)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, time: Duration) {
        *self = *self + time;
    }
}

// `Duration::as_micros` counts in 128 bits, which wasm does not have, and so would a multiplication that saturates;
// the conversion does without, and is exact for 285 years. Not inlined, and nor are its callers: in
// wasm, where every byte is downloaded, a call is a tenth of the size.
#[inline(never)]
fn micros(time: Duration) -> u64 {
    ((time.as_secs() as f64 * 1e6) as u64).saturating_add(time.subsec_micros().into())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn moments_and_durations_add_up() {
        let start = Instant::from_millis(1000.5);
        let later = start + Duration::from_micros(2_000_250);
        assert_eq!(later.as_millis(), 3000.75);
        assert_eq!(later.since(start), Duration::from_micros(2_000_250));
        assert_eq!(start.since(later), Duration::ZERO);
        assert!(later.is_past(start, Duration::from_micros(2_000_250)));
        assert!(!later.is_past(start, Duration::from_micros(2_000_251)));
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let end = Instant::from_millis(f64::INFINITY);
        assert_eq!(end + Duration::MAX, end);
        assert_eq!(Instant::default() + Duration::MAX, end);
    }
}
