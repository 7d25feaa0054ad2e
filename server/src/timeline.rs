//! Events that are due at fixed times, so that what happened while a client was away can be told afterwards.

use std::time::{Duration, SystemTime};

use async_stream::stream;
use tokio::time::{Instant, sleep_until};
use tokio_stream::Stream;
use typed_eventsource_axum::{Gap, Item};

/// When a server started, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    instant: Instant,
    time: SystemTime,
}

impl Start {
    pub(crate) fn now() -> Self {
        Self { instant: Instant::now(), time: SystemTime::now() }
    }
}

/// Id n is due at the server's start + n · `every`. Each pace counts ids of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    start: Start,
    every: Duration,
    /// How many of the newest ids can be told again.
    kept: u64,
}

impl Timeline {
    pub(crate) fn new(start: Start, every: Duration, kept: u64) -> Self {
        Self { start, every, kept }
    }

    /// The id that was due last.
    fn newest(&self) -> u64 {
        let ids = self.start.instant.elapsed().as_nanos() / self.every.as_nanos().max(1);
        u64::try_from(ids).unwrap_or(u64::MAX)
    }

    fn since_start(&self, id: u64) -> Duration {
        let millis = u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(millis.saturating_mul(id))
    }

    /// When an id is due, as the time of day.
    fn time(&self, id: u64) -> SystemTime {
        self.start.time + self.since_start(id)
    }

    /// The id that is due now and all that follow; or all that follow `seen`, as far back as they are kept.
    /// `event` makes the one with an id, due at a time of day, and `gap` the one that says what is missing.
    pub(crate) fn after<E>(
        self,
        seen: Option<u64>,
        event: impl Fn(u64, SystemTime) -> E,
        gap: fn(Gap) -> E,
    ) -> impl Stream<Item = Item<E>> {
        stream! {
            let mut last = seen.or(self.newest().checked_sub(1));
            loop {
                let newest = self.newest();
                let oldest = newest.saturating_sub(self.kept - 1);
                let next = last.map_or(0, |last| last.saturating_add(1));
                // Also a client that reads too slowly is told what it lost.
                if let Some(asked) = last && (next < oldest || asked > newest) {
                    let lost = Gap { asked: asked.to_string(), oldest: Some(oldest.to_string()) };
                    yield Item::new(gap(lost));
                    last = oldest.checked_sub(1);
                    continue;
                }
                sleep_until(self.start.instant + self.since_start(next)).await;
                yield Item::new(event(next, self.time(next))).id(next);
                last = Some(next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio::time::advance;
    use tokio_stream::StreamExt;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    type Data = Result<u64, Gap>;

    async fn first(timeline: Timeline, seen: Option<u64>, count: usize) -> Vec<Item<Data>> {
        let mut stream = pin!(timeline.after(seen, |id, _| Ok(id), Err));
        let mut items = Vec::new();
        while items.len() < count {
            items.push(stream.next().await.expect("an endless stream"));
        }
        items
    }

    fn item(id: u64) -> Item<Data> {
        Item::new(Ok(id)).id(id)
    }

    fn gap(asked: u64, oldest: u64) -> Item<Data> {
        Item::new(Err(Gap { asked: asked.to_string(), oldest: Some(oldest.to_string()) }))
    }

    fn items(ids: impl IntoIterator<Item = u64>) -> Vec<Item<Data>> {
        ids.into_iter().map(item).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fresh_stream_begins_with_now_and_goes_on_in_time() {
        let timeline = Timeline::new(Start::now(), SECOND, 600);
        let start = Instant::now();
        assert_eq!(first(timeline, None, 1).await, items([0]));
        advance(Duration::from_millis(4500)).await;
        assert_eq!(first(timeline, None, 3).await, items([4, 5, 6]));
        assert_eq!(start.elapsed(), 6 * SECOND);
        assert_eq!(timeline.time(6).duration_since(timeline.start.time).expect("the future"), 6 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resume_gets_what_it_missed_at_once() {
        let timeline = Timeline::new(Start::now(), SECOND, 600);
        advance(10 * SECOND).await;
        let start = Instant::now();
        assert_eq!(first(timeline, Some(0), 10).await, items(1..=10));
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(first(timeline, Some(10), 1).await, items([11]));
        assert_eq!(start.elapsed(), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_more_or_was_never_there_is_a_gap() {
        let timeline = Timeline::new(Start::now(), SECOND, 5);
        advance(10 * SECOND).await;
        let lost = |asked| vec![gap(asked, 6)];
        assert_eq!(first(timeline, Some(5), 5).await, items(6..=10), "all that is kept");
        assert_eq!(first(timeline, Some(4), 6).await, [lost(4), items(6..=10)].concat());
        for never in [11, u64::MAX] {
            assert_eq!(first(timeline, Some(never), 6).await, [lost(never), items(6..=10)].concat());
        }
        let young = Timeline::new(Start::now(), SECOND, 5);
        assert_eq!(first(young, Some(3), 2).await, [gap(3, 0), item(0)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_told_what_it_lost() {
        let mut stream = pin!(Timeline::new(Start::now(), SECOND, 5).after(None, |id, _| Ok(id), Err));
        assert_eq!(stream.next().await, Some(item(0)));
        advance(20 * SECOND).await;
        assert_eq!(stream.next().await, Some(gap(0, 16)));
        assert_eq!(stream.next().await, Some(item(16)));
    }
}
