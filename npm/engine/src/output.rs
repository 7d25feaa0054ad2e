//! What goes out: texts, and numbers that say what they are made of.

use alloc::vec::Vec;
use core::ops::Range;

use typed_eventsource::protocol::connection::Resume;
use typed_eventsource::protocol::parser::{EventBytes, Parser};
use typed_eventsource::protocol::replay::{Admission, Replays};
use typed_eventsource::protocol::state::{ConnectionState, Transport};

use crate::codes::{self, found};
use crate::wanted::{Seen, Want, Wanted};
use crate::{json, millis};

/// Ends each value: none contains it.
const END: u8 = b'\r';

/// Of a section: its names, its data and its numbers, each by place and length.
const PLACES: usize = 6;

pub(crate) struct Output {
    /// What somebody wants, or all that goes out where it is no events.
    wanted: Section,
    /// Events that nobody wants, until a handler of an event before them does.
    others: Section,
    /// The id of a chunk that came with another event than before.
    reused: Vec<u8>,
    /// Of the newest state; NaN while the browser reconnects by itself.
    pub(crate) wait: f64,
    places: [u32; 2 * PLACES],
}

impl Output {
    pub(crate) const fn new() -> Self {
        Self {
            wanted: Section::new(),
            others: Section::new(),
            reused: Vec::new(),
            wait: f64::NAN,
            places: [0; 2 * PLACES],
        }
    }

    pub(crate) fn places(&mut self) -> *const u32 {
        let [names, data, numbers] = self.wanted.places();
        let [other_names, other_data, other_numbers] = self.others.places();
        let all = [names, data, numbers, other_names, other_data, other_numbers];
        for (to, from) in self.places.iter_mut().zip(all.as_flattened()) {
            *to = *from as u32;
        }
        self.places.as_ptr()
    }

    fn clear(&mut self) {
        self.wanted.clear();
        self.others.clear();
        self.reused.clear();
    }

    /// How to connect: transport, way to resume, and the last event ID as text.
    pub(crate) fn open(&mut self, transport: Transport, resume: &Resume) {
        self.clear();
        let way = match resume {
            Resume::FromStart => 0,
            Resume::Header(_) => 1,
            Resume::Query(_) => 2,
            Resume::Get(_) => 3,
        };
        self.wanted.push(&[codes::of_transport(transport), way]);
        self.wanted.names.extend_from_slice(resume.id().as_bytes());
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
                self.wanted.names.extend_from_slice(resumed_from.as_bytes());
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
        self.wanted.push(&[codes::of_state(state), attempt, detail, cause]);
        self.wait = wait;
    }

    /// The events of a chunk: those that are wanted and, apart from them, the others that follow. Behind the numbers of the
    /// wanted ones comes how many events there were, and how many replays in all. Returns what was found, some of which
    /// stands behind the names: what is not new does not go out, since a chunk may be small and an ID long.
    pub(crate) fn events(
        &mut self,
        parser: &mut Parser,
        chunk: &[u8],
        mut replays: Option<&mut Replays>,
        wanted: &mut Wanted,
    ) -> u32 {
        self.clear();
        let id_before = parser.id_generation();
        self.wanted.id_generation = id_before;
        self.others.id_generation = id_before;
        let mut found = 0;
        let mut count = 0;
        let mut events = parser.feed_bytes(chunk);
        while let Some(event) = events.next() {
            let Ok(event) = event else {
                // It was the last.
                found = found::TOO_LARGE;
                continue;
            };
            let id = event.has_own_id.then_some(event.last_event_id);
            if let Some(replays) = &mut replays {
                match replays.admit(id, event.event_type, event.data) {
                    Admission::New => {}
                    Admission::Replay => continue,
                    Admission::Reused => self.reused.extend_from_slice(event.last_event_id),
                }
            }
            match wanted.want(event.event_type) {
                // Only a handler of an event before it can come to want it meanwhile.
                Want::No if self.wanted.is_empty() => {}
                Want::No => self.others.event(count, &event, None),
                Want::Any => self.wanted.event(count, &event, None),
                Want::Type(seen) => self.wanted.event(count, &event, Some(seen)),
            }
            count += 1;
        }
        if !self.reused.is_empty() {
            found |= found::REUSED;
            self.wanted.name(&self.reused);
        }
        if parser.id_generation() != id_before {
            found |= found::IDENTIFIED;
            self.wanted.names.extend_from_slice(parser.last_event_id_bytes());
        }
        let replays = replays.map_or(0, |replays| replays.dropped() as u32);
        self.wanted.push(&[count, replays]);
        found
    }
}

/// Events, so put together that each kind of thing can be decoded at once, and taken apart afterwards:
///
/// - numbers, four for each event: its own number among all of the chunk; that of its type among the section's, plus 1,
///   or 0 for that of the event before; the length of its last event ID in bytes, plus 1, or 0 for that of the event
///   before, which for the first is the one from before the chunk; twice the length
///   of its data in bytes, plus 1 if they may be parsed together with others
/// - names: of each event the type, if its number is new, and the ID, unless it is that of the event before, each with an
///   [`END`]
/// - data: the data of each event, each with an [`END`], and a comma between two. Any of them that follow each other are
///   the inside of a JSON array if they are JSON, for which CR is white space
struct Section {
    names: Vec<u8>,
    data: Vec<u8>,
    /// As bytes, like the others: a vector of another type would bring its own code.
    numbers: Vec<u8>,
    /// Tells one chunk from the next.
    chunk: u32,
    /// How many types the chunk has.
    types: u32,
    /// Where the names of the event before stand.
    event_type: Range<usize>,
    /// That of the event before, or of what was there before the chunk.
    id_generation: u32,
}

impl Section {
    const fn new() -> Self {
        Self {
            names: Vec::new(),
            data: Vec::new(),
            numbers: Vec::new(),
            chunk: 0,
            types: 0,
            event_type: 0..0,
            id_generation: 0,
        }
    }

    fn clear(&mut self) {
        self.names.clear();
        self.data.clear();
        self.numbers.clear();
        self.chunk = self.chunk.wrapping_add(1);
        self.types = 0;
        self.event_type = 0..0;
    }

    fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    fn push(&mut self, numbers: &[u32]) {
        // SAFETY: every byte of a number is one.
        let (_, bytes, _) = unsafe { numbers.align_to() };
        self.numbers.extend_from_slice(bytes);
    }

    fn places(&self) -> [[usize; 2]; 3] {
        [
            [self.names.as_ptr() as usize, self.names.len()],
            [self.data.as_ptr() as usize, self.data.len()],
            [self.numbers.as_ptr() as usize, self.numbers.len() / size_of::<u32>()],
        ]
    }

    fn event(&mut self, number: u32, event: &EventBytes<'_>, seen: Option<&mut Seen>) {
        if !self.data.is_empty() {
            self.data.push(b',');
        }
        self.data.extend_from_slice(event.data);
        self.data.push(END);
        let event_type = self.type_of(event.event_type, seen);
        let mut last_event_id = 0;
        if self.id_generation != event.id_generation {
            self.id_generation = event.id_generation;
            self.name(event.last_event_id);
            last_event_id = event.last_event_id.len() as u32 + 1;
        }
        let data = 2 * event.data.len() as u32 + u32::from(json::may_be_joined(event.data));
        self.push(&[number, event_type, last_event_id, data]);
    }

    /// The number of a type, plus 1; 0 if it is that of the event before.
    fn type_of(&mut self, name: &[u8], seen: Option<&mut Seen>) -> u32 {
        if self.names.get(self.event_type.clone()) == Some(name) {
            return 0;
        }
        if let Some(seen) = seen {
            if seen.chunk == self.chunk {
                self.event_type = 0..0;
                return seen.number + 1;
            }
            *seen = Seen { chunk: self.chunk, number: self.types };
        }
        self.event_type = self.name(name);
        self.types += 1;
        self.types
    }

    #[inline(never)]
    fn name(&mut self, name: &[u8]) -> Range<usize> {
        let start = self.names.len();
        self.names.extend_from_slice(name);
        let end = self.names.len();
        self.names.push(END);
        start..end
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
