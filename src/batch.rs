//! The seam between the engine and a client: the events of one chunk, in one piece, and what is missing.

use core::ops::Range;

use crate::protocol::parser::Event;

/// The server could not resume where it was asked to: events are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The last event ID that this connection was to resume from; empty if from none.
    pub asked: String,
    /// The one that the server goes on from, as far as it says so.
    pub got: String,
}

/// The events of one chunk. Their strings lie one behind the other in one text: of each event its type
/// if the batch has not had it yet, its last event ID if it is another than before, and its data.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    text: String,
    types: Vec<Range<usize>>,
    entries: Vec<Entry>,
    origin: String,
    /// The last event ID that a block without data has left.
    last_event_id: Option<String>,
}

#[derive(Debug)]
struct Entry {
    event_type: usize,
    last_event_id: Range<usize>,
    data: Range<usize>,
    has_own_id: bool,
    is_behind: bool,
}

impl Batch {
    pub(crate) fn new(origin: String) -> Self {
        Self { origin, ..Self::default() }
    }

    /// Adds an event. It is behind if nothing but replays have come since a resume: then its last event ID is an
    /// old one.
    pub(crate) fn push(&mut self, event: &Event<'_>, is_behind: bool) {
        let event_type = self.intern(event.event_type);
        let last_event_id = match self.entries.last() {
            Some(before) if &self.text[before.last_event_id.clone()] == event.last_event_id => {
                before.last_event_id.clone()
            }
            _ => self.append(event.last_event_id),
        };
        let data = self.append(event.data);
        let has_own_id = event.has_own_id;
        self.entries.push(Entry { event_type, last_event_id, data, has_own_id, is_behind });
    }

    /// Ends it with the last event ID that its chunk leaves.
    #[cfg(feature = "fetch")]
    pub(crate) fn end(&mut self, last_event_id: &str) {
        let newest = self.entries.last().map(|entry| &self.text[entry.last_event_id.clone()]);
        self.last_event_id = (newest != Some(last_event_id)).then(|| last_event_id.to_owned());
    }

    /// The last event ID that has come after the last event, if one has.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.last_event_id.is_none()
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

    /// The last event ID that an event moves the stream to, if it does.
    pub(crate) fn position(&self, index: usize) -> Option<&str> {
        let entry = self.entries.get(index).filter(|entry| !entry.is_behind)?;
        self.text.get(entry.last_event_id.clone())
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
