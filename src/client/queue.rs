//! Bounded queues, and the streams that read them.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use futures_core::Stream;

use super::{Event, Subscription, SubscriptionError, Undecoded};
use crate::protocol::state::ConnectionState;

/// A queue that drops its oldest items when it is full, and counts them.
pub(super) struct Queue<T>(RefCell<Inner<T>>);

struct Inner<T> {
    items: VecDeque<T>,
    limit: usize,
    dropped: u64,
    ended: bool,
    waker: Option<Waker>,
}

/// What comes out of a queue.
enum Next<T> {
    Lagged(u64),
    Item(T),
}

impl<T> Queue<T> {
    pub(super) fn new(limit: usize) -> Rc<Self> {
        let inner =
            Inner { items: VecDeque::new(), limit: limit.max(1), dropped: 0, ended: false, waker: None };
        Rc::new(Self(RefCell::new(inner)))
    }

    pub(super) fn push(&self, item: T) {
        let (dropped, waker) = {
            let mut inner = self.0.borrow_mut();
            if inner.ended {
                return;
            }
            let dropped = if inner.items.len() == inner.limit { inner.items.pop_front() } else { None };
            inner.dropped += u64::from(dropped.is_some());
            inner.items.push_back(item);
            (dropped, inner.waker.take())
        };
        // Outside the borrow: both run code that is not ours.
        drop(dropped);
        wake(waker);
    }

    /// No item comes any more; those in the queue are still read.
    pub(super) fn end(&self) {
        let waker = {
            let mut inner = self.0.borrow_mut();
            inner.ended = true;
            inner.waker.take()
        };
        wake(waker);
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Next<T>>> {
        let mut inner = self.0.borrow_mut();
        if inner.dropped > 0 {
            return Poll::Ready(Some(Next::Lagged(core::mem::take(&mut inner.dropped))));
        }
        if let Some(item) = inner.items.pop_front() {
            return Poll::Ready(Some(Next::Item(item)));
        }
        if inner.ended {
            return Poll::Ready(None);
        }
        inner.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// For streams that have no place to say how many items were dropped.
    fn poll_items(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match self.poll(context) {
                Poll::Ready(Some(Next::Lagged(_))) => {}
                Poll::Ready(Some(Next::Item(item))) => return Poll::Ready(Some(item)),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The events of a subscription: a [`Stream`] that ends when the source is closed or dropped and
/// everything that had come is read.
///
/// Dropping it unsubscribes. It holds up to [`Builder::buffer`](super::Builder::buffer) events that
/// nobody has read; beyond that the oldest are dropped, and the next item is
/// [`SubscriptionError::Lagged`].
#[must_use = "dropping the stream unsubscribes"]
pub struct Events<T> {
    pub(super) queue: Rc<Queue<Result<Event<T>, Undecoded>>>,
    pub(super) _subscription: Subscription,
}

impl<T> Stream for Events<T> {
    type Item = Result<Event<T>, SubscriptionError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.queue.poll(context).map(|next| {
            next.map(|next| match next {
                Next::Lagged(dropped) => Err(SubscriptionError::Lagged { dropped }),
                Next::Item(item) => item.map_err(SubscriptionError::Decode),
            })
        })
    }
}

/// The state of a source, now and after each change: a [`Stream`] whose last item is
/// [`ConnectionState::Closed`].
#[must_use = "streams do nothing unless polled"]
pub struct States(pub(super) Rc<Queue<ConnectionState>>);

impl Stream for States {
    type Item = ConnectionState;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_items(context)
    }
}

/// The events that handlers subscribed with [`on`](super::TypedEventSource::on) could not be given.
#[must_use = "streams do nothing unless polled"]
pub struct Errors(pub(super) Rc<Queue<Undecoded>>);

impl Stream for Errors {
    type Item = Undecoded;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_items(context)
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("subscription", &self._subscription).finish_non_exhaustive()
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").finish_non_exhaustive()
    }
}

impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errors").finish_non_exhaustive()
    }
}
