//! An end of all streams that does not bring all clients back in one instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// Ends streams one after the other when a server stops, and tells each client when to come back.
///
/// axum's graceful shutdown waits for streams that never end. With a drain, each stream that was given it
/// ([`Sse::drain`](crate::Sse::drain)) ends at a time of its own within `spread`, and its last word is a reconnection time of
/// its own within `spread`. A stream that is asked for meanwhile is answered with 503 and `Retry-After`.
///
/// The client keeps that reconnection time until it is told another one: say
/// [`Sse::reconnection_time`](crate::Sse::reconnection_time) where it should be short.
///
/// ```no_run
/// use axum::Router;
/// use typed_eventsource_axum::Drain;
///
/// # async fn run(app: Router, listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// let drain = Drain::default();
/// let stopped = drain.clone().after(async {
///     // Any signal will do.
///     let _ = std::future::pending::<()>().await;
/// });
/// tokio::select! {
///     served = axum::serve(listener, app).with_graceful_shutdown(stopped) => served,
///     // A client that reads nothing would keep the server for ever.
///     () = drain.over() => Ok(()),
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Drain(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    spread: Duration,
    /// When it began.
    begun: watch::Sender<Option<Instant>>,
    /// Counts the places that were given.
    given: AtomicU32,
}

/// Five seconds.
impl Default for Drain {
    fn default() -> Self {
        Self::new(Duration::from_secs(5))
    }
}

impl Drain {
    /// A drain that takes so long.
    #[must_use]
    pub fn new(spread: Duration) -> Self {
        // A timer can take no longer ones, and nobody waits for a day.
        let spread = spread.min(Duration::from_secs(24 * 60 * 60));
        Self(Arc::new(Inner { spread, begun: watch::Sender::new(None), given: AtomicU32::new(0) }))
    }

    /// Begins: every stream ends within the time from now. Beginning again changes nothing.
    pub fn begin(&self) {
        self.0.begun.send_if_modified(|begun| {
            let is_first = begun.is_none();
            begun.get_or_insert_with(Instant::now);
            is_first
        });
    }

    /// Waits for a signal, and begins then: for `axum::serve(…).with_graceful_shutdown(…)`.
    pub async fn after(self, signal: impl Future<Output = ()>) {
        signal.await;
        self.begin();
    }

    /// Waits until all streams have ended that were given this drain. Those that still have not a second after their
    /// time are not waited for: their clients read nothing.
    pub async fn drained(&self) {
        let mut begun = self.0.begun.subscribe();
        // The sender lives as long as this.
        let _ = begun.wait_for(Option::is_some).await;
        drop(begun);
        let _ = timeout(self.patience(), self.0.begun.closed()).await;
    }

    /// Waits until its time is over, and a second more, whatever goes on: other requests than those for streams have as long
    /// to be answered.
    pub async fn over(&self) {
        let begun = self.0.begun.subscribe().wait_for(Option::is_some).await.ok().and_then(|begun| *begun);
        if let Some(begun) = begun {
            sleep_until(begun + self.patience()).await;
        }
    }

    /// How long it is waited for clients that read nothing.
    pub(crate) fn patience(&self) -> Duration {
        self.0.spread + Duration::from_secs(1)
    }

    /// Waits until it has begun.
    pub async fn begun(&self) {
        // The sender lives as long as this.
        let _ = self.0.begun.subscribe().wait_for(Option::is_some).await;
    }

    /// A place for a stream; `None` once it has begun.
    pub(crate) fn place(&self) -> Option<Place> {
        let begun = self.0.begun.subscribe();
        if begun.borrow().is_some() {
            return None;
        }
        let number = self.0.given.fetch_add(1, Ordering::Relaxed);
        Some(Place { spread: self.0.spread, begun, number })
    }
}

/// The place of one stream.
#[derive(Debug)]
pub(crate) struct Place {
    spread: Duration,
    begun: watch::Receiver<Option<Instant>>,
    number: u32,
}

/// Multiples of these fractions of 2³² fill the circle evenly, however many there are: the golden ratio's, and the one of
/// the plastic number, so that both are independent.
const ENDS: u32 = 0x9e37_79b9;
const RETURNS: u32 = 0xc13f_a9a9;

impl Place {
    /// Waits for the turn of this stream to end; gives how long its client shall wait before it comes back.
    pub(crate) async fn turn(&mut self) -> Duration {
        let Ok(begun) = self.begun.wait_for(Option::is_some).await.map(|begun| *begun) else {
            // The drain is gone, so that nothing can begin it.
            return std::future::pending().await;
        };
        let part = |fraction: u32| {
            self.spread.mul_f64(f64::from(self.number.wrapping_mul(fraction)) / 2f64.powi(32))
        };
        if let Some(begun) = begun {
            sleep_until(begun + part(ENDS)).await;
        }
        part(RETURNS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn streams_end_one_after_the_other() {
        let drain = Drain::new(5 * SECOND);
        let places: Vec<_> = (0..1000).map(|_| drain.place().expect("a place")).collect();
        let start = Instant::now();
        drain.begin();
        assert!(drain.place().is_none(), "it has begun");
        let turns: Vec<_> = places
            .into_iter()
            .map(|mut place| tokio::spawn(async move { (place.turn().await, Instant::now()) }))
            .collect();
        let (mut ends, mut returns) = (Vec::new(), Vec::new());
        for turn in turns {
            let (wait, end) = turn.await.expect("no panic");
            ends.push(end - start);
            returns.push(end - start + wait);
        }
        // In each tenth of the time, a tenth of them.
        for (times, last) in [(&ends, 5 * SECOND), (&returns, 10 * SECOND)] {
            assert!(times.iter().all(|time| *time <= last));
        }
        for tenth in 0..10 {
            let within = |time: &&Duration| (tenth * SECOND / 2..(tenth + 1) * SECOND / 2).contains(*time);
            let count = ends.iter().filter(within).count();
            assert!((90..=110).contains(&count), "{count} in the tenth {tenth}");
        }
        // Where both differ, clients come back spread over the sum.
        let late = returns.iter().filter(|time| **time > 5 * SECOND).count();
        assert!((400..=600).contains(&late), "{late} come back in the second half");
    }

    #[tokio::test(start_paused = true)]
    async fn other_requests_have_their_time_though_there_are_no_streams() {
        let drain = Drain::new(SECOND);
        let start = Instant::now();
        drain.begin();
        drain.drained().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        drain.over().await;
        assert_eq!(start.elapsed(), 2 * SECOND);
        drain.over().await;
        assert_eq!(start.elapsed(), 2 * SECOND, "it is");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_does_not_end_is_not_waited_for_longer() {
        let drain = Drain::new(SECOND);
        let place = drain.place();
        let start = Instant::now();
        drain.begin();
        drain.drained().await;
        assert_eq!(start.elapsed(), 2 * SECOND);
        drop(place);
        drain.drained().await;
        assert_eq!(start.elapsed(), 2 * SECOND, "there is none");
    }
}
