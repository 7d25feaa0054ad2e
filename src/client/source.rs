use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::error::Error;
use super::event::Event;
use super::overflow::Overflow;
use super::queue::Queue;
use super::sink::Client;
use super::snapshot::{Cursor, Stats};
use super::streams::{Errors, Events, Gaps, States};
use super::subscriber::{self, Decode, Deliver, Feed, Handler, Undecodable};
use super::subscription::Subscription;
use crate::engine::Engine;
use crate::protocol::decode;
use crate::protocol::state::{CloseReason, ConnectionState};

/// A typed subscription to an event stream.
///
/// It is not `Clone`: it owns the connection, and dropping it closes that. Put it in an [`Rc`] to share
/// it; subscriptions and streams do not keep it open.
#[must_use = "dropping the source closes it"]
pub struct TypedEventSource {
    engine: Rc<Engine>,
    client: Rc<Client>,
    wildcard: bool,
    buffer: usize,
    overflow: Overflow,
    undecodable: Undecodable,
}

impl TypedEventSource {
    pub(super) fn new(
        engine: Rc<Engine>,
        client: Rc<Client>,
        wildcard: bool,
        (buffer, overflow, undecodable): (usize, Overflow, Undecodable),
    ) -> Self {
        let _ = client.engine.set(Rc::downgrade(&engine));
        Self { engine, client, wildcard, buffer, overflow, undecodable }
    }

    /// Calls the handler for each event of this type, its data decoded; until the [`Subscription`] is
    /// dropped. An event that names no type has the type `message`; no event has an empty one.
    ///
    /// Data that cannot be decoded goes to [`errors`](Self::errors), at a bounded rate. The handler may subscribe,
    /// unsubscribe and close. Events that it causes are delivered after it has returned. If it traps, it is not called
    /// again, and all other handlers are; the event holds the processed [cursor](Self::cursor) back until 1,024 later events
    /// have come.
    pub fn on<T, F>(&self, event_type: &str, handler: F) -> Subscription
    where
        T: DeserializeOwned + 'static,
        F: FnMut(Event<T>) + 'static,
    {
        let handler: Rc<dyn Deliver> = Rc::new(Handler::new(handler, &self.client.failures));
        self.add([event_type.into()].into(), &handler, false)
    }

    /// The events of this type as a stream, their data decoded.
    pub fn subscribe<T: DeserializeOwned + 'static>(&self, event_type: &str) -> Events<T> {
        self.stream([event_type.into()].into(), subscriber::data::<T>, false)
    }

    /// The events of several types as a stream of an enum: the variant is the event type, its content
    /// the data.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # #[derive(Deserialize)] struct OrderUpdate;
    /// #[derive(Deserialize)]
    /// #[serde(rename_all = "camelCase")]
    /// enum Orders {
    ///     HeartRate(u32),
    ///     OrderUpdate(OrderUpdate),
    /// }
    /// ```
    ///
    /// `rename_all` renames variants; the fields of a variant like `OrderUpdate { order_id: u32 }` take
    /// `rename_all_fields`.
    ///
    /// With [`Builder::wildcard`](crate::Builder::wildcard) the stream has events of all types: those without a variant become the
    /// one marked `#[serde(other)]`, or an error.
    ///
    /// # Errors
    /// [`Error::Variants`] for anything but an externally tagged enum.
    pub fn events<E: DeserializeOwned + 'static>(&self) -> Result<Events<E>, Error> {
        let variants = decode::variants::<E>().map_err(Error::Variants)?;
        let types = variants.iter().map(|&variant| variant.into()).collect();
        Ok(self.stream(types, subscriber::variant::<E>, self.wildcard))
    }

    /// The state now and after each change.
    pub fn states(&self) -> States {
        let queue = Queue::new(self.buffer);
        self.client.add_states(&queue);
        States(queue)
    }

    /// Failures outside of the streams of events: events that could not be decoded for handlers, gaps while nobody reads
    /// [`gaps`](Self::gaps), a storage that fails, events that the cursor has passed over, last event IDs that came
    /// again, and a failure that closes the source while nobody reads its [`states`](Self::states) or events. Each goes to
    /// the oldest of these streams, or to the console if there is none.
    pub fn errors(&self) -> Errors {
        let queue = Queue::new(self.buffer);
        self.client.add_errors(&queue);
        Errors(queue)
    }

    /// Where the server could not resume, so that events are missing: its answer to a resume has a
    /// [header](crate::Builder::gap_header) with another last event ID than was asked for, or an event of the type
    /// [`gap_event`](crate::Builder::gap_event) has come. Load the missing data by other means.
    pub fn gaps(&self) -> Gaps {
        let queue = Queue::new(self.buffer);
        self.client.add_gaps(&queue);
        Gaps(queue)
    }

    /// How far the stream has come.
    ///
    /// The source itself resumes from the received id. The processed id is for a new source that goes on in its place, and
    /// [`persist`](crate::Builder::persist) stores it: every event up to there was given to all handlers, and read from all
    /// streams.
    ///
    /// | the event | the cursor |
    /// |---|---|
    /// | its handler has returned; its reader has asked for the next one, or has said [`done`](Events::done) | passes |
    /// | nobody wants it; it was dropped, or cannot be decoded, and that was told | passes |
    /// | its reader has left without a word, having it or before it was read | waits for 1,024 later events |
    /// | its handler has trapped | waits for 1,024 later events; then [`errors`](Self::errors) says so |
    /// | its handler has trapped on an earlier one, and is called no more | passes, and nothing says so |
    /// | it is not read, or its reader is still at work on it | waits for 65,536 later events; then `errors` says so |
    /// | the source was closed before everybody had it: by a handler, or by a full queue | never passes |
    ///
    /// ```
    /// # use typed_eventsource::{Error, TypedEventSource};
    /// # fn hand_over(old: &TypedEventSource) -> Result<TypedEventSource, Error> {
    /// TypedEventSource::connect("/orders/stream").last_event_id(old.cursor().processed).open()
    /// # }
    /// ```
    pub fn cursor(&self) -> Cursor {
        Cursor { received: self.engine.last_event_id(), processed: self.client.progress.processed() }
    }

    /// The counts so far.
    pub fn stats(&self) -> Stats {
        Stats { attempts: self.engine.attempts(), replays: self.engine.replays(), ..self.client.stats() }
    }

    /// The state now.
    pub fn state(&self) -> ConnectionState {
        self.client.state.borrow().clone()
    }

    /// Lets go of the connection and opens a new one at once, which resumes where the old one stood.
    ///
    /// A source that [a failure](CloseReason::is_failure) has closed is opened again: handlers, cursor and counts go on.
    /// Streams have ended; make new ones. On a source that was closed otherwise this does nothing.
    pub fn reconnect(&self) {
        if self.client.router.is_closed() {
            self.client.reopen();
        } else {
            self.engine.reconnect();
        }
    }

    /// Closes the source for good, also one that a failure has closed: no handler is called any more, and streams end once
    /// they are read.
    pub fn close(&self) {
        self.client.is_over.set(true);
        self.engine.close(CloseReason::Closed);
    }

    fn stream<T: 'static>(&self, types: Rc<[Arc<str>]>, decode: Decode<T>, everything: bool) -> Events<T> {
        let dropped = Rc::clone(&self.client.dropped);
        let queue = Queue::with_policy(self.buffer, self.overflow.policy(), dropped);
        let ended = self.client.router.is_closed();
        if ended {
            let state = self.client.state.borrow();
            queue.end(if let ConnectionState::Closed { reason } = &*state { reason.cause() } else { None });
        }
        self.client.waiting.add(&queue);
        let key = self.overflow.key().cloned();
        let feed: Rc<dyn Deliver> = Rc::new(Feed { queue: Rc::clone(&queue), key, ended: ended.into() });
        let subscription = self.add(types, &feed, everything);
        Events { queue, reading: None, decode, undecodable: self.undecodable, subscription }
    }

    fn add(&self, types: Rc<[Arc<str>]>, subscriber: &Rc<dyn Deliver>, everything: bool) -> Subscription {
        Subscription::new(&self.client, &self.engine, types, subscriber, everything)
    }
}

impl fmt::Debug for TypedEventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedEventSource").field("state", &self.state()).finish_non_exhaustive()
    }
}
