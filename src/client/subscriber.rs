//! Subscribers: handlers and streams, each with its way of decoding.

use std::cell::RefCell;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::queue::Queue;
use super::router::{Deliver, Raw};
use super::sink::Failures;
use super::{Event, Undecoded};
use crate::protocol::decode::{self, DecodeError};

/// How an event becomes a value.
pub(super) type Decode<T> = fn(&Raw<'_>) -> Result<T, DecodeError>;

/// By the type of the subscription.
pub(super) fn data<T: DeserializeOwned>(raw: &Raw<'_>) -> Result<T, DecodeError> {
    decode::data(raw.event.data)
}

/// By the variant that the event type names.
pub(super) fn variant<E: DeserializeOwned>(raw: &Raw<'_>) -> Result<E, DecodeError> {
    decode::variant(raw.event.event_type, raw.event.data)
}

fn decoded<T>(decode: Decode<T>, raw: &Raw<'_>) -> Result<Event<T>, Undecoded> {
    match decode(raw) {
        Ok(data) => Ok(raw.with(data)),
        Err(cause) => Err(Undecoded { event: raw.with(raw.event.data.to_owned()), cause }),
    }
}

/// Calls a handler.
pub(super) struct Handler<T, F> {
    pub(super) decode: Decode<T>,
    pub(super) handle: RefCell<F>,
    pub(super) failures: Rc<Failures>,
}

impl<T, F: FnMut(Event<T>)> Deliver for Handler<T, F> {
    fn deliver(&self, raw: &Raw<'_>) {
        match decoded(self.decode, raw) {
            Ok(event) => {
                // Deliveries do not nest: it is borrowed only if it trapped in an earlier call.
                if let Ok(mut handle) = self.handle.try_borrow_mut() {
                    handle(event);
                }
            }
            Err(undecoded) => self.failures.report(undecoded),
        }
    }
}

/// Fills a stream's queue.
pub(super) struct Feed<T> {
    pub(super) decode: Decode<T>,
    pub(super) queue: Rc<Queue<Result<Event<T>, Undecoded>>>,
}

impl<T> Deliver for Feed<T> {
    fn deliver(&self, raw: &Raw<'_>) {
        self.queue.push(decoded(self.decode, raw));
    }

    fn end(&self) {
        self.queue.end();
    }
}
