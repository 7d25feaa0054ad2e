//! What is handed over the seam.

use std::sync::Arc;

use super::resuming::Resuming;
use super::{Core, Running};
use crate::batch::{Batch, Gap, Spare};
use crate::protocol::parser::EventBytes;
use crate::transport::event_source::Message;

pub(super) struct Received {
    pub(super) batch: Batch,
    pub(super) gaps: Vec<Gap>,
    /// The id that came with another event than before.
    pub(super) reused: Option<String>,
}

impl Received {
    pub(super) fn new(origin: &Arc<str>, spare: &Spare) -> Self {
        Self { batch: Batch::new(origin, spare), gaps: Vec::new(), reused: None }
    }
}

/// Whether an event is behind; `None` if it has come before. Takes note of the gap that it tells of.
// As one with the parser's loop: a call for each event costs more than all that most of them need here.
#[inline(always)]
pub(super) fn admit(resuming: &mut Resuming, gaps: &mut Vec<Gap>, event: &EventBytes<'_>) -> Option<bool> {
    let (is_new, gap) = resuming.admit(event);
    if let Some(gap) = gap {
        gaps.push(gap);
    }
    // An empty id of its own sets the stream back on purpose.
    let resets = event.has_own_id && event.last_event_id.is_empty();
    is_new.then(|| resuming.is_behind() && !resets)
}

impl Core {
    /// An event of the browser's EventSource.
    pub(super) fn read(&mut self, message: Message) -> Received {
        let Message { event_type, data, last_event_id, origin } = message;
        let mut received = Received::new(&origin, &self.spare);
        if let Some(data) = data {
            let event = EventBytes {
                event_type: event_type.as_bytes(),
                data: data.as_bytes(),
                last_event_id: last_event_id.as_bytes(),
                // The browser does not tell an id of the event's own from one that is carried over.
                has_own_id: false,
                id_generation: 0,
            };
            if let Some(is_behind) = admit(&mut self.resuming, &mut received.gaps, &event) {
                received.batch.take(&event_type, data, &last_event_id, is_behind);
            }
        }
        received.reused = self.resuming.take_reused();
        self.heard_id = Some(last_event_id);
        received
    }
}

impl Running {
    /// Says whether that was the end.
    pub(super) fn hand_over(&self, Received { batch, gaps, reused }: Received) -> bool {
        gaps.into_iter().for_each(|gap| self.sink.gap(gap));
        if let Some(id) = reused {
            self.sink.reused(&id);
        }
        let reason = if batch.is_empty() { None } else { self.sink.batch(batch) };
        let is_end = reason.is_some();
        if let Some(reason) = reason {
            self.gathered.take();
            self.with_connection(|connection| connection.close(reason));
        }
        is_end
    }
}
