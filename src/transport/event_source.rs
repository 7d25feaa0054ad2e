//! The browser's own [`EventSource`](https://developer.mozilla.org/docs/Web/API/EventSource), or what a page has put
//! in its place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::prelude::*;
use web_sys::EventSourceInit;

use super::report::{Message, Report};
use crate::js::{Counted, global};
use crate::protocol::state::Cause;

#[wasm_bindgen]
extern "C" {
    // Those of web-sys take it that none of this throws, and that events are of the browser's classes.
    #[wasm_bindgen(js_name = EventSource)]
    type Native;

    #[wasm_bindgen(catch, constructor, js_class = "EventSource")]
    fn new(url: &str, init: &EventSourceInit) -> Result<Native, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Native) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, getter, js_name = readyState)]
    fn ready_state(this: &Native) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    fn add(this: &Native, event_type: &str, callback: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = removeEventListener)]
    fn remove(this: &Native, event_type: &str, callback: &JsValue) -> Result<(), JsValue>;

    /// Any event; a page can dispatch those of its own.
    type Heard;

    #[wasm_bindgen(method, catch, getter)]
    fn data(this: &Heard) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, getter, js_name = lastEventId)]
    fn last_event_id(this: &Heard) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, getter)]
    fn origin(this: &Heard) -> Result<JsValue, JsValue>;
}

/// The value of `EventSource.CLOSED`.
const CLOSED: f64 = 2.0;

type Callback = Closure<dyn Fn(Heard)>;

/// One EventSource and its callbacks.
pub(crate) struct EventSourceTransport(Rc<Inner>);

/// Adds and takes away listeners, without a borrow of the transport's owner.
#[derive(Clone)]
pub(crate) struct Listening(Rc<Inner>);

struct Inner {
    source: Native,
    /// One for each event type wanted: so that no event has to be asked for its own. Empty in the end.
    callbacks: RefCell<BTreeMap<Rc<str>, Callback>>,
    /// A new EventSource begins without a last event ID, although the stream goes on with one: until the
    /// server sends another, its events carry that. An `id` that is empty looks the same until then.
    carried: RefCell<Arc<str>>,
    /// The last event ID of the newest event, as it came and as events share it: it may be long.
    heard_id: RefCell<(JsValue, Arc<str>)>,
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
        let inner = Inner {
            source: Native::new(url, &init)?,
            callbacks: RefCell::default(),
            carried: RefCell::new(last_event_id.into()),
            heard_id: RefCell::default(),
            origin: RefCell::default(),
            report: Box::new(report),
        };
        let transport = Self(Rc::new(inner));
        for event_type in OWN {
            transport.listening().listen(event_type)?;
        }
        Ok(transport)
    }

    pub(crate) fn listening(&self) -> Listening {
        Listening(Rc::clone(&self.0))
    }
}

impl Drop for EventSourceTransport {
    fn drop(&mut self) {
        // Whatever a page's own EventSource says to that: it is let go of.
        let _ = self.0.source.close();
        let callbacks = self.0.callbacks.take();
        for (event_type, callback) in &callbacks {
            let _ = self.0.source.remove(event_type, callback.as_ref());
        }
    }
}

/// The event types of the object itself.
const OWN: [&str; 2] = ["open", "error"];

impl Listening {
    /// Adds the listener for an event type; a second time changes nothing.
    pub(crate) fn listen(&self, event_type: &str) -> Result<(), JsValue> {
        if self.0.callbacks.borrow().contains_key(event_type) {
            return Ok(());
        }
        let name: Rc<str> = event_type.into();
        let callback = callback(&self.0, Rc::clone(&name));
        let function = callback.as_ref().clone();
        // Before the call, which may be one of the application's and ask for the same.
        self.0.callbacks.borrow_mut().insert(name, callback);
        self.0.source.add(event_type, &function).inspect_err(|_| self.forget(event_type))
    }

    /// Takes the listener for an event type away, unless it is needed for the source itself.
    pub(crate) fn unlisten(&self, event_type: &str) {
        let is_own = OWN.contains(&event_type);
        let function =
            self.0.callbacks.borrow().get(event_type).filter(|_| !is_own).map(|of| of.as_ref().clone());
        if let Some(function) = function {
            let _ = self.0.source.remove(event_type, &function);
            self.forget(event_type);
        }
    }

    fn forget(&self, event_type: &str) {
        let callback = self.0.callbacks.borrow_mut().remove(event_type);
        drop(callback);
    }
}

fn callback(inner: &Rc<Inner>, event_type: Rc<str>) -> Callback {
    let (inner, counted) = (Rc::downgrade(inner), Counted::new());
    Closure::new(move |event| {
        let _ = &counted;
        if let Some(inner) = inner.upgrade() {
            inner.hear(&event_type, &event);
        }
    })
}

impl Inner {
    fn hear(&self, event_type: &Rc<str>, event: &Heard) {
        // A server may send events named `open` and `error`. They have data, which is a string; other events are not a
        // server's, whatever their class: a page can dispatch any, and its own EventSource has classes of its own.
        match text(event.data()) {
            Some(data) => self.message(event_type, data, event),
            None if &**event_type == "open" => {
                self.origin.take();
                (self.report)(Report::Opened);
            }
            None if &**event_type == "error" => (self.report)(self.failure()),
            None => {}
        }
    }

    fn failure(&self) -> Report {
        match self.source.ready_state() {
            Ok(state) if state.as_f64() == Some(CLOSED) => Report::Failed(Cause::Refused),
            Ok(_) => Report::Interrupted,
            Err(thrown) => Report::Failed(Cause::Network { message: global::message(&thrown) }),
        }
    }

    fn message(&self, event_type: &Rc<str>, data: String, event: &Heard) {
        let mut last_event_id = self.last_event_id(event);
        let known = self.origin.borrow().clone();
        let origin = known.unwrap_or_else(|| {
            let origin: Arc<str> = text(event.origin()).unwrap_or_default().into();
            self.origin.replace(Some(Arc::clone(&origin)));
            origin
        });
        {
            let mut carried = self.carried.borrow_mut();
            if !last_event_id.is_empty() {
                *carried = Arc::default();
            } else if !carried.is_empty() {
                last_event_id = Arc::clone(&carried);
            }
        }
        let event_type = Rc::clone(event_type);
        (self.report)(Report::Message(Message { event_type, data, last_event_id, origin }));
    }

    fn last_event_id(&self, event: &Heard) -> Arc<str> {
        // Without a borrow: the event may be the application's.
        let value = event.last_event_id().unwrap_or_default();
        let mut heard = self.heard_id.borrow_mut();
        if heard.0 != value {
            let id = value.as_string().unwrap_or_default().into();
            *heard = (value, id);
        }
        Arc::clone(&heard.1)
    }
}

fn text(value: Result<JsValue, JsValue>) -> Option<String> {
    value.ok()?.as_string()
}
