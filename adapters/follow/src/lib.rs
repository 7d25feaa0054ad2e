//! The adapters for Leptos, Yew and Dioxus are made of this crate. It follows a source as long as a view lives.
//! An application uses the adapter of its framework.

use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use typed_eventsource::{
    Builder, CloseReason, ConnectionState, Event, Events, SubscriptionError, TypedEventSource,
};

/// An error that a view can keep and show.
pub type SharedError = Arc<dyn Error + Send + Sync>;

/// The state of a source that has not been opened yet.
pub const UNOPENED: ConnectionState = ConnectionState::Connecting { attempt: 1 };

/// The news of a source since the last time: a view changes once for all of it.
#[derive(Debug)]
pub struct News<E> {
    /// The events in the order in which they came.
    pub events: Vec<Event<E>>,
    /// The newest error: a source that could not be opened, data that did not decode, lost events.
    pub error: Option<SharedError>,
    /// The newest state, if it has changed.
    pub state: Option<ConnectionState>,
}

impl<E> Default for News<E> {
    fn default() -> Self {
        Self { events: Vec::new(), error: None, state: None }
    }
}

impl<E> News<E> {
    /// Whether the error that a view shows is another one now, or none: an old one goes when a stream is open.
    #[must_use]
    pub fn changes_error(&self) -> bool {
        self.error.is_some() || matches!(self.state, Some(ConnectionState::Open { .. }))
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.error.is_none() && self.state.is_none()
    }

    fn add(&mut self, item: Result<Event<E>, SubscriptionError>) {
        match item {
            Ok(event) => self.events.push(event),
            Err(error) => self.error = Some(Arc::new(error)),
        }
    }
}

/// Opens a source, and tells its news until it is closed. Whoever drops the future closes the source.
pub async fn follow<E: DeserializeOwned + 'static>(source: Builder, mut tell: impl FnMut(News<E>)) {
    let (source, mut events) = match open::<E>(source) {
        Ok(opened) => opened,
        Err(error) => {
            let reason = CloseReason::StartFailed(error.to_string());
            let state = Some(ConnectionState::Closed { reason });
            return tell(News { error: Some(Arc::new(error)), state, ..News::default() });
        }
    };
    let mut states = source.states();
    let mut is_over = false;
    while !is_over {
        let news = poll_fn(|context| {
            let mut news = News::default();
            // All events before the state that follows them.
            let events_end = drain(&mut events, context, |item| news.add(item));
            let states_end = drain(&mut states, context, |state| news.state = Some(state));
            is_over = events_end && states_end;
            if is_over || !news.is_empty() { Poll::Ready(news) } else { Poll::Pending }
        })
        .await;
        if !news.is_empty() {
            tell(news);
        }
    }
}

fn open<E: DeserializeOwned + 'static>(
    source: Builder,
) -> Result<(TypedEventSource, Events<E>), typed_eventsource::Error> {
    let source = source.open()?;
    let events = source.events()?;
    Ok((source, events))
}

/// Takes what a stream has, and says whether it has ended.
fn drain<S: Stream + Unpin>(
    stream: &mut S,
    context: &mut Context<'_>,
    mut take: impl FnMut(S::Item),
) -> bool {
    loop {
        match stream.poll_next_unpin(context) {
            Poll::Ready(Some(item)) => take(item),
            Poll::Ready(None) => return true,
            Poll::Pending => return false,
        }
    }
}
