//! Server-sent events as Dioxus signals, typed. The source belongs to the component that asks for it: it is opened when
//! the component is drawn in a browser, and closed when the component goes. On a server nothing is opened.
//!
#![doc = concat!("```ignore\n", include_str!("../examples/order.rs"), "```")]

use std::rc::Rc;

use dioxus::core::Task;
use dioxus::prelude::*;
use serde::de::DeserializeOwned;
use typed_eventsource::{Builder, ConnectionState, Event};
pub use typed_eventsource_follow::SharedError;
use typed_eventsource_follow::{News, UNOPENED, follow};

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
pub fn use_latest<E: DeserializeOwned + 'static>(
    connect: impl Fn() -> Builder + 'static,
) -> EventStream<Option<Event<E>>> {
    use_reduced_events(connect, || None, |latest, event| *latest = Some(event))
}

/// The events of a source, reduced to a value. The enum `E` names the event types, as in
/// [`TypedEventSource::events`](typed_eventsource::TypedEventSource::events).
///
/// If a signal that `connect` reads changes, the source is closed, another one is opened, and the value begins anew: so a
/// stream that has failed is opened again.
pub fn use_reduced_events<E: DeserializeOwned + 'static, T: 'static>(
    connect: impl Fn() -> Builder + 'static,
    initial: impl Fn() -> T + 'static,
    reduce: impl Fn(&mut T, Event<E>) + 'static,
) -> EventStream<T> {
    let initial = use_hook(|| Rc::new(initial));
    let mut value = use_signal(&*initial);
    let mut state = use_signal(|| UNOPENED);
    let mut error = use_signal(|| None::<SharedError>);
    let mut task = use_hook(|| CopyValue::new(None::<Task>));
    let reduce = use_hook(|| Rc::new(reduce));
    // Effects run in a browser only.
    use_effect(move || {
        let source = connect();
        let old = task.take();
        if let Some(old) = &old {
            old.cancel();
            state.set(UNOPENED);
            error.set(None);
        }
        let (initial, reduce) = (initial.clone(), reduce.clone());
        // Ends with the component. The effect does not run again for a signal that is read in here.
        task.set(Some(spawn(async move {
            if old.is_some() {
                value.set(initial());
            }
            let tell = move |news: News<E>| {
                if news.changes_error() {
                    error.set(news.error);
                }
                if !news.events.is_empty() {
                    value.with_mut(|value| news.events.into_iter().for_each(|event| reduce(value, event)));
                }
                if let Some(newest) = news.state {
                    state.set(newest);
                }
            };
            follow(source, tell).await;
        })));
    });
    EventStream { value: value.into(), state: state.into(), error: error.into() }
}
