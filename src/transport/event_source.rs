//! The browser's own [`EventSource`].

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventSource, EventSourceInit, MessageEvent, MessageEventInit};

use super::{Counted, Report};
use crate::protocol::state::Cause;

/// One EventSource and its single callback, which listens to every event type wanted.
pub(crate) struct EventSourceTransport {
    source: EventSource,
    callback: Closure<dyn Fn(Event)>,
    last_message: Rc<RefCell<Option<MessageEvent>>>,
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
        let source = EventSource::new_with_event_source_init_dict(url, &init)?;
        let last_message = Rc::new(RefCell::new(None));
        let callback = Closure::new({
            let source = source.clone();
            let last_message = Rc::clone(&last_message);
            let carried = RefCell::new(last_event_id.to_owned());
            let counted = Counted::new();
            move |event: Event| {
                let _ = &counted;
                // A server may send events named `open` and `error`: those are messages.
                match event.dyn_into::<MessageEvent>() {
                    Ok(message) => {
                        let message = carry_over(&carried, message);
                        *last_message.borrow_mut() = Some(message.clone());
                        report(Report::Message(message));
                    }
                    Err(event) if event.type_() == "open" => report(Report::Opened),
                    Err(_) if source.ready_state() == EventSource::CLOSED => {
                        report(Report::Failed(Cause::Refused));
                    }
                    Err(_) => report(Report::Interrupted),
                }
            }
        });
        let transport = Self { source, callback, last_message };
        transport.listen("open")?;
        transport.listen("error")?;
        Ok(transport)
    }

    /// Adds the listener for an event type; a second time changes nothing.
    pub(crate) fn listen(&self, event_type: &str) -> Result<(), JsValue> {
        self.source.add_event_listener_with_callback(event_type, self.callback.as_ref().unchecked_ref())
    }

    /// Takes the listener for an event type away, unless it is needed for the source itself.
    pub(crate) fn unlisten(&self, event_type: &str) {
        if !matches!(event_type, "open" | "error") {
            self.remove(event_type);
        }
    }

    /// The last event ID as far as it shows: a browser tells it with the next event that somebody
    /// listens to. Read only when it is needed, since it costs a string.
    pub(crate) fn last_event_id(&self) -> Option<String> {
        self.last_message.borrow().as_ref().map(MessageEvent::last_event_id)
    }

    fn remove(&self, event_type: &str) {
        // Fails only for what is no EventTarget.
        let _ = self
            .source
            .remove_event_listener_with_callback(event_type, self.callback.as_ref().unchecked_ref());
    }
}

/// A new EventSource begins without a last event ID, although the stream goes on with one: until the
/// server sends another, its events carry that. An `id` that is empty looks the same until then.
fn carry_over(last_event_id: &RefCell<String>, message: MessageEvent) -> MessageEvent {
    let mut carried = last_event_id.borrow_mut();
    if carried.is_empty() {
        return message;
    }
    if !message.last_event_id().is_empty() {
        carried.clear();
        return message;
    }
    let init = MessageEventInit::new();
    init.set_data(&message.data());
    init.set_origin(&message.origin());
    init.set_last_event_id(&carried);
    MessageEvent::new_with_event_init_dict(&message.type_(), &init).unwrap_or(message)
}

impl Drop for EventSourceTransport {
    fn drop(&mut self) {
        self.source.close();
        self.remove("open");
        self.remove("error");
    }
}
