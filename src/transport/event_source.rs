//! The browser's own [`EventSource`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventSource, EventSourceInit, MessageEvent};

use super::{Counted, Report};
use crate::protocol::state::Cause;

/// An event, as the browser has it.
pub(crate) struct Message {
    pub(crate) event_type: Rc<str>,
    /// `None` if it is no text: a page has dispatched the event, and not a server.
    pub(crate) data: Option<String>,
    pub(crate) last_event_id: String,
    pub(crate) origin: Arc<str>,
}

type Callback = Closure<dyn Fn(Event)>;

/// One EventSource and its callbacks.
pub(crate) struct EventSourceTransport {
    inner: Rc<Inner>,
    /// Listens to what the object itself has to say.
    callback: Callback,
    /// One for each event type wanted: so that no event has to be asked for its own.
    messages: RefCell<BTreeMap<Rc<str>, Callback>>,
}

struct Inner {
    source: EventSource,
    /// A new EventSource begins without a last event ID, although the stream goes on with one: until the
    /// server sends another, its events carry that. An `id` that is empty looks the same until then.
    carried: RefCell<String>,
    /// The same for all events until the connection is reestablished.
    origin: RefCell<Option<Arc<str>>>,
    report: Box<dyn Fn(Report)>,
}

impl EventSourceTransport {
    pub(crate) fn open(
        url: &str,
        with_credentials: bool,
        last_event_id: &str,
        report: impl Fn(Report) + 'static,
    ) -> Result<Self, JsValue> {
        let init = EventSourceInit::new();
        init.set_with_credentials(with_credentials);
        let inner = Rc::new(Inner {
            source: EventSource::new_with_event_source_init_dict(url, &init)?,
            carried: RefCell::new(last_event_id.to_owned()),
            origin: RefCell::default(),
            report: Box::new(report),
        });
        let callback = callback(&inner, |inner, event| {
            // A server may send events named `open` and `error`: those are messages.
            match event.dyn_into::<MessageEvent>() {
                Ok(message) => inner.message(&message.type_().into(), &message),
                Err(event) if event.type_() == "open" => {
                    inner.origin.take();
                    (inner.report)(Report::Opened);
                }
                Err(_) if inner.source.ready_state() == EventSource::CLOSED => {
                    (inner.report)(Report::Failed(Cause::Refused));
                }
                Err(_) => (inner.report)(Report::Interrupted),
            }
        });
        let transport = Self { inner, callback, messages: RefCell::default() };
        for event_type in OWN {
            transport.inner.add(event_type, &transport.callback)?;
        }
        Ok(transport)
    }

    /// Adds the listener for an event type; a second time changes nothing.
    pub(crate) fn listen(&self, event_type: &str) -> Result<(), JsValue> {
        let mut messages = self.messages.borrow_mut();
        if OWN.contains(&event_type) || messages.contains_key(event_type) {
            return Ok(());
        }
        let name: Rc<str> = event_type.into();
        let callback = callback(&self.inner, {
            let name = Rc::clone(&name);
            move |inner, event| inner.message(&name, event.unchecked_ref())
        });
        self.inner.add(event_type, &callback)?;
        messages.insert(name, callback);
        Ok(())
    }

    /// Takes the listener for an event type away, unless it is needed for the source itself.
    pub(crate) fn unlisten(&self, event_type: &str) {
        let callback = self.messages.borrow_mut().remove(event_type);
        callback.iter().for_each(|callback| self.inner.remove(event_type, callback));
    }
}

/// The event types of the object itself.
const OWN: [&str; 2] = ["open", "error"];

fn callback(inner: &Rc<Inner>, take: impl Fn(&Inner, Event) + 'static) -> Callback {
    let (inner, counted) = (Rc::clone(inner), Counted::new());
    Closure::new(move |event| {
        let _ = &counted;
        take(&inner, event);
    })
}

impl Inner {
    fn message(&self, event_type: &Rc<str>, event: &MessageEvent) {
        // Asked for before anything is borrowed: an event that is none of a server's may throw.
        let (data, mut last_event_id) = (event.data().as_string(), event.last_event_id());
        let known = self.origin.borrow().clone();
        let origin = known.unwrap_or_else(|| event.origin().into());
        *self.origin.borrow_mut() = Some(Arc::clone(&origin));
        {
            let mut carried = self.carried.borrow_mut();
            if !last_event_id.is_empty() {
                carried.clear();
            } else if !carried.is_empty() {
                last_event_id.clone_from(&carried);
            }
        }
        let event_type = Rc::clone(event_type);
        (self.report)(Report::Message(Message { event_type, data, last_event_id, origin }));
    }

    fn add(&self, event_type: &str, callback: &Callback) -> Result<(), JsValue> {
        self.source.add_event_listener_with_callback(event_type, callback.as_ref().unchecked_ref())
    }

    fn remove(&self, event_type: &str, callback: &Callback) {
        // Fails only for what is no EventTarget.
        let _ =
            self.source.remove_event_listener_with_callback(event_type, callback.as_ref().unchecked_ref());
    }
}

impl Drop for EventSourceTransport {
    fn drop(&mut self) {
        self.inner.source.close();
        OWN.iter().for_each(|event_type| self.inner.remove(event_type, &self.callback));
        for (event_type, callback) in &*self.messages.borrow() {
            self.inner.remove(event_type, callback);
        }
    }
}
