//! Bounded queues, and the streams that read them.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use futures_core::Stream;

use super::bounded::{Bounded, Next, Policy, Pushed};
use super::progress::Ticket;
use super::router::Delivered;
use super::subscriber::{Decode, Waiting};
use super::{Event, Failure, Subscription, SubscriptionError, Undecoded};
use crate::batch::Gap;
use crate::protocol::instant::Instant;
use crate::protocol::state::ConnectionState;

/// A queue with somebody who may wait for its items.
pub(super) struct Queue<T> {
    inner: RefCell<Inner<T>>,
    /// How many items were dropped, by all queues that count together.
    total: Rc<Cell<u64>>,
}

struct Inner<T> {
    items: Bounded<T>,
    /// Whether an item was refused, and that is not told yet.
    overflowed: bool,
    ended: bool,
    waker: Option<Waker>,
}

/// What a reader gets.
enum Read<T> {
    Lagged(u64),
    Item(T),
    Overflow,
}

impl<T> Queue<T> {
    /// One that drops its oldest items when it is full.
    pub(super) fn new(limit: usize) -> Rc<Self> {
        Self::with_policy(limit, Policy::DropOldest, Rc::default())
    }

    pub(super) fn with_policy(limit: usize, policy: Policy, total: Rc<Cell<u64>>) -> Rc<Self> {
        let items = Bounded::new(limit, policy);
        let inner = Inner { items, overflowed: false, ended: false, waker: None };
        Rc::new(Self { inner: RefCell::new(inner), total })
    }

    pub(super) fn push(&self, key: Option<&str>, item: T) -> Delivered {
        let (pushed, waker) = {
            let mut inner = self.inner.borrow_mut();
            if inner.ended {
                return Delivered::Well;
            }
            let dropped = inner.items.dropped();
            let pushed = inner.items.push(key, item);
            self.total.set(self.total.get() + inner.items.dropped() - dropped);
            inner.overflowed |= matches!(pushed, Pushed::Refused(_));
            (pushed, inner.waker.take())
        };
        let delivered = match pushed {
            Pushed::Refused(_) => Delivered::Overflow,
            _ => Delivered::Well,
        };
        // Outside the borrow: both run code that is not ours.
        drop(pushed);
        wake(waker);
        delivered
    }

    /// No item comes any more; those in the queue are still read.
    pub(super) fn end(&self) {
        let waker = {
            let mut inner = self.inner.borrow_mut();
            inner.ended = true;
            inner.waker.take()
        };
        wake(waker);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.inner.borrow().items.dropped()
    }

    /// See [`Bounded::hold`].
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn hold(&self, now: Instant) -> Option<Instant> {
        let held = self.inner.borrow_mut().items.hold(now);
        held.unwrap_or_else(|given_up| {
            self.total.set(self.total.get() + given_up.len() as u64);
            // Outside the borrow.
            drop(given_up);
            None
        })
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Read<T>>> {
        let mut inner = self.inner.borrow_mut();
        match inner.items.take() {
            Some(Next::Lagged(dropped)) => Poll::Ready(Some(Read::Lagged(dropped))),
            Some(Next::Item(item)) => Poll::Ready(Some(Read::Item(item))),
            None if core::mem::take(&mut inner.overflowed) => Poll::Ready(Some(Read::Overflow)),
            None if inner.ended => Poll::Ready(None),
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// For streams that have no place to say how many items were dropped.
    fn poll_items(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match self.poll(context) {
                Poll::Ready(Some(Read::Item(item))) => return Poll::Ready(Some(item)),
                Poll::Ready(Some(_)) => {}
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
/// nobody has read, and decodes them when they are; beyond that [`Builder::overflow`](super::Builder::overflow)
/// decides. By default the oldest are dropped, and in their place there is a [`SubscriptionError::Lagged`].
///
/// An event counts as processed when the next one is asked for: until then whoever read it may be at work on it. What
/// was dropped counts too.
#[must_use = "dropping the stream unsubscribes"]
pub struct Events<T> {
    // Dropped first: what nobody reads must not hold the others back.
    pub(super) queue: Rc<Queue<Waiting>>,
    /// The event that was read last.
    pub(super) reading: Option<Ticket>,
    pub(super) decode: Decode<T>,
    pub(super) subscription: Subscription,
}

impl<T> Events<T> {
    /// How many of its events were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl<T> Stream for Events<T> {
    type Item = Result<Event<T>, SubscriptionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.reading = None;
        let read = self.queue.poll(context);
        read.map(|read| {
            read.map(|read| match read {
                Read::Lagged(dropped) => Err(SubscriptionError::Lagged { dropped }),
                Read::Overflow => Err(SubscriptionError::Overflow),
                Read::Item(Waiting { event, ticket }) => {
                    self.reading = Some(ticket);
                    self.subscription.read_on();
                    match (self.decode)(&event.event_type, &event.data) {
                        Ok(data) => Ok(event.map(|_| data)),
                        Err(cause) => Err(SubscriptionError::Decode(Undecoded { event, cause })),
                    }
                }
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

/// What went wrong outside of the streams of events: a [`Stream`].
#[must_use = "streams do nothing unless polled"]
pub struct Errors(pub(super) Rc<Queue<Failure>>);

impl Stream for Errors {
    type Item = Failure;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_items(context)
    }
}

/// Where the server could not resume: a [`Stream`].
#[must_use = "streams do nothing unless polled"]
pub struct Gaps(pub(super) Rc<Queue<Gap>>);

impl Stream for Gaps {
    type Item = Gap;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_items(context)
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("subscription", &self.subscription).finish_non_exhaustive()
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

impl fmt::Debug for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gaps").finish_non_exhaustive()
    }
}
