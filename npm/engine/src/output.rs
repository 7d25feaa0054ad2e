//! What goes out: one text, and numbers that say what it is made of.

use alloc::vec::Vec;
use core::ops::Range;

use typed_eventsource::protocol::connection::Resume;
use typed_eventsource::protocol::parser::Parser;
use typed_eventsource::protocol::replay::Replays;
use typed_eventsource::protocol::state::{ConnectionState, Transport};

use crate::{codes, millis};

/// Ends each value of an event: none contains it.
const END: u8 = b'\r';

/// Stands for the last event ID of the event before: no id contains it.
const SAME: u8 = 0;

pub(crate) struct Output {
    text: Vec<u8>,
    numbers: Vec<u32>,
    /// Of the newest state; NaN while the browser reconnects by itself.
    pub(crate) wait: f64,
    place: [u32; 4],
}

impl Output {
    pub(crate) const fn new() -> Self {
        Self { text: Vec::new(), numbers: Vec::new(), wait: f64::NAN, place: [0; 4] }
    }

    pub(crate) fn place(&mut self) -> *const u32 {
        let [text, numbers] = [self.text.as_ptr() as usize, self.numbers.as_ptr() as usize];
        let place = [text, self.text.len(), numbers, self.numbers.len()];
        self.place = place.map(|number| number as u32);
        self.place.as_ptr()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.numbers.clear();
    }

    /// How to connect: transport, way to resume, and the last event ID as text.
    pub(crate) fn open(&mut self, transport: Transport, resume: &Resume) {
        self.clear();
        let way = match resume {
            Resume::FromStart => 0,
            Resume::Header(_) => 1,
            Resume::Query(_) => 2,
        };
        self.numbers.extend([codes::of_transport(transport), way]);
        self.text.extend_from_slice(resume.id().as_bytes());
    }

    /// A state: its code, the attempt, the transport or the reason, the cause; the id it was resumed from as text.
    pub(crate) fn state(&mut self, state: &ConnectionState) {
        self.clear();
        let (mut attempt, mut detail, mut wait) = (0, 0, f64::NAN);
        let mut cause = None;
        match state {
            ConnectionState::Connecting { attempt: number } => attempt = *number,
            ConnectionState::Open { transport, resumed_from, .. } => {
                detail = codes::of_transport(*transport);
                self.text.extend_from_slice(resumed_from.as_bytes());
            }
            ConnectionState::Reconnecting { attempt: number, wait: time, cause: why } => {
                attempt = *number;
                wait = time.map_or(f64::NAN, millis);
                cause = Some(why);
            }
            ConnectionState::Paused { why } => detail = codes::of_pause(*why),
            ConnectionState::Closed { reason } => {
                detail = codes::of_reason(reason);
                cause = reason.cause();
            }
            _ => {}
        }
        let cause = cause.map_or(0, codes::of_cause);
        self.numbers.extend([codes::of_state(state), attempt, detail, cause]);
        self.wait = wait;
    }

    /// The events of a chunk: of each, in order, its type, empty if it is that of the event before; its last event
    /// ID, [`SAME`] likewise; and its data. Each value is followed by [`END`], and the whole by the last event ID that
    /// the chunk leaves. So they can be decoded together and taken apart afterwards. The only number is that of
    /// the replays so far. Returns whether an event was too large.
    pub(crate) fn events(
        &mut self,
        parser: &mut Parser,
        chunk: &[u8],
        mut replays: Option<&mut Replays>,
    ) -> bool {
        self.clear();
        let mut too_large = false;
        // Where those of the event before stand, if there was one; its type is not empty.
        let (mut event_type, mut last_event_id, mut known) = (0..0, 0..0, false);
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next_bytes() {
            let Ok(event) = event else {
                too_large = true;
                break;
            };
            let id = event.has_own_id.then_some(event.last_event_id);
            if let Some(replays) = &mut replays
                && !replays.admit(event.event_type, id)
            {
                continue;
            }
            if self.text.get(event_type.clone()) != Some(event.event_type) {
                event_type = self.append(event.event_type);
            }
            self.text.push(END);
            if known && self.text.get(last_event_id.clone()) == Some(event.last_event_id) {
                self.text.push(SAME);
            } else {
                last_event_id = self.append(event.last_event_id);
                known = true;
            }
            self.text.push(END);
            self.append(event.data);
            self.text.push(END);
        }
        drop(events);
        self.append(parser.last_event_id_bytes());
        self.numbers.push(replays.map_or(0, |replays| replays.dropped() as u32));
        too_large
    }

    fn append(&mut self, value: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(value);
        start..self.text.len()
    }
}
