//! Server-sent events as Yew hooks, typed. The source belongs to the component that asks for it: it is opened when the
//! component is drawn in a browser, and closed when the component goes. On a server nothing is opened.
//!
#![doc = concat!("```ignore\n", include_str!("../examples/order.rs"), "```")]

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use futures_util::future::abortable;
use serde::de::DeserializeOwned;
use typed_eventsource::{Builder, ConnectionState, Event};
pub use typed_eventsource_follow::SharedError;
use typed_eventsource_follow::{UNOPENED, follow};
use wasm_bindgen_futures::spawn_local;
use yew::{hook, use_effect_with, use_force_update, use_memo};

/// What a view shows of a source. All that comes together draws it once.
#[derive(Debug)]
pub struct EventStream<T>(Rc<RefCell<Seen<T>>>);

#[derive(Debug)]
struct Seen<T> {
    value: T,
    state: ConnectionState,
    error: Option<SharedError>,
}

impl<T> Clone for EventStream<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> EventStream<T> {
    /// The value of the events so far. Look at it while you draw, and let go of it.
    ///
    /// # Panics
    /// Inside `reduce`, which changes the value.
    pub fn value(&self) -> Ref<'_, T> {
        Ref::map(self.0.borrow(), |seen| &seen.value)
    }

    /// The state of the connection.
    pub fn state(&self) -> ConnectionState {
        self.0.borrow().state.clone()
    }

    /// The newest error, until a stream is open again: a source that could not be opened, data that did not decode, lost events.
    pub fn error(&self) -> Option<SharedError> {
        self.0.borrow().error.clone()
    }
}

/// The latest event of a source. See [`use_reduced_events`].
#[hook]
pub fn use_latest<E, D>(
    deps: D,
    connect: impl FnOnce(&D) -> Builder + 'static,
) -> EventStream<Option<Event<E>>>
where
    E: DeserializeOwned + 'static,
    D: Clone + PartialEq + 'static,
{
    use_reduced_events(deps, connect, || None, |latest, event| *latest = Some(event))
}

/// The events of a source, reduced to a value. The enum `E` names the event types, as in
/// [`TypedEventSource::events`](typed_eventsource::TypedEventSource::events).
///
/// With other `deps` the source is closed, another one is opened, and the value begins anew: so a stream that has failed is
/// opened again.
#[hook]
pub fn use_reduced_events<E, T, D>(
    deps: D,
    connect: impl FnOnce(&D) -> Builder + 'static,
    initial: impl FnOnce() -> T,
    reduce: impl Fn(&mut T, Event<E>) + 'static,
) -> EventStream<T>
where
    E: DeserializeOwned + 'static,
    T: 'static,
    D: Clone + PartialEq + 'static,
{
    let update = use_force_update();
    // Made while the component is drawn: no other source's value is shown in the meantime.
    let stream = use_memo(deps.clone(), |_| {
        EventStream(Rc::new(RefCell::new(Seen { value: initial(), state: UNOPENED, error: None })))
    });
    let EventStream(seen) = &*stream;
    let told = seen.clone();
    // Effects run in a browser only.
    use_effect_with(deps, move |deps| {
        let (task, handle) = abortable(follow(connect(deps), move |news| {
            let mut seen = told.borrow_mut();
            if news.changes_error() {
                seen.error = news.error;
            }
            news.events.into_iter().for_each(|event| reduce(&mut seen.value, event));
            if let Some(state) = news.state {
                seen.state = state;
            }
            update.force_update();
        }));
        spawn_local(async {
            // It has ended, or its component has gone.
            let _ = task.await;
        });
        move || handle.abort()
    });
    (*stream).clone()
}
