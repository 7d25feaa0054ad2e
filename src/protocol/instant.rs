//! Moments, apart from durations.

use core::ops::{Add, AddAssign};
use core::time::Duration;

/// A moment on the caller's clock, which never goes back: so many microseconds after its start.
///
/// In a browser that is `performance.now()`, on the host whatever the program counts by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The last moment there is, which never comes.
    pub(super) const NEVER: Self = Self(Micros::MAX);

    /// The moment so many milliseconds after the clock's start, as browsers tell time.
    pub fn from_millis(millis: f64) -> Self {
        Self((millis * 1e3) as u64)
    }

    /// Milliseconds from the clock's start until this moment.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// The time since an earlier moment; none since a later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros_since(earlier))
    }

    /// The moment so much later; the last one there is, if that is beyond it.
    #[inline(never)]
    pub(super) fn after(self, time: Micros) -> Self {
        Self(self.0.saturating_add(time))
    }

    /// The time since an earlier moment; none since a later one.
    pub(super) fn micros_since(self, earlier: Self) -> Micros {
        self.0.saturating_sub(earlier.0)
    }
}

/// The moment so much later; the last one there is, if that is beyond it.
impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        self.after(micros(time))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, time: Duration) {
        *self = *self + time;
    }
}

/// A length of time in microseconds, by which the connection counts: one number, where a `Duration` is two and half of
/// the arithmetic carries from one to the other. The largest is one without an end.
pub(super) type Micros = u64;

// `Duration::as_micros` counts in 128 bits, which wasm does not have, and so would a multiplication that saturates;
// the conversion does without, and is exact for 285 years.
#[inline(never)]
pub(super) fn micros(time: Duration) -> Micros {
    ((time.as_secs() as f64 * 1e6) as u64).saturating_add(time.subsec_micros().into())
}

/// The other way round.
pub(super) fn duration(micros: Micros) -> Duration {
    if micros == Micros::MAX { Duration::MAX } else { Duration::from_micros(micros) }
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
        assert_eq!(later.micros_since(start), 2_000_250);
        assert_eq!(start.micros_since(later), 0);
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let end = Instant::from_millis(f64::INFINITY);
        assert_eq!(end + Duration::MAX, end);
        assert_eq!(Instant::default() + Duration::MAX, end);
    }
}
