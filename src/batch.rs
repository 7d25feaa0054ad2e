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
    has_own_id: bool,
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
        self.entries.push(Entry { event_type, last_event_id, data, has_own_id: event.has_own_id });
    }

    #[cfg(feature = "fetch")]
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
            has_own_id: entry.has_own_id,
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
