//! The seam between the engine and a client: the events of one chunk, in one piece.

use core::ops::Range;

use crate::protocol::parser::Event;

/// The events of one chunk. Their strings lie one behind the other in one text: of each event its type
/// if the batch has not had it yet, its last event ID if it is another than before, and its data.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    text: String,
    types: Vec<Range<usize>>,
    entries: Vec<Entry>,
    origin: String,
}

#[derive(Debug)]
struct Entry {
    event_type: usize,
    last_event_id: Range<usize>,
    data: Range<usize>,
}

impl Batch {
    pub(crate) fn new(origin: String) -> Self {
        Self { origin, ..Self::default() }
    }

    pub(crate) fn push(&mut self, event: Event<'_>) {
        let event_type = self.intern(event.event_type);
        let last_event_id = match self.entries.last() {
            Some(before) if &self.text[before.last_event_id.clone()] == event.last_event_id => {
                before.last_event_id.clone()
            }
            _ => self.append(event.last_event_id),
        };
        let data = self.append(event.data);
        self.entries.push(Entry { event_type, last_event_id, data });
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn get(&self, index: usize) -> Option<Event<'_>> {
        let entry = self.entries.get(index)?;
        Some(Event {
            event_type: &self.text[self.types[entry.event_type].clone()],
            data: &self.text[entry.data.clone()],
            last_event_id: &self.text[entry.last_event_id.clone()],
        })
    }

    fn append(&mut self, piece: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(piece);
        start..self.text.len()
    }

    /// The place of the type in the batch's own table. Streams have few types, and runs of the same; only
    /// the newest are compared, so that a stream of many costs no more: one may stand there twice.
    fn intern(&mut self, event_type: &str) -> usize {
        let recent = self.types.len().saturating_sub(16);
        let same = |range: &Range<usize>| &self.text[range.clone()] == event_type;
        match self.types[recent..].iter().rposition(same) {
            Some(place) => recent + place,
            None => {
                let range = self.append(event_type);
                self.types.push(range);
                self.types.len() - 1
            }
        }
    }
}

#[cfg(feature = "npm")]
impl Batch {
    /// Stands for "the same last event ID as the event before".
    const SAME: u32 = u32::MAX;

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Four numbers per event: the place of its type in the batch's table, the length of the type if it
    /// is new there, the length of the last event ID if it is new, the length of the data; lengths in
    /// UTF-16 code units, as JavaScript slices its strings.
    pub(crate) fn lengths(&self) -> Vec<u32> {
        let ascii = self.text.is_ascii();
        let length = |range: &Range<usize>| {
            if ascii { range.len() } else { self.text[range.clone()].encode_utf16().count() }
        };
        let mut lengths = Vec::with_capacity(self.entries.len() * 4);
        let mut types = 0;
        let mut end = 0;
        for entry in &self.entries {
            let new_type = if entry.event_type == types { length(&self.types[types]) } else { 0 };
            types += usize::from(entry.event_type == types);
            let new_id = entry.last_event_id.start >= end;
            let id = if new_id { length(&entry.last_event_id) as u32 } else { Self::SAME };
            end = entry.data.end;
            lengths.extend([entry.event_type as u32, new_type as u32, id, length(&entry.data) as u32]);
        }
        lengths
    }
}
