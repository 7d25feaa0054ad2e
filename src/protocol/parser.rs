//! Bytes of an event stream → events, as the WHATWG HTML standard has it in
//! [9.2.6, "Interpreting an event stream"][spec].
//!
//! Incomplete input is not an error: whatever a chunk leaves unfinished waits for the next one, however
//! the stream is cut. Two things go beyond the standard: the size of an event is bounded, and the parser
//! of a new connection can be seeded with the last event ID of the one before.
//!
//! [spec]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod buffers;
mod events;
mod line;
mod search;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod utf8;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::{mem, time::Duration};

use super::retry::MAX_RECONNECTION_TIME;
use super::work;
use buffers::{Block, empty};
use events::IdText;
pub use events::{ByteEvents, Event, EventBytes, EventTooLarge, Events};
use line::{Field, Line, parse_digits, split_line};
use utf8::Repaired;

/// The largest event a [`Parser`] takes unless told otherwise: 16 MiB.
pub const DEFAULT_EVENT_LIMIT: usize = 16 * 1024 * 1024;

// [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An incremental parser of one event stream.
///
/// Its work is linear in the input however that is cut, and it keeps no more than the unfinished event.
/// Comments and unknown fields are never buffered.
///
/// A parser serves one connection. The end of the stream needs no call: drop the parser, and with it what
/// was unfinished.
///
/// ```
/// use typed_eventsource::protocol::parser::Parser;
///
/// let mut parser = Parser::new();
/// let mut events = parser.feed(b"event: heartRate\nid: 7\ndata: 61\n\ndata: unfini");
/// let event = events.next().expect("one event is complete")?;
/// assert_eq!((event.event_type, event.data, event.last_event_id), ("heartRate", "61", "7"));
/// assert!(events.next().is_none());
/// # Ok::<(), typed_eventsource::protocol::parser::EventTooLarge>(())
/// ```
// [spec] When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must be
// associated with it.
#[derive(Debug)]
pub struct Parser {
    line: Line,
    /// The value so far of an unfinished `event`, `id` or `retry` line. That of a `data` line goes straight
    /// to the data buffer.
    value: Vec<u8>,
    // The buffers are decoded as late as possible, and not at all where nobody wants text: a line end never lies within
    // a multi-byte sequence, so decoding a value, or all lines of the data, gives the same text as decoding the stream.
    data: Vec<u8>,
    event_type: Vec<u8>,
    id: Vec<u8>,
    /// Whether the current block has set the last event ID buffer. One that has not changes nothing when
    /// its end commits the buffer.
    id_is_set: bool,
    /// Whether the last block that ended had.
    id_is_own: bool,
    last_event_id: Vec<u8>,
    /// Another one for each last event ID: it may be long, and is not to be looked at for each event.
    id_generation: u32,
    id_text: IdText,
    /// In milliseconds.
    reconnection_time: Option<u64>,
    /// Whether the buffers still hold something of an event that was handed out.
    is_lent: bool,
    limit: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser for a first connection, with the empty last event ID.
    #[must_use]
    pub fn new() -> Self {
        Self::with_last_event_id(String::new())
    }

    /// A parser for a connection that resumes from `id`, which then also is the last event ID of the events
    /// before the server sends another.
    ///
    /// This goes beyond the standard's text, which begins each stream with an empty buffer, and is what
    /// browsers do: otherwise the first event without an id would lose the position.
    #[must_use]
    pub fn with_last_event_id(id: impl Into<String>) -> Self {
        Self {
            line: Line::ByteOrderMark(0),
            value: Vec::new(),
            data: Vec::new(),
            event_type: Vec::new(),
            id: Vec::new(),
            id_is_set: false,
            id_is_own: false,
            last_event_id: id.into().into_bytes(),
            id_generation: 0,
            id_text: IdText::default(),
            reconnection_time: None,
            is_lent: false,
            limit: DEFAULT_EVENT_LIMIT,
        }
    }

    /// Sets how large an event may get, in bytes: its data (as received), its type and the id of its own
    /// block together. The value of an unfinished line counts too. The default is [`DEFAULT_EVENT_LIMIT`].
    #[must_use]
    pub fn event_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the next bytes of the stream, cut anywhere, and gives the events they complete.
    ///
    /// ```
    /// # use typed_eventsource::protocol::parser::{EventTooLarge, Parser};
    /// # let mut parser = Parser::new();
    /// let mut events = parser.feed(b"data: a\n\ndata: b\n\n");
    /// while let Some(event) = events.next() {
    ///     println!("{}", event?.data);
    /// }
    /// # Ok::<(), EventTooLarge>(())
    /// ```
    pub fn feed<'p>(&'p mut self, chunk: &'p [u8]) -> Events<'p> {
        Events { bytes: self.feed_bytes(chunk), repaired: Repaired::default() }
    }

    /// Like [`feed`](Self::feed), for callers that decode by other means, and that ask until there is no event left.
    pub fn feed_bytes<'p>(&'p mut self, chunk: &'p [u8]) -> ByteEvents<'p> {
        // Nothing gets longer than all of it together, a line feed for each line's end included.
        let held = self.value.len() + self.data.len() + self.event_type.len() + self.id.len();
        let is_small = held.saturating_add(chunk.len()) < self.limit;
        ByteEvents { parser: self, rest: chunk, is_small }
    }

    /// The last event ID string: that of the latest block that ended, even if it had no data.
    #[must_use]
    pub fn last_event_id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last_event_id)
    }

    /// The last event ID string as it was received, not decoded.
    #[must_use]
    pub fn last_event_id_bytes(&self) -> &[u8] {
        &self.last_event_id
    }

    /// A number that changes whenever the last event ID does. The ID may be long: code that has to know whether it is
    /// still the same compares this, not the ID.
    #[must_use]
    pub fn id_generation(&self) -> u32 {
        self.id_generation
    }

    /// The reconnection time the server last asked for with a valid `retry` field, in whole milliseconds, at most
    /// [`MAX_RECONNECTION_TIME`].
    ///
    /// It takes effect at the end of its line, so one in a block that never ends counts too.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time.map(Duration::from_millis)
    }

    /// Reads until a block with data ends (`true`) or `rest` is used up (`false`). `is_small` says that no event can
    /// get over the limit in there.
    #[inline]
    fn read<'p>(
        &mut self,
        rest: &mut &'p [u8],
        block: &mut Block<'p>,
        is_small: bool,
    ) -> Result<bool, EventTooLarge> {
        if self.line != Line::Start {
            self.resume(rest)?;
            if self.line != Line::Start {
                return Ok(false);
            }
        }
        loop {
            let Some((line, end, tail)) = split_line(rest) else {
                self.park(block);
                let begun = mem::take(rest);
                if !begun.is_empty() {
                    self.extend(begun)?;
                }
                return Ok(false);
            };
            // The state is that of the start of a line already.
            *rest = self.after_line_end(end, tail);
            if !line.is_empty() {
                if let Some((field, value)) = Field::split(line) {
                    if !is_small {
                        self.check(field, value.len(), block)?;
                    }
                    self.process(field, value, block);
                }
                continue;
            }

            // [spec] If the line is empty (a blank line): Dispatch the event, as defined below.
            // [spec] 1. Set the last event ID string of the event source to the value of the last event ID
            // buffer.
            self.id_is_own = self.id_is_set;
            if self.id_is_set {
                self.id_is_set = false;
                self.commit_id(block);
            }
            if block.data.is_some() || !self.data.is_empty() {
                return Ok(true);
            }
            // [spec] 2. If the data buffer is an empty string, set the data buffer and the event type
            // buffer to the empty string and return.
            *block = Block::default();
            empty(&mut self.event_type);
        }
    }

    /// Goes on where the chunk before broke off, to the start of a line if `rest` reaches that far.
    #[cold]
    fn resume(&mut self, rest: &mut &[u8]) -> Result<(), EventTooLarge> {
        if let Line::ByteOrderMark(mut read) = self.line {
            while let Some((byte, tail)) = rest.split_first() {
                if BYTE_ORDER_MARK.get(usize::from(read)) != Some(byte) {
                    break;
                }
                read += 1;
                *rest = tail;
            }
            self.line = match usize::from(read) {
                read if read == BYTE_ORDER_MARK.len() => Line::Start,
                _ if rest.is_empty() => Line::ByteOrderMark(read),
                0 => Line::Start,
                // The line starts with half a mark, and no field does.
                _ => Line::Ignored,
            };
        }
        match self.line {
            Line::Start | Line::ByteOrderMark(_) => return Ok(()),
            Line::AfterCr => {
                if let Some((&first, tail)) = rest.split_first() {
                    self.line = Line::Start;
                    if first == b'\n' {
                        *rest = tail;
                    }
                }
                return Ok(());
            }
            Line::Failed => {
                *rest = &[];
                return Ok(());
            }
            Line::Name(..) | Line::Colon(_) | Line::Value(_) | Line::Ignored => {}
        }
        let Some((line, end, tail)) = split_line(rest) else {
            return self.extend(mem::take(rest));
        };
        self.extend(line)?;
        self.finish()?;
        self.line = Line::Start;
        *rest = self.after_line_end(end, tail);
        Ok(())
    }

    // [spec] […] a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED
    // (LF) character not preceded by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE
    // RETURN (CR) character not followed by a U+000A LINE FEED (LF) character being the ways in which a
    // line can end.
    #[inline]
    fn after_line_end<'p>(&mut self, end: u8, tail: &'p [u8]) -> &'p [u8] {
        if end == b'\r' {
            match tail {
                [b'\n', tail @ ..] => return tail,
                // A CR ends its line at once: waiting for an LF would hold the event back.
                [] => self.line = Line::AfterCr,
                _ => {}
            }
        }
        tail
    }

    /// Takes the next bytes of a line whose end is not known yet.
    fn extend(&mut self, bytes: &[u8]) -> Result<(), EventTooLarge> {
        if let Some((field, bytes)) = self.line.advance(bytes) {
            self.check(field, self.value.len() + bytes.len(), &Block::default())?;
            let buffer = if field == Field::Data { &mut self.data } else { &mut self.value };
            buffer.extend_from_slice(bytes);
            work::count(bytes.len());
        }
        Ok(())
    }

    /// Processes a line that was read in pieces.
    fn finish(&mut self) -> Result<(), EventTooLarge> {
        match self.line.field() {
            // The value is in the data buffer already.
            Some(Field::Data) => {
                self.check(Field::Data, 0, &Block::default())?;
                self.data.push(b'\n');
            }
            Some(field) => {
                let mut value = mem::take(&mut self.value);
                let mut block = Block::default();
                self.check(field, value.len(), &block)?;
                self.process(field, &value, &mut block);
                self.park(&mut block);
                empty(&mut value);
                self.value = value;
            }
            None => {}
        }
        Ok(())
    }

    /// Processes a field whose value is complete.
    #[inline]
    fn process<'p>(&mut self, field: Field, value: &'p [u8], block: &mut Block<'p>) {
        match field {
            // [spec] Append the field value to the data buffer, then append a single U+000A LINE FEED (LF)
            // character to the data buffer.
            Field::Data => {
                // A block's only data line is lent from the chunk; the copy waits for a second one.
                if block.data.is_none() && self.data.is_empty() {
                    block.data = Some(value);
                } else {
                    self.park_data(block);
                    self.append_data(value);
                }
            }
            // [spec] Set the event type buffer to the field value.
            Field::Event => block.event_type = Some(value),
            // [spec] If the field value does not contain U+0000 NULL, then set the last event ID buffer to
            // the field value. Otherwise, ignore the field.
            Field::Id => {
                // Byte by byte: a search for more than an id has would be a hundred bytes of the npm package.
                work::count(value.len());
                if value.iter().all(|byte| *byte != 0) {
                    block.id = Some(value);
                    self.id_is_set = true;
                }
            }
            // [spec] If the field value consists of only ASCII digits, then interpret the field value as an
            // integer in base ten, and set the event stream's reconnection time to that integer.
            // Otherwise, ignore the field.
            Field::Retry => {
                if let Some(millis) = parse_digits(value, MAX_RECONNECTION_TIME.as_millis() as u64) {
                    self.reconnection_time = Some(millis);
                }
            }
        }
    }

    /// Fails unless the event stays within the limit with `more` bytes of `field`.
    ///
    /// An unfinished line is never counted as more than the finished one, so it makes no difference to the
    /// outcome where the stream is cut.
    #[cold]
    fn check(&mut self, field: Field, more: usize, block: &Block<'_>) -> Result<(), EventTooLarge> {
        // With the line feed after each line, the last of which does not get into the event.
        let lines = block.data.map_or(self.data.len(), |data| data.len() + 1);
        let data = lines.saturating_sub(1);
        let event_type = block.event_type.unwrap_or(&self.event_type).len();
        let id = if self.id_is_set { block.id.unwrap_or(&self.id).len() } else { 0 };
        let others = match field {
            Field::Data => lines + event_type + id,
            Field::Event => data + id,
            Field::Id => data + event_type,
            Field::Retry => data + event_type + id,
        };
        if others.saturating_add(more) <= self.limit { Ok(()) } else { Err(self.fail()) }
    }

    #[cold]
    fn fail(&mut self) -> EventTooLarge {
        self.line = Line::Failed;
        self.value = Vec::new();
        self.data = Vec::new();
        self.event_type = Vec::new();
        self.id = Vec::new();
        self.id_is_set = false;
        EventTooLarge { limit: self.limit }
    }
}
