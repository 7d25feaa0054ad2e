//! A live channel with a bounded log of what was published, from which each reader pulls at its own pace.
//!
//! There is no queue per reader: who is slow finds that the log went on without it, and is told so.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_stream::stream;
use tokio::sync::watch;
use tokio_stream::Stream;

use crate::resume::{Next, gap};

/// Items that were published, the newest of them, with ids that count up by one from 1.
#[derive(Debug)]
pub(crate) struct Feed<T> {
    log: Mutex<Log<T>>,
    published: watch::Sender<()>,
    events: NonZeroUsize,
    bytes: NonZeroUsize,
}

#[derive(Debug)]
struct Log<T> {
    newest: u64,
    bytes: usize,
    /// Each with its size in bytes; the last one has the id `newest`.
    items: VecDeque<(T, usize)>,
}

/// An item is larger than all that a feed keeps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// What a reader finds in the log.
enum Found<T> {
    Item(u64, T),
    /// What followed is not there; the oldest id that is, if any.
    Lost(Option<u64>),
    Nothing,
}

impl<T: Clone> Feed<T> {
    /// A feed that keeps at most so many items and bytes.
    pub(crate) fn new(events: NonZeroUsize, bytes: NonZeroUsize) -> Self {
        let log = Mutex::new(Log { newest: 0, bytes: 0, items: VecDeque::new() });
        Self { log, published: watch::Sender::new(()), events, bytes }
    }

    /// Publishes what `item` makes of its id.
    pub(crate) fn publish(&self, bytes: usize, item: impl FnOnce(u64) -> T) -> Result<T, TooLarge> {
        if bytes > self.bytes.get() {
            return Err(TooLarge);
        }
        let mut log = self.lock();
        log.newest += 1;
        let item = item(log.newest);
        log.items.push_back((item.clone(), bytes));
        log.bytes += bytes;
        while log.items.len() > self.events.get() || log.bytes > self.bytes.get() {
            let Some((_, bytes)) = log.items.pop_front() else { break };
            log.bytes -= bytes;
        }
        drop(log);
        self.published.send_replace(());
        Ok(item)
    }

    /// The item with an id, if it is still there.
    pub(crate) fn get(&self, id: u64) -> Option<T> {
        self.lock().get(id)
    }

    /// What is published from now on; or all that follows `seen`, as far back as it is kept.
    pub(crate) fn after(self: &Arc<Self>, seen: Option<u64>) -> impl Stream<Item = Next<T>> + use<T> {
        let feed = Arc::clone(self);
        // Here and not with the first item: what is published in between belongs to the stream.
        let mut last = seen.unwrap_or_else(|| feed.lock().newest);
        let mut published = feed.published.subscribe();
        stream! {
            loop {
                published.mark_unchanged();
                // The lock is gone before anything is yielded.
                let found = feed.lock().find(last);
                match found {
                    Found::Item(id, item) => {
                        yield Next::Item(id, item);
                        last = id;
                    }
                    Found::Lost(oldest) => {
                        yield Next::Gap(gap(last, oldest));
                        // The newest item is never pushed out: without an oldest one there was none.
                        last = oldest.map_or(0, |oldest| oldest - 1);
                    }
                    // The sender lives as long as the feed, which lives here.
                    Found::Nothing => if published.changed().await.is_err() { break },
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Log<T>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Log<T> {
    fn oldest(&self) -> Option<u64> {
        (!self.items.is_empty()).then(|| self.newest - self.items.len() as u64 + 1)
    }

    fn get(&self, id: u64) -> Option<T> {
        let place = usize::try_from(id.checked_sub(self.oldest()?)?).ok()?;
        self.items.get(place).map(|(item, _)| item.clone())
    }

    /// What comes after the id `last`.
    fn find(&self, last: u64) -> Found<T> {
        if last == self.newest {
            return Found::Nothing;
        }
        match last.checked_add(1).and_then(|id| Some((id, self.get(id)?))) {
            Some((id, item)) => Found::Item(id, item),
            None => Found::Lost(self.oldest()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn feed(events: usize, bytes: usize) -> Arc<Feed<u64>> {
        let count = |count| NonZeroUsize::new(count).expect("not zero");
        Arc::new(Feed::new(count(events), count(bytes)))
    }

    /// What a reader gets without waiting.
    fn ready(feed: &Arc<Feed<u64>>, seen: Option<u64>) -> Vec<Next<u64>> {
        let mut stream = pin!(feed.after(seen));
        drain(stream.as_mut())
    }

    fn drain(mut stream: std::pin::Pin<&mut impl Stream<Item = Next<u64>>>) -> Vec<Next<u64>> {
        let mut context = Context::from_waker(Waker::noop());
        let mut items = Vec::new();
        while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
            items.push(item);
        }
        items
    }

    fn items(ids: impl IntoIterator<Item = u64>) -> Vec<Next<u64>> {
        ids.into_iter().map(|id| Next::Item(id, id)).collect()
    }

    fn publish(feed: &Feed<u64>, count: usize, bytes: usize) {
        for _ in 0..count {
            feed.publish(bytes, |id| id).expect("an item of a sane size");
        }
    }

    #[test]
    fn a_reader_gets_what_is_published_from_now_on() {
        let feed = feed(10, 100);
        publish(&feed, 2, 1);
        let mut stream = pin!(feed.after(None));
        publish(&feed, 1, 1);
        assert_eq!(drain(stream.as_mut()), items([3]), "also before the first look");
        publish(&feed, 2, 1);
        assert_eq!(drain(stream.as_mut()), items([4, 5]));
    }

    #[tokio::test]
    async fn a_waiting_reader_is_woken() {
        use tokio_stream::StreamExt;

        let feed = feed(10, 100);
        let stream = feed.after(None);
        let reader = tokio::spawn(async move { pin!(stream).next().await });
        tokio::task::yield_now().await;
        publish(&feed, 1, 1);
        assert_eq!(reader.await.expect("no panic"), Some(Next::Item(1, 1)));
    }

    #[test]
    fn a_resume_is_exact_as_far_as_the_log_goes() {
        let feed = feed(3, 100);
        publish(&feed, 5, 1);
        let lost = |asked| vec![Next::Gap(gap(asked, Some(3)))];
        assert_eq!(ready(&feed, Some(2)), items(3..=5));
        assert_eq!(ready(&feed, Some(4)), items([5]));
        assert_eq!(ready(&feed, Some(5)), []);
        for asked in [0, 1, 6, u64::MAX] {
            assert_eq!(ready(&feed, Some(asked)), [lost(asked), items(3..=5)].concat());
        }
        assert_eq!((feed.get(2), feed.get(3), feed.get(5), feed.get(6)), (None, Some(3), Some(5), None));
    }

    #[test]
    fn nothing_was_ever_published() {
        let feed = feed(3, 100);
        assert_eq!(ready(&feed, Some(0)), []);
        assert_eq!(ready(&feed, Some(7)), [Next::Gap(gap(7, None))]);
        let mut stream = pin!(feed.after(Some(7)));
        drain(stream.as_mut());
        publish(&feed, 1, 1);
        assert_eq!(drain(stream.as_mut()), items([1]), "it goes on");
    }

    #[test]
    fn a_slow_reader_is_told_what_it_lost() {
        let feed = feed(3, 100);
        let mut stream = pin!(feed.after(None));
        publish(&feed, 1, 1);
        assert_eq!(drain(stream.as_mut()), items([1]));
        publish(&feed, 9, 1);
        let expected = [vec![Next::Gap(gap(1, Some(8)))], items(8..=10)].concat();
        assert_eq!(drain(stream.as_mut()), expected);
    }

    #[test]
    fn bytes_are_a_bound_too() {
        let feed = feed(100, 10);
        publish(&feed, 5, 3);
        assert_eq!(ready(&feed, Some(2)), items(3..=5));
        assert_eq!(feed.publish(11, |id| id), Err(TooLarge));
        assert_eq!(ready(&feed, Some(2)), items(3..=5), "what is too large pushes nothing out");
        publish(&feed, 1, 10);
        assert_eq!(ready(&feed, Some(5)), items([6]));
        assert_eq!(feed.lock().bytes, 10);
    }
}
