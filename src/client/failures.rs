//! Where everything goes that is no event of a stream.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;

use super::error::{Failure, Undecoded};
use super::listeners::Listeners;
use super::queue::Queue;
use crate::transport::Counted;

/// An event that cannot be decoded is told at once, unless one was told less than so many milliseconds ago.
const TELL_EVERY: u32 = 1000;

pub(super) struct Failures {
    me: Weak<Self>,
    listeners: Listeners<Failure>,
    /// What was found when nobody could listen yet, and the end of the task in which somebody still may.
    early: RefCell<Option<(Failure, Timeout)>>,
    undecoded: RefCell<Option<Quiet>>,
}

/// The time after an event was told that could not be decoded.
struct Quiet {
    /// The next one, which is told when the time is over, with the number of those that came after it.
    kept: Option<Undecoded>,
    _end: Timeout,
}

impl Failures {
    pub(super) fn new() -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            listeners: Listeners::default(),
            early: RefCell::default(),
            undecoded: RefCell::default(),
        })
    }

    /// To the reader of [`errors`](super::TypedEventSource::errors), or without one to the console: nothing is
    /// swallowed.
    pub(super) fn report(&self, failure: Failure) {
        let Some(queue) = self.listeners.all().into_iter().next() else { return write(&failure) };
        if let Some(failure) = queue.push(failure) {
            write(&failure);
        }
    }

    /// The same, before the source is there: a stream of errors that is made in the same task gets it.
    pub(super) fn report_early(&self, failure: Failure) {
        let timeout = self.later(0, |me| {
            let early = me.early.take();
            early.iter().for_each(|(failure, _)| write(failure));
        });
        *self.early.borrow_mut() = Some((failure, timeout));
    }

    /// Reports an event that cannot be decoded. A stream may have many of them: one a second is told.
    pub(super) fn report_undecoded(&self, undecoded: impl FnOnce() -> Undecoded) {
        if let Some(quiet) = &mut *self.undecoded.borrow_mut() {
            match &mut quiet.kept {
                Some(kept) => kept.more += 1,
                None => quiet.kept = Some(undecoded()),
            }
            return;
        }
        self.tell_undecoded(undecoded());
    }

    fn tell_undecoded(&self, undecoded: Undecoded) {
        // This comes first: the code that hears of it may close the source.
        let end = self.later(TELL_EVERY, |me| {
            let quiet = me.undecoded.take();
            if let Some(next) = quiet.and_then(|quiet| quiet.kept) {
                me.tell_undecoded(next);
            }
        });
        *self.undecoded.borrow_mut() = Some(Quiet { kept: None, _end: end });
        self.report(Failure::Decode(undecoded));
    }

    pub(super) fn add(&self, queue: &Rc<Queue<Failure>>) {
        self.listeners.add(queue);
        if let Some((failure, _)) = self.early.take() {
            queue.push(failure);
        }
    }

    /// Nothing more fails, but what is not told yet is.
    pub(super) fn end(&self) {
        let quiet = self.undecoded.take();
        if let Some(kept) = quiet.and_then(|quiet| quiet.kept) {
            self.report(Failure::Decode(kept));
        }
        self.listeners.end();
    }

    fn later(&self, millis: u32, then: impl FnOnce(&Self) + 'static) -> Timeout {
        let (me, counted) = (self.me.clone(), Counted::new());
        Timeout::new(millis, move || {
            let _counted = counted;
            if let Some(me) = me.upgrade() {
                then(&me);
            }
        })
    }
}

impl Drop for Failures {
    fn drop(&mut self) {
        if let Some((failure, _)) = self.early.take() {
            write(&failure);
        }
    }
}

fn write(failure: &Failure) {
    let text = JsValue::from_str(&failure.to_string());
    match failure {
        // Nothing is lost.
        Failure::Reused { .. } => web_sys::console::warn_1(&text),
        _ => web_sys::console::error_1(&text),
    }
}
