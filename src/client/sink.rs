//! The client's side of the seam.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use wasm_bindgen::JsValue;
use web_sys::MessageEvent;

use super::Undecoded;
use super::queue::Queue;
use super::router::Router;
use crate::batch::Batch;
use crate::engine::Sink;
use crate::protocol::parser::Event;
use crate::protocol::state::{Cause, ConnectionState};

/// Says whether a failure is worth another attempt: the number of the attempt that failed, and why.
pub(super) type ShouldRetry = Box<dyn Fn(u32, &Cause) -> bool>;

/// Holds what the engine tells.
pub(super) struct Client {
    pub(super) router: Router,
    pub(super) failures: Rc<Failures>,
    pub(super) state: RefCell<ConnectionState>,
    states: Listeners<ConnectionState>,
    should_retry: Option<ShouldRetry>,
}

impl Client {
    pub(super) fn new(router: Router, should_retry: Option<ShouldRetry>) -> Rc<Self> {
        Rc::new(Self {
            router,
            failures: Rc::default(),
            state: RefCell::new(ConnectionState::Connecting { attempt: 1 }),
            states: Listeners::default(),
            should_retry,
        })
    }

    pub(super) fn add_states(&self, queue: &Rc<Queue<ConnectionState>>) {
        queue.push(self.state.borrow().clone());
        if self.router.is_closed() {
            queue.end();
        } else {
            self.states.add(queue);
        }
    }

    pub(super) fn add_errors(&self, queue: &Rc<Queue<Undecoded>>) {
        if self.router.is_closed() {
            queue.end();
        } else {
            self.failures.0.add(queue);
        }
    }
}

impl Sink for Client {
    fn message(&self, event: &MessageEvent) -> bool {
        let (event_type, last_event_id) = (event.type_(), event.last_event_id());
        // A server's events are text. What else a page may dispatch at the object is not theirs.
        let Some(data) = event.data().as_string() else { return false };
        let mut batch = Batch::new(event.origin());
        // The browser does not tell an id of the event's own from one that is carried over.
        let (event_type, data, last_event_id) = (&event_type, &data, &last_event_id);
        batch.push(Event { event_type, data, last_event_id, has_own_id: false });
        self.router.deliver(batch)
    }

    #[cfg(feature = "fetch")]
    fn batch(&self, batch: Batch) -> bool {
        self.router.deliver(batch)
    }

    fn state(&self, state: &ConnectionState) {
        self.state.borrow_mut().clone_from(state);
        let listeners = self.states.all();
        listeners.iter().for_each(|queue| queue.push(state.clone()));
        if let ConnectionState::Closed { .. } = state {
            self.router.close();
            listeners.iter().for_each(|queue| queue.end());
            self.failures.0.all().iter().for_each(|queue| queue.end());
        }
    }

    fn verdict(&self, attempt: u32, cause: &Cause) -> Option<bool> {
        self.should_retry.as_ref().map(|should_retry| should_retry(attempt, cause))
    }

    #[cfg(feature = "fetch")]
    fn headers(&self, headers: &web_sys::Headers) -> Vec<(String, String)> {
        let mut list = Vec::new();
        for entry in headers.entries().into_iter().flatten() {
            let entry = js_sys::Array::from(&entry);
            if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
                list.push((name, value));
            }
        }
        list
    }
}

/// Where handlers' events go that could not be decoded.
#[derive(Default)]
pub(super) struct Failures(Listeners<Undecoded>);

impl Failures {
    /// To whoever reads [`errors`](super::TypedEventSource::errors), else to the console: nothing is
    /// swallowed.
    pub(super) fn report(&self, undecoded: Undecoded) {
        match self.0.all().first() {
            Some(queue) => queue.push(undecoded),
            None => web_sys::console::error_1(&JsValue::from_str(&undecoded.to_string())),
        }
    }
}

/// The queues of streams that are still held.
struct Listeners<T>(RefCell<Vec<Weak<Queue<T>>>>);

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Listeners<T> {
    fn add(&self, queue: &Rc<Queue<T>>) {
        let mut queues = self.0.borrow_mut();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Rc::downgrade(queue));
    }

    fn all(&self) -> Vec<Rc<Queue<T>>> {
        self.0.borrow().iter().filter_map(Weak::upgrade).collect()
    }
}
