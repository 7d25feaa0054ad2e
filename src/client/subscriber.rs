//! Subscribers: handlers and streams, each with its way of decoding.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::overflow::Key;
use super::progress::{Progress, Ticket};
use super::queue::Queue;
use super::router::{Deliver, Delivered, Raw};
use super::sink::Failures;
use super::{Event, Failure, Undecoded};
use crate::protocol::decode::{self, DecodeError};

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
        match decode::data(raw.event.data) {
            Ok(data) => {
                // Deliveries do not nest: it is borrowed only if it trapped in an earlier call.
                if let Ok(mut handle) = self.handle.try_borrow_mut() {
                    handle(raw.with(data));
                }
            }
            Err(cause) => {
                let event = raw.with(raw.event.data.to_owned());
                self.failures.report(Failure::Decode(Undecoded { event, cause }));
            }
        }
        Delivered::Well
    }
}

/// An event that waits to be read, not decoded: who never reads it need not have it decoded.
pub(super) struct Waiting {
    pub(super) event: Event<String>,
    pub(super) ticket: Ticket,
}

/// Fills a stream's queue.
pub(super) struct Feed {
    pub(super) queue: Rc<Queue<Waiting>>,
    /// What tells events apart of which only the newest is wanted.
    pub(super) key: Option<Key>,
}

impl Deliver for Feed {
    fn deliver(&self, raw: &Raw<'_>, progress: &Rc<Progress>) -> Delivered {
        // Without a borrow: it is the application's.
        let key = self.key.as_ref().map(|key| key.of(&raw.event));
        let event = raw.with(raw.event.data.to_owned());
        self.queue.push(key.as_deref(), Waiting { event, ticket: progress.keep() })
    }

    fn end(&self) {
        self.queue.end();
    }
}
