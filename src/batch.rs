//! The seam between the engine and a client: the events of one chunk, in one piece, and gaps.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::mem;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
#[cfg(feature = "fetch")]
use std::time::Duration;

use crate::protocol::parser::EventBytes;
#[cfg(feature = "fetch")]
use crate::protocol::parser::{EventTooLarge, Parser};

/// The server could not resume where it was asked to: events are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The last event ID that this connection was to resume from; empty if from none.
    pub asked: String,
    /// The id from which the server goes on, if it says so. Empty too if it is longer than 4 KiB, which no
    /// attempt would send.
    pub got: String,
}

/// How many of a batch's event types an event's own is looked for among.
const RECENT_TYPES: usize = 16;
/// The stream that chunks come from, and its last event ID, which is decoded once for each change: it may be long, and a
/// chunk small.
#[cfg(feature = "fetch")]
#[derive(Default)]
pub(crate) struct Incoming {
    parser: Parser,
    last_event_id: Arc<str>,
    /// The generation of the id that `changed` saw last.
    seen: (u32, bool),
}

#[cfg(feature = "fetch")]
impl Incoming {
    pub(crate) fn new(parser: Parser) -> Self {
        Self { last_event_id: parser.last_event_id().into(), parser, seen: (0, false) }
    }

    /// The last event ID, if it is another one than when this was asked last, or if nothing but replays had come then
    /// and more has now, or the other way round.
    pub(crate) fn changed(&mut self, is_behind: bool) -> Option<&Arc<str>> {
        let now = (self.parser.id_generation(), is_behind);
        (mem::replace(&mut self.seen, now) != now).then_some(&self.last_event_id)
    }

    pub(crate) fn reconnection_time(&self) -> Option<Duration> {
        self.parser.reconnection_time()
    }
}

/// How much memory a batch may keep for the next one; larger buffers are freed after use.
const KEPT_CAPACITY: usize = 1024 * 1024;

/// The events of one chunk: its bytes as they came, and where the events stand in them. Nothing is text before
/// somebody wants it.
pub(crate) struct Batch {
    content: Rc<Shared>,
    /// Which of the content's events are its own.
    range: Range<usize>,
    /// The first of the content's event types that they may have.
    first_type: usize,
    origin: Arc<str>,
    /// The last event ID from before the chunk, and its generation.
    id_before: (u32, Option<Arc<str>>),
    /// The last event ID that a block without data has left.
    last_event_id: Option<Arc<str>>,
}

/// The content of a batch and of those that were split off it; the last of them gives it back.
struct Shared {
    content: Content,
    spare: Spare,
    /// The last event ID that the chunk leaves, and its generation.
    id_after: (u32, Option<Arc<str>>),
    /// The one in between that was asked for last.
    id_between: RefCell<(u32, Option<Arc<str>>)>,
}

/// The buffers of the batch before, for the next one.
#[derive(Clone, Default)]
pub(crate) struct Spare(Rc<Cell<Content>>);

#[derive(Default)]
struct Content {
    /// The chunk, and what an earlier one has left behind it: to overwrite that is cheaper than to clear it.
    bytes: Vec<u8>,
    /// Of the chunk.
    length: usize,
    index: Index,
}

/// Places count from the beginning of the chunk, and go on in `more` after its end.
#[derive(Default)]
struct Index {
    /// What an event has that does not stand in the chunk as one piece.
    more: Vec<u8>,
    types: Vec<Range<usize>>,
    entries: Vec<Entry>,
}

struct Entry {
    event_type: usize,
    /// Empty where it is the one from before the chunk.
    last_event_id: Range<usize>,
    id_generation: u32,
    data: Range<usize>,
    has_own_id: bool,
    is_behind: bool,
}

impl Batch {
    /// An empty one. The origin is that of its events.
    pub(crate) fn new(origin: &Arc<str>, spare: &Spare) -> Self {
        let content = Rc::new(Shared {
            content: spare.0.take(),
            spare: spare.clone(),
            id_after: (0, None),
            id_between: RefCell::default(),
        });
        let (origin, id_before) = (Arc::clone(origin), (0, None));
        Self { content, range: 0..0, first_type: 0, origin, id_before, last_event_id: None }
    }

    /// Takes in a chunk, copied by `copy`, and the events in it for which `admit` says whether they are behind: whether
    /// nothing but replays have come since a resume, so that their last event ID is an old one. Says if one is too
    /// large.
    #[cfg(feature = "fetch")]
    pub(crate) fn read(
        &mut self,
        length: usize,
        copy: impl FnOnce(&mut [u8]),
        incoming: &mut Incoming,
        mut admit: impl FnMut(&EventBytes<'_>) -> Option<bool>,
    ) -> Option<EventTooLarge> {
        let Shared { content, id_after, .. } = Rc::get_mut(&mut self.content)?;
        let Content { bytes, length: whole, index } = content;
        *whole = length;
        if bytes.len() < length {
            bytes.resize(length, 0);
        }
        let chunk = bytes.get_mut(..length).unwrap_or_default();
        copy(chunk);
        let mut too_large = None;
        let Incoming { parser, last_event_id, .. } = incoming;
        let generation = parser.id_generation();
        self.id_before = (generation, Some(Arc::clone(last_event_id)));
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next_bytes() {
            match event {
                Ok(event) => {
                    if let Some(is_behind) = admit(&event) {
                        index.push(chunk, &event, generation, is_behind);
                    }
                }
                Err(error) => too_large = Some(error),
            }
        }
        drop(events);
        if parser.id_generation() != generation {
            *last_event_id = parser.last_event_id().into();
            *id_after = (parser.id_generation(), Some(Arc::clone(last_event_id)));
        }
        self.range = 0..index.entries.len();
        too_large
    }

    /// Takes in an event that comes alone, the data of which is given by itself.
    pub(crate) fn take(&mut self, event_type: &str, data: String, last_event_id: &Arc<str>, is_behind: bool) {
        let Some(Shared { content, .. }) = Rc::get_mut(&mut self.content) else { return };
        let Content { bytes, length, index } = content;
        *length = data.len();
        *bytes = data.into_bytes();
        let event = EventBytes {
            event_type: event_type.as_bytes(),
            data: bytes,
            last_event_id: last_event_id.as_bytes(),
            has_own_id: false,
            id_generation: 1,
        };
        index.push(bytes, &event, event.id_generation, is_behind);
        self.id_before = (event.id_generation, Some(Arc::clone(last_event_id)));
        self.range = 0..index.entries.len();
    }

    /// Takes the events from this one on into a batch of their own, without a copy: it costs the same whatever it holds.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        let start = (self.range.start + at).min(self.range.end);
        // An event has one of the newest types of its time, and so have all after it.
        let first_type = match self.content().index.entries.get(start) {
            Some(entry) => (entry.event_type + 1).saturating_sub(RECENT_TYPES),
            None => self.first_type,
        };
        let tail = Self {
            content: Rc::clone(&self.content),
            range: start..self.range.end,
            first_type,
            origin: Arc::clone(&self.origin),
            id_before: self.id_before.clone(),
            last_event_id: self.last_event_id.take(),
        };
        self.range.end = start;
        tail
    }

    fn content(&self) -> &Content {
        &self.content.content
    }

    /// Ends it with the last event ID that its chunk leaves.
    #[cfg(feature = "fetch")]
    pub(crate) fn end(&mut self, last_event_id: &Arc<str>) {
        let newest = self.len().checked_sub(1).and_then(|last| self.get(last)).map(Member::last_event_id);
        self.last_event_id = (newest.as_deref() != Some(&**last_event_id)).then(|| Arc::clone(last_event_id));
    }

    /// The last event ID that has come after the last event, if one has.
    pub(crate) fn last_event_id(&self) -> Option<&Arc<str>> {
        self.last_event_id.as_ref()
    }

    pub(crate) fn len(&self) -> usize {
        self.range.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0 && self.last_event_id.is_none()
    }

    pub(crate) fn origin(&self) -> &Arc<str> {
        &self.origin
    }

    pub(crate) fn get(&self, index: usize) -> Option<Member<'_>> {
        let entries = self.content().index.entries.get(self.range.clone())?;
        entries.get(index).map(|entry| Member { batch: self, entry })
    }

    /// The event type that has this number.
    pub(crate) fn event_type(&self, number: usize) -> Cow<'_, str> {
        let types = &self.content().index.types;
        types.get(self.first_type + number).map(|place| self.text(place)).unwrap_or_default()
    }

    /// The text of a value, repaired as the standard says where it is not valid UTF-8.
    fn text(&self, Range { start, end }: &Range<usize>) -> Cow<'_, str> {
        let Content { bytes, length, index } = self.content();
        let bytes = match start.checked_sub(*length) {
            None => bytes.get(*start..*end),
            Some(start) => index.more.get(start..*end - *length),
        };
        let bytes = bytes.unwrap_or_default();
        match str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut content = mem::take(&mut self.content);
        let Content { bytes, index: Index { more, types, entries }, .. } = &mut content;
        if bytes.capacity() > KEPT_CAPACITY {
            *bytes = Vec::new();
        }
        if more.capacity() > KEPT_CAPACITY {
            *more = Vec::new();
        }
        more.clear();
        types.clear();
        entries.clear();
        self.spare.0.set(content);
    }
}

/// An event of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    batch: &'a Batch,
    entry: &'a Entry,
}

impl<'a> Member<'a> {
    /// Which of the batch's event types it has; one may have two numbers.
    pub(crate) fn type_number(self) -> usize {
        self.entry.event_type - self.batch.first_type
    }

    pub(crate) fn data(self) -> Cow<'a, str> {
        self.batch.text(&self.entry.data)
    }

    pub(crate) fn last_event_id(self) -> Cow<'a, str> {
        match &self.batch.id_before {
            (generation, Some(id)) if *generation == self.entry.id_generation => Cow::Borrowed(id),
            _ => self.batch.text(&self.entry.last_event_id),
        }
    }

    /// The last event ID as events share it: the same one for as long as it does not change, over chunks too.
    pub(crate) fn shared_id(self) -> Arc<str> {
        let now = self.entry.id_generation;
        let Shared { id_after, id_between, .. } = &*self.batch.content;
        let mut between = id_between.borrow_mut();
        for (generation, id) in [&self.batch.id_before, id_after, &*between] {
            if let Some(id) = id
                && *generation == now
            {
                return Arc::clone(id);
            }
        }
        let id: Arc<str> = self.batch.text(&self.entry.last_event_id).into();
        *between = (now, Some(Arc::clone(&id)));
        id
    }

    /// In bytes.
    pub(crate) fn last_event_id_length(self) -> usize {
        match &self.batch.id_before {
            (generation, Some(id)) if *generation == self.entry.id_generation => id.len(),
            _ => self.entry.last_event_id.len(),
        }
    }

    pub(crate) fn has_own_id(self) -> bool {
        self.entry.has_own_id
    }

    /// Whether its last event ID is not that of the stream, which has been further.
    pub(crate) fn is_behind(self) -> bool {
        self.entry.is_behind
    }

    /// Whether it has the last event ID of that event in the same batch.
    pub(crate) fn shares_id(self, other: Member<'_>) -> bool {
        self.entry.id_generation == other.entry.id_generation
    }
}

impl Index {
    /// `id_before` is the generation of the last event ID from before the chunk.
    fn push(&mut self, chunk: &[u8], event: &EventBytes<'_>, id_before: u32, is_behind: bool) {
        let &EventBytes { event_type, data, last_event_id, has_own_id, id_generation } = event;
        let event_type = self.intern(chunk, event_type);
        let last_event_id = match self.entries.last() {
            _ if id_generation == id_before => 0..0,
            Some(before) if before.id_generation == id_generation => before.last_event_id.clone(),
            _ => self.place(chunk, last_event_id),
        };
        let data = self.place(chunk, data);
        self.entries.push(Entry { event_type, last_event_id, id_generation, data, has_own_id, is_behind });
    }

    fn get<'a>(&'a self, chunk: &'a [u8], Range { start, end }: &Range<usize>) -> &'a [u8] {
        let found = match start.checked_sub(chunk.len()) {
            None => chunk.get(*start..*end),
            Some(start) => self.more.get(start..*end - chunk.len()),
        };
        found.unwrap_or_default()
    }

    /// Where a value stands in the chunk, or is put if it does not: the parser lends it from either place.
    fn place(&mut self, chunk: &[u8], value: &[u8]) -> Range<usize> {
        let start = (value.as_ptr() as usize).wrapping_sub(chunk.as_ptr() as usize);
        if start < chunk.len() && value.len() <= chunk.len() - start {
            return start..start + value.len();
        }
        let start = chunk.len() + self.more.len();
        self.more.extend_from_slice(value);
        start..start + value.len()
    }

    /// The place of the type in the batch's own table. Streams have few types, and runs of the same; only
    /// the newest are compared, so that a stream of many costs no more: one may stand there twice.
    fn intern(&mut self, chunk: &[u8], event_type: &[u8]) -> usize {
        let recent = self.types.len().saturating_sub(RECENT_TYPES);
        let newest = self.types.get(recent..).unwrap_or_default();
        match newest.iter().rposition(|place| self.get(chunk, place) == event_type) {
            Some(place) => recent + place,
            None => {
                let place = self.place(chunk, event_type);
                self.types.push(place);
                self.types.len() - 1
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
