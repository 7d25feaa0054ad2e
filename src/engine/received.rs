//! The events and gaps that are to be handed over the seam, in the order of the stream.

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
    /// The id that came with another event than before.
    pub(super) reused: Option<String>,
    /// Where the connection that they came over was to go on: by the time that a gap is told there may be another.
    asked: Rc<str>,
    /// How many events have been handed over.
    done: usize,
}

/// A part that goes over the seam at a time.
pub(super) enum Part {
    Events(Batch),
    Gap(Gap),
    Reused(String),
}

impl Received {
    pub(super) fn new(origin: &Arc<str>, spare: &Spare, asked: Rc<str>) -> Self {
        Self { batch: Batch::new(origin, spare), gaps: VecDeque::new(), reused: None, asked, done: 0 }
    }

    /// The next part.
    pub(super) fn next(&mut self) -> Option<Part> {
        if let Some(id) = self.reused.take() {
            return Some(Part::Reused(id));
        }
        let Some(place) = self.gaps.front() else {
            // All that is left; a last event ID without an event is a part too.
            let rest = self.batch.split_off(0);
            return (!rest.is_empty()).then_some(Part::Events(rest));
        };
        let events = place - self.done;
        if events == 0 {
            self.gaps.pop_front();
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

#[cfg(all(test, feature = "fetch", not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::batch::Incoming;
    use crate::engine::resuming::Rules;
    use crate::protocol::parser::Parser;
    use crate::protocol::state::Transport;

    /// What is handed over of a chunk: ids of events, gaps in brackets, and the last event ID that is left.
    fn parts(chunk: &str) -> Vec<String> {
        let rules = Rules { drop_replays: None, gap_event: Some("gap".into()), gap_headers: Vec::new() };
        let mut resuming = Resuming::new(rules, 1);
        resuming.handle_open(Transport::Fetch, "0");
        let mut received = Received::new(&"".into(), &Spare::default(), resuming.asked());
        let Received { batch, gaps, .. } = &mut received;
        let (mut incoming, mut place) = (Incoming::new(Parser::with_last_event_id("0")), 0);
        let copy = |bytes: &mut [u8]| bytes.copy_from_slice(chunk.as_bytes());
        let admitted =
            |event: &EventBytes<'_>| admit(&mut resuming, gaps, place, event).inspect(|_| place += 1);
        assert_eq!(batch.read(chunk.len(), copy, &mut incoming, admitted), None);
        batch.end(incoming.changed(false).unwrap_or(&"0".into()));
        let mut parts = Vec::new();
        while let Some(part) = received.next() {
            assert!(parts.len() < 10, "it has no end: {parts:?}");
            parts.push(match part {
                Part::Reused(id) => format!("({id})"),
                Part::Gap(Gap { asked, got }) => format!("[{asked} {got}]"),
                Part::Events(batch) => {
                    let ids = (0..batch.len()).filter_map(|at| batch.get(at)).map(Member::last_event_id);
                    ids.chain(batch.last_event_id().map(|id| (&**id).into())).collect::<Vec<_>>().join(" ")
                }
            });
        }
        parts
    }

    #[test]
    fn a_chunk_is_handed_over_in_the_order_of_the_stream() {
        let (event, gap) = ("data\n\n", "event: gap\ndata\n\n");
        let own = |id: &str, event: &str| format!("id: {id}\n{event}");
        let long = "x".repeat(LONGEST_SENT_ID + 1);
        for (chunk, expected) in [
            (String::new(), vec!["0"]),
            (": nothing\n".into(), vec!["0"]),
            ("id: 5\n\n".into(), vec!["5"]),
            (own("1", event), vec!["1"]),
            ([&own("1", event), "id: 5\n\n"].concat(), vec!["1 5"]),
            (gap.into(), vec!["[0 ]", "0"]),
            ([gap, gap].concat(), vec!["[0 ]", "0", "[0 ]", "0"]),
            ([&own("1", event), event, gap, event].concat(), vec!["1 1", "[0 1]", "1 1"]),
            (
                [gap, &own("1", event), &own("9", gap), "id: 5\n\n"].concat(),
                vec!["[0 ]", "0 1", "[0 9]", "9 5"],
            ),
            (own(&long, gap), vec!["[0 ]", &long]),
        ] {
            assert_eq!(parts(&chunk), expected, "{chunk:?}");
        }
    }
}
