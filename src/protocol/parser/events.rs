//! The events that a parser hands out.

use alloc::string::String;
use core::fmt;

use super::utf8::{Repaired, decode};
use super::{Block, Parser};
use crate::protocol::work;

/// The events that one chunk completes, each lent until the next is asked for.
///
/// Must be drained: the chunk is parsed as the events are asked for. Dropped early, it parses the rest of
/// the chunk without handing the events out.
#[derive(Debug)]
#[must_use = "the chunk is parsed as its events are asked for"]
pub struct Events<'p> {
    pub(super) bytes: ByteEvents<'p>,
    /// The parts of the event last handed out that are not valid UTF-8.
    pub(super) repaired: Repaired,
}

impl Events<'_> {
    /// The next event, or `None` once the chunk is used up.
    ///
    /// # Errors
    /// [`EventTooLarge`] once, if an event is over the limit. From then on the parser gives nothing for any
    /// input: what follows cannot be told apart from the event's remains.
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend from itself")]
    pub fn next(&mut self) -> Option<Result<Event<'_>, EventTooLarge>> {
        let next = read(&mut self.bytes)?;
        let repaired = &mut self.repaired;
        Some(next.map(|(event, id_text)| Event {
            event_type: decode(event.event_type, &mut repaired.event_type),
            data: decode(event.data, &mut repaired.data),
            last_event_id: id_text.of(&event),
            has_own_id: event.has_own_id,
        }))
    }

    /// Like [`next`](Self::next), for callers that decode by other means.
    ///
    /// # Errors
    /// The same.
    pub fn next_bytes(&mut self) -> Option<Result<EventBytes<'_>, EventTooLarge>> {
        self.bytes.next()
    }
}

/// The events that one chunk completes, as they were received, each lent until the next is asked for.
///
/// Must be drained: what is left of the chunk when this is dropped is lost.
#[derive(Debug)]
#[must_use = "the chunk is parsed as its events are asked for"]
pub struct ByteEvents<'p> {
    pub(super) parser: &'p mut Parser,
    pub(super) rest: &'p [u8],
    /// Whether no event can get over the limit with the bytes of this chunk.
    pub(super) is_small: bool,
}

impl ByteEvents<'_> {
    /// The next event, or `None` once the chunk is used up.
    ///
    /// # Errors
    /// As for [`Events::next`].
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend from itself")]
    pub fn next(&mut self) -> Option<Result<EventBytes<'_>, EventTooLarge>> {
        read(self).map(|next| next.map(|(event, _)| event))
    }
}

#[inline]
fn read<'e, 'p: 'e>(
    ByteEvents { parser, rest, is_small }: &'e mut ByteEvents<'p>,
) -> Option<Result<(EventBytes<'e>, &'e mut IdText), EventTooLarge>> {
    if parser.is_lent {
        parser.release();
    }
    let mut block = Block::default();
    match parser.read(rest, &mut block, *is_small) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => return Some(Err(error)),
    }
    let Parser { data, event_type, last_event_id, id_generation, id_text, id_is_own, is_lent, .. } =
        &mut **parser;
    *is_lent = !data.is_empty() || !event_type.is_empty();
    // [spec] 3. If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove
    // the last character from the data buffer.
    let data = block.data.unwrap_or(data.strip_suffix(b"\n").unwrap_or(data));
    // [spec] 6. If the event type buffer has a value other than the empty string, change the type of
    // the newly created event to equal the value of the event type buffer.
    let event_type = match block.event_type.unwrap_or(event_type) {
        b"" => b"message",
        event_type => event_type,
    };
    let last_event_id = block.id.unwrap_or(last_event_id);
    let (has_own_id, id_generation) = (*id_is_own, *id_generation);
    Some(Ok((EventBytes { event_type, data, last_event_id, has_own_id, id_generation }, id_text)))
}

#[cfg(feature = "stream")]
impl<'p> Events<'p> {
    /// Leaves the rest of the chunk to its owner, to be fed next: nothing of it is parsed yet.
    pub(crate) fn pause(mut self) -> &'p [u8] {
        core::mem::take(&mut self.bytes.rest)
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        while self.next_bytes().is_some() {}
    }
}

/// A last event ID as text, decoded once.
#[derive(Debug, Default)]
pub(super) struct IdText {
    generation: Option<u32>,
    text: String,
}

impl IdText {
    fn of(&mut self, event: &EventBytes<'_>) -> &str {
        if self.generation.replace(event.id_generation) != Some(event.id_generation) {
            work::count(event.last_event_id.len());
            self.text.clear();
            self.text.push_str(&String::from_utf8_lossy(event.last_event_id));
        }
        &self.text
    }
}

/// An event as the stream has it, borrowed from the chunk or from the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The event type, `message` where the stream names none.
    pub event_type: &'a str,
    /// The data: the values of the block's `data` lines with a line feed between them.
    pub data: &'a str,
    /// The last event ID at the end of the event's block, whether that block or an earlier one set it.
    pub last_event_id: &'a str,
    /// Whether the event's own block set it.
    pub has_own_id: bool,
}

/// An event as it was received: UTF-8, if it is valid.
///
/// No value contains CR, which ends a line, unless the id does that the parser was seeded with. And since a line end
/// never lies within a multi-byte sequence, values that are put together with a CR between them decode to the same texts
/// as each by itself, whatever their bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventBytes<'a> {
    /// The event type, `message` where the stream names none.
    pub event_type: &'a [u8],
    /// The data: the values of the block's `data` lines with a line feed between them.
    pub data: &'a [u8],
    /// The last event ID at the end of the event's block, without NUL.
    pub last_event_id: &'a [u8],
    /// Whether the event's own block set it.
    pub has_own_id: bool,
    /// The parser's [generation](Parser::id_generation) of the last event ID.
    pub id_generation: u32,
}

/// An event was larger than [the limit][Parser::event_limit].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTooLarge {
    /// The limit in bytes.
    pub limit: usize,
}

impl fmt::Display for EventTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event larger than {} bytes: raise the event limit or send smaller events", self.limit)
    }
}

impl core::error::Error for EventTooLarge {}
