//! Subscribers: handlers and streams, each with its way of decoding. They tell the outcome of an event.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::error::Undecoded;
use super::event::Event;
use super::failures::Failures;
use super::outcome::Outcome;
use super::overflow::Key;
use super::progress::{Progress, Ticket};
use super::queue::{Pushed, Queue};
use crate::protocol::decode::{self, DecodeError};
use crate::protocol::parser;
use crate::protocol::state::Cause;

/// About how many bytes an event takes beside its texts.
const OVERHEAD: usize = 100;

/// An event on its way to a subscriber; the strings are shared by all that get it.
pub(super) struct Raw<'a> {
    pub(super) event: parser::Event<'a>,
    pub(super) event_type: &'a Arc<str>,
    pub(super) last_event_id: &'a Arc<str>,
    pub(super) origin: &'a Arc<str>,
}

impl Raw<'_> {
    /// As the user sees it.
    fn with<T>(&self, data: T) -> Event<T> {
        Event {
            event_type: Arc::clone(self.event_type),
            data,
            last_event_id: Arc::clone(self.last_event_id),
            origin: Arc::clone(self.origin),
        }
    }

    /// About how many bytes it takes while it waits.
    fn size(&self) -> usize {
        self.event_type.len() + self.last_event_id.len() + self.event.data.len() + OVERHEAD
    }

    fn text(&self) -> Event<String> {
        self.with(self.event.data.to_owned())
    }
}

pub(super) trait Deliver {
    /// Gives it an event. A subscriber that keeps the event takes a ticket.
    fn deliver(&self, raw: &Raw<'_>, progress: &Rc<Progress>) -> Delivered;
    /// No event comes any more; for this failure, if it is one.
    fn end(&self, _failure: Option<&Cause>) {}
}

/// A subscriber's answer to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    /// It has come to an outcome.
    Settled(Outcome),
    /// Its ticket has the outcome.
    Kept,
}

/// How an event's type and data become a value.
pub(super) type Decode<T> = fn(&str, &str) -> Result<T, DecodeError>;

/// By the type of the subscription.
pub(super) fn data<T: DeserializeOwned>(_event_type: &str, data: &str) -> Result<T, DecodeError> {
    decode::data(data)
}

/// By the variant that the event type names.
pub(super) fn variant<E: DeserializeOwned>(event_type: &str, data: &str) -> Result<E, DecodeError> {
    decode::variant(event_type, data)
}

/// Calls a handler.
pub(super) struct Handler<T, F> {
    handle: RefCell<F>,
    failures: Rc<Failures>,
    data: PhantomData<fn(T)>,
}

impl<T, F: FnMut(Event<T>)> Handler<T, F> {
    pub(super) fn new(handle: F, failures: &Rc<Failures>) -> Self {
        Self { handle: RefCell::new(handle), failures: Rc::clone(failures), data: PhantomData }
    }
}

impl<T: DeserializeOwned, F: FnMut(Event<T>)> Deliver for Handler<T, F> {
    fn deliver(&self, raw: &Raw<'_>, _: &Rc<Progress>) -> Delivered {
        // Deliveries do not nest: it is borrowed only if it trapped in an earlier call.
        let Ok(mut handle) = self.handle.try_borrow_mut() else {
            return Delivered::Settled(Outcome::Unwanted);
        };
        match decode::data(raw.event.data) {
            Ok(data) => {
                handle(raw.with(data));
                Delivered::Settled(Outcome::Done)
            }
            Err(cause) => {
                self.failures.report_undecoded(|| Undecoded { event: raw.text(), cause, more: 0 });
                Delivered::Settled(Outcome::Unwanted)
            }
        }
    }
}

/// An event that waits to be read. It is decoded only when it is read.
pub(super) struct Waiting {
    pub(super) event: Event<String>,
    pub(super) ticket: Ticket,
}

/// What a stream does about an event that cannot be decoded. It yields the error in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undecodable {
    /// It goes on, and the event counts as processed: the error has told of it. The default.
    #[default]
    Report,
    /// It ends, and the event does not count as processed, like one that its reader has left.
    End,
}

/// Fills a stream's queue.
pub(super) struct Feed {
    pub(super) queue: Rc<Queue<Waiting>>,
    /// The key of events of which only the newest is wanted.
    pub(super) key: Option<Key>,
    /// A stream that has ended stays so, even if its source is opened again.
    pub(super) ended: Cell<bool>,
}

impl Deliver for Feed {
    fn deliver(&self, raw: &Raw<'_>, progress: &Rc<Progress>) -> Delivered {
        if self.ended.get() {
            return Delivered::Settled(Outcome::Unwanted);
        }
        // Without a borrow: it is the application's.
        let key = self.key.as_ref().map(|key| key.of(&raw.event));
        let waiting = Waiting { event: raw.text(), ticket: progress.keep() };
        match self.queue.wait(key.as_deref(), waiting, raw.size()) {
            Pushed::Queued => {}
            Pushed::Replaced(Waiting { ticket, .. }) => ticket.settle(Outcome::Unwanted),
            // The application's key has closed the source.
            Pushed::Ended(Waiting { ticket, .. }) => ticket.settle(Outcome::CutOff),
        }
        Delivered::Kept
    }

    fn end(&self, failure: Option<&Cause>) {
        self.ended.set(true);
        self.queue.end(failure);
    }
}
