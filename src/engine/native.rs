//! The part of the engine that is for the browser's EventSource alone.

use wasm_bindgen::JsValue;

use super::received::{self, Received};
use super::running::{Core, Running};
use crate::js::global;
use crate::protocol::connection::AttemptId;
use crate::protocol::parser::EventBytes;
use crate::transport::event_source::{EventSourceTransport, Listening};
use crate::transport::{Active, Message, page};

impl Running {
    pub(super) fn open_event_source(&self, id: AttemptId, url: &str) -> Result<Active, JsValue> {
        let last_event_id = {
            let mut core = self.core.borrow_mut();
            core.heard_id = None;
            core.connection.last_event_id().to_owned()
        };
        // Without a borrow: the page may have put an EventSource of its own in place of the browser's.
        let with_credentials = self.options.with_credentials;
        let source = EventSourceTransport::open(url, with_credentials, &last_event_id, self.reporter(id))?;
        Ok(Active::EventSource(source))
    }

    /// Tells the EventSource that is held for this attempt all event types that are wanted by now.
    pub(super) fn listen_to_all(&self, id: AttemptId) {
        let (listening, types) = {
            let core = self.core.borrow();
            (core.listening(Some(id)), core.types.clone())
        };
        let Some(listening) = listening else { return };
        for event_type in &types {
            // Fails only if it is no EventTarget, which has failed before.
            let _ = listening.listen(event_type);
        }
    }

    pub(super) fn listen(&self, event_type: &str) {
        let listening = {
            let mut core = self.core.borrow_mut();
            let is_new = core.types.insert(event_type.into());
            core.listening(None).filter(|_| is_new)
        };
        if let Some(listening) = listening {
            let _ = listening.listen(event_type);
        }
    }

    pub(super) fn unlisten(&self, event_type: &str) {
        let listening = {
            let mut core = self.core.borrow_mut();
            let was_there = core.types.remove(event_type);
            core.listening(None).filter(|_| was_there)
        };
        if let Some(listening) = listening {
            listening.unlisten(event_type);
        }
    }

    pub(super) fn message(&self, id: AttemptId, message: Message) {
        page::look();
        let is_waited_for = {
            let core = self.core.borrow();
            if !core.connection.is_current(id) {
                return;
            }
            core.connection.poll_timeout().is_some()
        };
        // The time of an event matters only if a timer waits for it, and costs a call for each event.
        let now = is_waited_for.then(global::now);
        let received = {
            let mut core = self.core.borrow_mut();
            if let Some(now) = now {
                core.connection.handle_received(id, now);
            }
            core.read(message)
        };
        self.gather(received);
    }
}

impl Core {
    /// Of the attempt in use, or of this one if it is in use.
    fn listening(&self, id: Option<AttemptId>) -> Option<Listening> {
        match &self.active {
            Some((current, Active::EventSource(source))) if id.is_none_or(|id| id == *current) => {
                Some(source.listening())
            }
            _ => None,
        }
    }

    /// An event of the browser's EventSource.
    fn read(&mut self, message: Message) -> Received {
        let Message { event_type, data, last_event_id, origin } = message;
        let mut received = Received::new(&origin, &self.spare, self.resuming.asked());
        let event = EventBytes {
            event_type: event_type.as_bytes(),
            data: data.as_bytes(),
            last_event_id: last_event_id.as_bytes(),
            // The browser does not tell an id of the event's own from one that is carried over.
            has_own_id: false,
            id_generation: 0,
        };
        if let Some(is_behind) = received::admit(&mut self.resuming, &mut received.gaps, 0, &event) {
            received.batch.take(&event_type, data, &last_event_id, is_behind);
        }
        received.reused = self.resuming.take_reused();
        self.resuming.share_last(&last_event_id);
        self.heard_id = Some(last_event_id);
        received
    }

    /// The connection learns of a last event ID over the browser's EventSource when it matters, not with each event.
    pub(super) fn note_last_event_id(&mut self) {
        if let Some((id, Active::EventSource(_))) = &self.active
            && let Some(last_event_id) = &self.heard_id
            && !self.resuming.is_old(last_event_id)
        {
            self.connection.handle_last_event_id(*id, last_event_id);
        }
    }
}
