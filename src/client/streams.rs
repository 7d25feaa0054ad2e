//! The streams that an application reads.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::fmt;
use std::rc::Rc;

use futures_core::Stream;

use super::error::{Failure, SubscriptionError, Undecoded};
use super::event::Event;
use super::outcome::Outcome;
use super::progress::Ticket;
use super::queue::{Queue, Read};
use super::subscriber::{Decode, Undecodable, Waiting};
use super::subscription::Subscription;
use crate::batch::Gap;
use crate::protocol::state::ConnectionState;

/// The events of a subscription: a [`Stream`] that ends when the source is closed or dropped and
/// everything that had come is read. If it is closed for a failure, that comes last.
///
/// Dropping it unsubscribes. Events wait in it, and are decoded when they are read. If more than
/// [`Builder::buffer`](super::Builder::buffer) bytes wait although the reader had its turn,
/// [`Builder::overflow`](super::Builder::overflow) decides: by default the stream is held back over fetch. Where events
/// are dropped, a [`SubscriptionError::Lagged`] stands in their place.
///
/// An event counts as processed when the next one is asked for: until then its reader may be at work on it. A reader
/// that leaves before the end says [`done`](Self::done) first. If it does not, it may have failed or been cancelled:
/// the event that it read last, and those that nobody has read, hold the [cursor](super::TypedEventSource::cursor)
/// where it is until 1,024 later events have come. Events that were dropped count as processed when the reader has been told.
#[must_use = "dropping the stream unsubscribes"]
pub struct Events<T> {
    pub(super) queue: Rc<Queue<Waiting>>,
    /// The event that was read last.
    pub(super) reading: Option<Ticket>,
    pub(super) decode: Decode<T>,
    pub(super) undecodable: Undecodable,
    pub(super) subscription: Subscription,
}

impl<T> Events<T> {
    /// Says that the event that was read last is processed. To ask for the next one says the same.
    ///
    /// It is for the reader that leaves before the end of the stream:
    ///
    /// ```
    /// # use futures_util::StreamExt;
    /// # use typed_eventsource::{Text, TypedEventSource};
    /// # async fn first_of(source: &TypedEventSource) -> Option<String> {
    /// let mut events = source.subscribe::<Text>("result");
    /// let first = events.next().await?.ok()?;
    /// // … here the result is put to use. Then:
    /// events.done();
    /// # Some(first.data.0)
    /// # }
    /// ```
    pub fn done(&mut self) {
        if let Some(ticket) = self.reading.take() {
            ticket.settle(Outcome::Done);
        }
    }

    /// How many of its events were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl<T> Stream for Events<T> {
    type Item = Result<Event<T>, SubscriptionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.done();
        let read = self.queue.poll(context);
        read.map(|read| read.map(|read| self.item(read)))
    }
}

impl<T> Events<T> {
    /// Ends the stream. The event that was read last, and those that nobody has read, count as left.
    fn leave(&mut self) {
        self.subscription.end();
        self.queue.end(None);
        let mut nobody = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(read)) = self.queue.poll(&mut nobody) {
            drop(read);
        }
        self.reading.take();
    }

    fn item(&mut self, read: Read<Waiting>) -> Result<Event<T>, SubscriptionError> {
        let Waiting { event, ticket } = match read {
            Read::Lagged(dropped, first) => {
                if let Some(Waiting { ticket, .. }) = first {
                    ticket.settle(Outcome::Unwanted);
                }
                return Err(SubscriptionError::Lagged { dropped });
            }
            Read::Overflow => return Err(SubscriptionError::Overflow),
            Read::Failed(cause) => return Err(SubscriptionError::Failed(cause)),
            Read::Item(waiting) => waiting,
        };
        self.subscription.read_on();
        // Kept while it is decoded: that is the application's code, and may trap.
        let ticket = self.reading.insert(ticket);
        match (self.decode)(&event.event_type, &event.data) {
            Ok(data) => Ok(event.map(|_| data)),
            Err(cause) => {
                match self.undecodable {
                    Undecodable::Report => ticket.be(Outcome::Unwanted),
                    Undecodable::End => self.leave(),
                }
                Err(SubscriptionError::Decode(Undecoded { event, cause, more: 0 }))
            }
        }
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

/// Failures outside of the streams of events: a [`Stream`].
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
