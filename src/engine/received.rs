//! What is handed over the seam.

use web_sys::MessageEvent;

use super::resuming::Resuming;
use super::{Core, Running};
use crate::batch::{Batch, Gap};
use crate::protocol::parser::Event;

pub(super) struct Received {
    pub(super) batch: Batch,
    gaps: Vec<Gap>,
}

impl Received {
    pub(super) fn new(origin: String) -> Self {
        Self { batch: Batch::new(origin), gaps: Vec::new() }
    }

    /// Adds an event, unless it has come before.
    pub(super) fn add(&mut self, resuming: &mut Resuming, event: &Event<'_>) {
        let (is_new, gap) = resuming.admit(event);
        self.gaps.extend(gap);
        if is_new {
            // An empty id of its own sets the stream back on purpose.
            let resets = event.has_own_id && event.last_event_id.is_empty();
            self.batch.push(event, resuming.is_behind() && !resets);
        }
    }
}

impl Core {
    /// An event of the browser's EventSource.
    pub(super) fn read(&mut self, event: &MessageEvent) -> Option<Received> {
        let (event_type, last_event_id) = (event.type_(), event.last_event_id());
        // A server's events are text. What else a page may dispatch at the object is not theirs.
        let data = event.data().as_string()?;
        let (event_type, data, last_event_id) = (&*event_type, &*data, &*last_event_id);
        let mut received = Received::new(event.origin());
        // The browser does not tell an id of the event's own from one that is carried over.
        received.add(&mut self.resuming, &Event { event_type, data, last_event_id, has_own_id: false });
        Some(received)
    }
}

impl Running {
    /// Says whether that was the end.
    pub(super) fn hand_over(&self, Received { batch, gaps }: Received) -> bool {
        gaps.into_iter().for_each(|gap| self.sink.gap(gap));
        let reason = if batch.is_empty() { None } else { self.sink.batch(batch) };
        let is_end = reason.is_some();
        if let Some(reason) = reason {
            self.gathered.take();
            self.with_connection(|connection| connection.close(reason));
        }
        is_end
    }
}
