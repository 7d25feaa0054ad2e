//! What goes out: one text, and numbers that say what it is made of.

use alloc::string::String;
use alloc::vec::Vec;

use typed_eventsource::protocol::connection::Resume;
use typed_eventsource::protocol::parser::Parser;
use typed_eventsource::protocol::state::{ConnectionState, Transport};

use crate::{codes, millis};

/// Stands for "the same last event ID as the event before".
const SAME: u32 = u32::MAX;

/// So many of the newest types are compared with an event's; a stream has few, and runs of the same. Of a
/// stream that has more, one may stand in a batch's table twice.
const COMPARED: usize = 8;

pub(crate) struct Output {
    text: Vec<u8>,
    numbers: Vec<u32>,
    /// Where in the text the types of the batch's table stand.
    types: Vec<(usize, usize)>,
    last_event_id: String,
    /// Of the newest state; NaN while the browser reconnects by itself.
    pub(crate) wait: f64,
    place: [u32; 4],
}

impl Output {
    pub(crate) const fn new() -> Self {
        Self {
            text: Vec::new(),
            numbers: Vec::new(),
            types: Vec::new(),
            last_event_id: String::new(),
            wait: f64::NAN,
            place: [0; 4],
        }
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
        self.types.clear();
    }

    fn append(&mut self, text: &str) -> u32 {
        self.text.extend_from_slice(text.as_bytes());
        utf16_length(text)
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
        self.append(resume.id());
    }

    /// A state: its code, the attempt, the transport or the reason, the cause, the status of the response; the
    /// id it was resumed from as text.
    pub(crate) fn state(&mut self, state: &ConnectionState) {
        self.clear();
        let (mut attempt, mut detail, mut wait) = (0, 0, f64::NAN);
        let mut cause = None;
        let mut response = None;
        match state {
            ConnectionState::Connecting { attempt: number } => attempt = *number,
            ConnectionState::Open { transport, resumed_from, response: head } => {
                detail = codes::of_transport(*transport);
                response = head.as_ref();
                self.append(resumed_from);
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
        let head = response.or(cause.and_then(|cause| cause.response()));
        let status = head.map_or(0, |response| response.status.into());
        let cause = cause.map_or(0, codes::of_cause);
        self.numbers.extend([codes::of_state(state), attempt, detail, cause, status]);
        self.wait = wait;
    }

    /// The events of a chunk. The text is for each event, in order, its type if the batch has not had it
    /// yet, its last event ID if that is another than before, and its data. Four numbers stand for each: the
    /// place of its type in the batch's table, the length of the type if it is new there, of the last event
    /// ID, of the data; in UTF-16 code units, as JavaScript slices. Returns whether an event was too large.
    pub(crate) fn events(&mut self, parser: &mut Parser, chunk: &[u8]) -> bool {
        self.clear();
        let mut first = true;
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next() {
            let Ok(event) = event else { return true };
            let (place, type_length) = self.event_type(event.event_type);
            let id_length = if first || self.last_event_id != event.last_event_id {
                first = false;
                self.last_event_id.clear();
                self.last_event_id.push_str(event.last_event_id);
                self.append(event.last_event_id)
            } else {
                SAME
            };
            let data_length = self.append(event.data);
            self.numbers.extend([place, type_length, id_length, data_length]);
        }
        false
    }

    fn event_type(&mut self, event_type: &str) -> (u32, u32) {
        let same = |&(start, end): &(usize, usize)| self.text.get(start..end) == Some(event_type.as_bytes());
        let known = self.types.len();
        match self.types.iter().rev().take(COMPARED).position(same) {
            Some(back) => ((known - 1 - back) as u32, 0),
            None => {
                let start = self.text.len();
                let length = self.append(event_type);
                self.types.push((start, self.text.len()));
                (known as u32, length)
            }
        }
    }
}

/// The length that the text has in JavaScript.
fn utf16_length(text: &str) -> u32 {
    // One unit for each character, two for those that take four bytes.
    let units = |byte: u8| u32::from(byte & 0xc0 != 0x80) + u32::from(byte >= 0xf0);
    text.bytes().map(units).sum()
}
