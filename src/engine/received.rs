//! What is to be handed over the seam, in the order of the stream.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use super::resuming::Resuming;
use crate::batch::{Batch, Gap, Member, Spare};
use crate::protocol::connection::LONGEST_SENT_ID;
use crate::protocol::parser::EventBytes;

/// The events of one chunk, or one event over the browser's EventSource, and the gaps among them.
pub(super) struct Received {
    pub(super) batch: Batch,
    /// The places of the events that tell of a gap.
    pub(super) gaps: VecDeque<usize>,
    /// Where the connection that they came over was to go on: by the time that a gap is told there may be another.
    asked: Rc<str>,
    /// How many events have been handed over.
    done: usize,
}

/// What goes over the seam at a time.
pub(super) enum Part {
    Events(Batch),
    Gap(Gap),
}

impl Received {
    pub(super) fn new(origin: &Arc<str>, spare: &Spare, asked: Rc<str>) -> Self {
        Self { batch: Batch::new(origin, spare), gaps: VecDeque::new(), asked, done: 0 }
    }

    /// The next part; nothing comes after the events that tell of no gap.
    pub(super) fn next(&mut self) -> Option<Part> {
        let events = match self.gaps.front() {
            Some(place) => place - self.done,
            None => self.batch.len(),
        };
        // A last event ID without an event is a part too.
        if events == self.batch.len() && self.batch.is_empty() {
            return None;
        }
        if events == 0 && self.gaps.pop_front().is_some() {
            return Some(Part::Gap(self.gap()));
        }
        let rest = self.batch.split_off(events);
        self.done += events;
        Some(Part::Events(std::mem::replace(&mut self.batch, rest)))
    }

    /// The gap that the next event tells of.
    fn gap(&self) -> Gap {
        let told = self.batch.get(0).filter(|event| event.last_event_id_length() <= LONGEST_SENT_ID);
        let got = told.map(Member::last_event_id).filter(|got| **got != *self.asked);
        Gap { asked: String::from(&*self.asked), got: got.unwrap_or_default().into_owned() }
    }
}

/// Whether an event is behind; `None` if it has come before. Takes note of the gap that it tells of: `place` is the
/// event's own among those that are admitted.
// As one with the parser's loop: a call for each event costs more than all that most of them need here.
#[inline(always)]
pub(super) fn admit(
    resuming: &mut Resuming,
    gaps: &mut VecDeque<usize>,
    place: usize,
    event: &EventBytes<'_>,
) -> Option<bool> {
    let (is_new, is_gap) = resuming.admit(event);
    if is_new && is_gap {
        gaps.push_back(place);
    }
    // An empty id of its own sets the stream back on purpose.
    let resets = event.has_own_id && event.last_event_id.is_empty();
    is_new.then(|| resuming.is_behind() && !resets)
}
