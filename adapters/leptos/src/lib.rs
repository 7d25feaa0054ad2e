//! Server-sent events as Leptos signals, typed. The source belongs to the component that asks for it: it is opened when
//! the component runs in a browser, and closed when the component goes. On a server nothing is opened.
//!
#![doc = concat!("```ignore\n", include_str!("../examples/order.rs"), "```")]

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use serde::de::DeserializeOwned;
use typed_eventsource::{Builder, ConnectionState, Event};
pub use typed_eventsource_follow::SharedError;
use typed_eventsource_follow::{UNOPENED, follow};

/// What a view shows of a source. All that comes together changes it once.
#[derive(Debug)]
pub struct EventStream<T: 'static> {
    /// The value of the events so far.
    pub value: ReadSignal<T>,
    /// The state of the connection.
    pub state: ReadSignal<ConnectionState>,
    /// The newest error, until a stream is open again: a source that could not be opened, data that did not decode, lost events.
    pub error: ReadSignal<Option<SharedError>>,
}

impl<T> Clone for EventStream<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for EventStream<T> {}

/// The latest event of a source. See [`use_reduced_events`].
pub fn use_latest<E: DeserializeOwned + Send + Sync + 'static>(
    connect: impl Fn() -> Builder + 'static,
) -> EventStream<Option<Event<E>>> {
    use_reduced_events(connect, || None, |latest, event| *latest = Some(event))
}

/// The events of a source, reduced to a value. The enum `E` names the event types, as in
/// [`TypedEventSource::events`](typed_eventsource::TypedEventSource::events).
///
/// If a signal that `connect` reads changes, the source is closed, another one is opened, and the value begins anew: so a
/// stream that has failed is opened again.
pub fn use_reduced_events<E: DeserializeOwned + 'static, T: Send + Sync + 'static>(
    connect: impl Fn() -> Builder + 'static,
    initial: impl Fn() -> T + 'static,
    reduce: impl Fn(&mut T, Event<E>) + 'static,
) -> EventStream<T> {
    let (value, set_value) = signal(untrack(&initial));
    let (state, set_state) = signal(UNOPENED);
    let (error, set_error) = signal(None);
    let reduce = Rc::new(reduce);
    // Effects run in a browser only.
    Effect::new(move |is_again: Option<()>| {
        let source = connect();
        if is_again.is_some() {
            set_value.set(untrack(&initial));
            set_state.set(UNOPENED);
            set_error.set(None);
        }
        let reduce = reduce.clone();
        // Ends with the effect's owner: when the component goes, and before the effect runs again.
        spawn_local_scoped_with_cancellation(follow(source, move |news| {
            if news.changes_error() {
                set_error.set(news.error);
            }
            if !news.events.is_empty() {
                // The effect is not to run again for a signal that is read in here.
                let reduce = |value: &mut T| news.events.into_iter().for_each(|event| reduce(value, event));
                untrack(|| set_value.update(reduce));
            }
            if let Some(state) = news.state {
                set_state.set(state);
            }
        }));
    });
    EventStream { value, state, error }
}
