//! How long to wait before the connection is reestablished.
//!
//! The standard waits the *reconnection time*, the same for every client and every failure. When a
//! server goes down, all its clients come back in the same moment. Beyond the standard, a random part
//! is added that grows with every failure in a row.

use core::time::Duration;

use super::instant::{Micros, micros};

/// The reconnection time until the server sets another. The standard wants it "probably in the region of a few seconds":
/// together with the random part, 1 s is that.
pub const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(1);

/// The shortest wait after a failure, whatever the server asked for.
pub const FLOOR: Duration = Duration::from_millis(100);

/// The longest reconnection time that a server can set with `retry:`, 30 days. A longer one counts as this.
pub const MAX_RECONNECTION_TIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The longest wait that a server can ask for with `Retry-After`, 30 days. A longer one counts as this.
pub const MAX_RETRY_AFTER: Duration = MAX_RECONNECTION_TIME;

/// How reconnection is paced.
///
/// `wait = reconnection time + random(0, min(max, initial · factorⁿ))`, n being the failures in a row
/// before this one. The server's `retry:` replaces the reconnection time, never the random part; after
/// `Retry-After` the wait is that, plus random(0, 1 s). A server that asks for a wait is never asked
/// earlier.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    pub(super) initial: Micros,
    pub(super) max: Micros,
    factor: f64,
    pub(super) max_attempts: u32,
    pub(super) stable: Micros,
}

impl Default for Retry {
    fn default() -> Self {
        Self::from_millis(1e3, 30e3, 2.0, 5e3)
    }
}

impl Retry {
    /// All in milliseconds but the factor: [`initial`](Self::initial), [`max`](Self::max), [`factor`](Self::factor) and
    /// [`stable`](Self::stable).
    #[must_use]
    pub fn from_millis(initial: f64, max: f64, factor: f64, stable: f64) -> Self {
        let micros = |millis| (millis * 1e3) as Micros;
        Self {
            initial: micros(initial),
            max: micros(max),
            factor,
            max_attempts: u32::MAX,
            stable: micros(stable),
        }
    }

    /// Sets the reconnection time until the server sets one, and the first bound of the random part. Default 1 s.
    #[must_use]
    pub fn initial(mut self, initial: Duration) -> Self {
        self.initial = micros(initial);
        self
    }

    /// Sets the last bound of the random part. Default 30 s; zero takes the random part away.
    #[must_use]
    pub fn max(mut self, max: Duration) -> Self {
        self.max = micros(max);
        self
    }

    /// Sets by how much the bound of the random part grows with each failure in a row. Default 2.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Sets how many attempts in a row may fail. The default, [`u32::MAX`], is no limit.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The last bound of the random part.
    #[must_use]
    pub fn last_bound(&self) -> Duration {
        Duration::from_micros(self.max)
    }

    /// How many attempts in a row may fail; `None` is no limit.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        Some(self.max_attempts).filter(|attempts| *attempts < u32::MAX)
    }

    /// Sets how long a stream has to be open to start the count of failures anew. Default 5 s.
    #[must_use]
    pub fn stable(mut self, stable: Duration) -> Self {
        self.stable = micros(stable);
        self
    }

    /// The bound of the random part after this many failures in a row.
    fn bound(&self, failures: u32) -> f64 {
        let max = self.max as f64;
        let mut bound = self.initial as f64;
        // A factor of 1 or less never reaches the last bound: a thousand steps are enough for any other.
        for _ in 0..failures.min(1000) {
            if bound >= max {
                break;
            }
            bound *= self.factor;
        }
        if bound < max { bound } else { max }
    }

    /// The wait before the next attempt; `random` is from 0 up to, not including, 1.
    pub(super) fn wait(&self, now: Circumstances, random: f64) -> Micros {
        let (least, bound) = match now.retry_after {
            Some(after) => (after.max(now.reconnection_time.unwrap_or_default()), 1e6),
            None => (now.reconnection_time.unwrap_or(self.initial), self.bound(now.failures)),
        };
        let wait = least.saturating_add(part(bound, random));
        if now.failed { wait.max(SHORTEST) } else { wait }
    }
}

/// The facts from which a wait is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Circumstances {
    /// The server's `retry:`, if it sent one.
    pub(super) reconnection_time: Option<Micros>,
    /// The server's `Retry-After` in this answer.
    pub(super) retry_after: Option<Micros>,
    /// Failures in a row before this one.
    pub(super) failures: u32,
    /// Whether this is a failure; a clean end of the stream is none.
    pub(super) failed: bool,
}

/// [`FLOOR`], as the connection counts.
pub(super) const SHORTEST: Micros = FLOOR.as_micros() as Micros;

/// The wait after the page woke up: short, but not the same for every page.
pub(super) fn wait_after_wake(random: f64) -> Micros {
    part(500_000.0, random)
}

/// Casts saturate, whatever values a careless option has.
fn part(of: f64, random: f64) -> Micros {
    (of * random) as Micros
}

/// A small pseudorandom number generator, linear congruential with Knuth's multiplier: its seed comes from outside,
/// so a test can have the same waits twice.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 up to, not including, 1.
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1).wrapping_mul(6_364_136_223_846_793_005);
        // The upper bits are the random ones.
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const ALMOST_ONE: f64 = 1.0 - f64::EPSILON;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn wait(retry: &Retry, now: Circumstances, random: f64) -> Duration {
        Duration::from_micros(retry.wait(now, random))
    }

    fn bounds(retry: &Retry, now: Circumstances) -> (Duration, Duration) {
        (wait(retry, now, 0.0), wait(retry, now, ALMOST_ONE))
    }

    /// Waits are counted in whole microseconds.
    fn near(left: Duration, right: Duration) -> bool {
        left.abs_diff(right) <= Duration::from_micros(1)
    }

    #[test]
    fn the_random_part_doubles_up_to_thirty_seconds() {
        let retry = Retry::default();
        for (failures, bound) in
            [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (4_000_000_000, 30)]
        {
            let (least, most) =
                bounds(&retry, Circumstances { failures, failed: true, ..Circumstances::default() });
            assert_eq!(least, ms(1000), "after {failures} failures");
            assert!(near(most, ms(1000 + bound * 1000)), "after {failures} failures: {most:?}");
        }
    }

    #[test]
    fn the_servers_retry_replaces_the_reconnection_time_only() {
        let now =
            Circumstances { reconnection_time: Some(7_000_000), failed: true, ..Circumstances::default() };
        let (least, most) = bounds(&Retry::default(), now);
        assert_eq!(least, ms(7000));
        assert!(near(most, ms(8000)));
    }

    #[test]
    fn after_retry_after_the_wait_is_that_and_up_to_a_second() {
        let now = Circumstances {
            retry_after: Some(20_000_000),
            failures: 9,
            failed: true,
            ..Circumstances::default()
        };
        let (least, most) = bounds(&Retry::default(), now);
        assert_eq!(least, ms(20_000));
        assert!(near(most, ms(21_000)));
    }

    #[test]
    fn never_less_than_the_server_asked() {
        let now = Circumstances {
            reconnection_time: Some(9_000_000),
            retry_after: Some(0),
            failed: true,
            ..Circumstances::default()
        };
        assert_eq!(bounds(&Retry::default(), now).0, ms(9000));
    }

    #[test]
    fn a_failure_waits_at_least_the_floor_a_clean_end_need_not() {
        let none = Retry::default().max(ms(0));
        let zero = Circumstances { reconnection_time: Some(0), ..Circumstances::default() };
        assert_eq!(wait(&none, Circumstances { failed: true, ..zero }, 0.5), FLOOR);
        assert_eq!(wait(&none, zero, 0.5), ms(0));
    }

    #[test]
    fn absurd_options_neither_panic_nor_hang() {
        let now = Circumstances { failures: u32::MAX, failed: true, ..Circumstances::default() };
        for factor in [0.0, 0.5, 1.0, -3.0, f64::NAN, f64::INFINITY, f64::MAX] {
            let retry = Retry::default().factor(factor).initial(Duration::from_nanos(1));
            assert!(
                wait(&retry, now, ALMOST_ONE) <= ms(30_000) + Duration::from_micros(retry.initial),
                "factor {factor}"
            );
        }
        let forever = Circumstances { reconnection_time: Some(Micros::MAX), ..now };
        let retry = Retry::default().max(Duration::MAX);
        assert_eq!(retry.wait(forever, ALMOST_ONE), Micros::MAX);
    }

    #[test]
    fn the_generator_stays_in_its_range_and_spreads() {
        let mut random = Random::new(1);
        let mut tenths = [0u32; 10];
        for _ in 0..10_000 {
            tenths[(random.next() * 10.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|&count| (850..1150).contains(&count)), "{tenths:?}");
    }
}
