//! A queue that somebody reads who may wait for its items.

use core::task::{Context, Poll, Waker};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::bounded::{Bounded, Next, Policy, Pushed};
use crate::protocol::instant::Instant;
use crate::protocol::state::Cause;

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
    /// Why it has ended, if that is a failure that is not told yet.
    failure: Option<Cause>,
    waker: Option<Waker>,
}

/// What a reader gets.
pub(super) enum Read<T> {
    Lagged(u64),
    Item(T),
    Overflow,
    Failed(Cause),
}

impl<T> Queue<T> {
    /// One that drops its oldest items when it is full.
    pub(super) fn new(limit: usize) -> Rc<Self> {
        Self::with_policy(limit, Policy::DropOldest, Rc::default())
    }

    pub(super) fn with_policy(limit: usize, policy: Policy, total: Rc<Cell<u64>>) -> Rc<Self> {
        let items = Bounded::new(limit, policy);
        let inner = Inner { items, overflowed: false, ended: false, failure: None, waker: None };
        Rc::new(Self { inner: RefCell::new(inner), total })
    }

    /// Gives back the item that has found no place, or another that had to make place for it.
    pub(super) fn push(&self, key: Option<&str>, item: T) -> Pushed<T> {
        let (pushed, waker) = {
            let mut inner = self.inner.borrow_mut();
            if inner.ended {
                return Pushed::Ended(item);
            }
            let dropped = inner.items.dropped();
            let pushed = inner.items.push(key, item);
            self.total.set(self.total.get() + inner.items.dropped() - dropped);
            inner.overflowed |= matches!(pushed, Pushed::Refused(_));
            (pushed, inner.waker.take())
        };
        // Outside the borrow: it runs code that is not ours.
        wake(waker);
        pushed
    }

    /// No item comes any more; those in the queue are still read, and then the failure.
    pub(super) fn end(&self, failure: Option<&Cause>) {
        let waker = {
            let mut inner = self.inner.borrow_mut();
            inner.ended = true;
            inner.failure = failure.cloned();
            inner.waker.take()
        };
        wake(waker);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.inner.borrow().items.dropped()
    }

    /// Until when the queue holds its source back, if it does, and the items that are dropped because that has been for
    /// too long. See [`Bounded::hold`].
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn hold(&self, now: Instant) -> (Option<Instant>, Vec<T>) {
        let held = self.inner.borrow_mut().items.hold(now);
        match held {
            Ok(until) => (until, Vec::new()),
            Err(given_up) => {
                self.total.set(self.total.get() + given_up.len() as u64);
                (None, given_up)
            }
        }
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Read<T>>> {
        let mut inner = self.inner.borrow_mut();
        match inner.items.take() {
            Some(Next::Lagged(dropped)) => Poll::Ready(Some(Read::Lagged(dropped))),
            Some(Next::Item(item)) => Poll::Ready(Some(Read::Item(item))),
            None if core::mem::take(&mut inner.overflowed) => Poll::Ready(Some(Read::Overflow)),
            None if inner.ended => Poll::Ready(inner.failure.take().map(Read::Failed)),
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// For streams that have no place to say how many items were dropped.
    pub(super) fn poll_items(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
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
