//! A queue that somebody reads who may wait for its items.

use core::task::{Context, Poll, Waker};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::bounded::{Bounded, Next, Policy, Trimmed};
use crate::protocol::instant::Instant;
use crate::protocol::state::Cause;

pub(super) struct Queue<T> {
    inner: RefCell<Inner<T>>,
    /// How many items were dropped, by all queues that count together.
    total: Rc<Cell<u64>>,
}

struct Inner<T> {
    items: Bounded<T>,
    /// Whether the reader was too slow, and that is not told yet.
    overflowed: bool,
    ended: bool,
    /// Why it has ended, if that is a failure that is not told yet.
    failure: Option<Cause>,
    waker: Option<Waker>,
}

/// What has become of an item.
pub(super) enum Pushed<T> {
    Queued,
    /// It took the place of this one.
    Replaced(T),
    /// The queue has ended: nothing is taken any more.
    Ended(T),
}

/// What a reader gets.
pub(super) enum Read<T> {
    /// So many are missing. The first of them may come along: it was kept until the reader knows.
    Lagged(u64, Option<T>),
    Item(T),
    Overflow,
    Failed(Cause),
}

impl<T> Queue<T> {
    /// One for so many items, which drops its oldest when it is full.
    pub(super) fn new(items: usize) -> Rc<Self> {
        Self::with_policy(items, Policy::DropOldest, Rc::default())
    }

    /// One whose items weigh so much at most. It has to be [trimmed](Self::trim).
    pub(super) fn with_policy(limit: usize, policy: Policy, total: Rc<Cell<u64>>) -> Rc<Self> {
        let items = Bounded::new(limit, policy);
        let inner = Inner { items, overflowed: false, ended: false, failure: None, waker: None };
        Rc::new(Self { inner: RefCell::new(inner), total })
    }

    /// Queues an item, of those that weigh the same. Gives it back if the queue has ended.
    pub(super) fn push(&self, item: T) -> Option<T> {
        let pushed = self.wait(None, item, 1);
        self.trim(false);
        if let Pushed::Ended(item) = pushed { Some(item) } else { None }
    }

    /// Queues an item of this weight, whatever the limit is.
    pub(super) fn wait(&self, key: Option<&str>, item: T, size: usize) -> Pushed<T> {
        let (pushed, waker) = {
            let mut inner = self.inner.borrow_mut();
            if inner.ended {
                return Pushed::Ended(item);
            }
            let replaced = inner.items.push(key, item, size);
            if replaced.is_some() {
                self.total.set(self.total.get() + 1);
            }
            (replaced.map_or(Pushed::Queued, Pushed::Replaced), inner.waker.take())
        };
        // Outside the borrow: it runs code that is not ours.
        wake(waker);
        pushed
    }

    /// Whether more waits than the limit allows.
    pub(super) fn is_over(&self) -> bool {
        self.inner.borrow().items.is_over()
    }

    /// Does what the policy says about what is over the limit. See [`Bounded::trim`].
    pub(super) fn trim(&self, can_be_held: bool) -> Trimmed<T> {
        let mut inner = self.inner.borrow_mut();
        let dropped = inner.items.dropped();
        let trimmed = inner.items.trim(can_be_held);
        self.total.set(self.total.get() + inner.items.dropped() - dropped);
        inner.overflowed |= matches!(trimmed, Trimmed::Overflow);
        trimmed
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

    /// Until when the queue holds its source back, if it does. See [`Bounded::hold`].
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn hold(&self, now: Instant) -> Option<Instant> {
        self.inner.borrow_mut().items.hold(now)
    }

    /// Whether it no longer holds its source back, because nothing was taken for too long.
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn lags(&self) -> bool {
        self.inner.borrow().items.lags()
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Read<T>>> {
        let mut inner = self.inner.borrow_mut();
        match inner.items.take() {
            Some(Next::Lagged(dropped, first)) => Poll::Ready(Some(Read::Lagged(dropped, first))),
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
