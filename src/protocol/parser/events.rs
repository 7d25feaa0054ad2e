//! What a parser hands out.

use core::fmt;

use super::utf8::decode;
use super::{Block, Parser};

/// The events that one chunk completes, each lent until the next is asked for.
///
/// Must be drained: the chunk is parsed as the events are asked for. Dropped early, it parses the rest of
/// the chunk without handing the events out.
#[derive(Debug)]
#[must_use = "the chunk is parsed as its events are asked for"]
pub struct Events<'p> {
    pub(super) parser: &'p mut Parser,
    pub(super) rest: &'p [u8],
}

impl Events<'_> {
    /// The next event, or `None` once the chunk is used up.
    ///
    /// # Errors
    /// [`EventTooLarge`] once, if an event is over the limit. From then on the parser gives nothing for any
    /// input: what follows cannot be told apart from the event's remains.
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend from itself")]
    pub fn next(&mut self) -> Option<Result<Event<'_>, EventTooLarge>> {
        let parser = &mut *self.parser;
        parser.release();
        let mut block = Block::default();
        match parser.read(&mut self.rest, &mut block) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(error)),
        }
        parser.is_lent = true;
        // [spec] 3. If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove
        // the last character from the data buffer.
        let bytes = match block.data {
            Some(data) => data,
            None => parser.data.strip_suffix(b"\n").unwrap_or(&parser.data),
        };
        let data = decode(bytes, &mut parser.repaired);
        // [spec] 6. If the event type buffer has a value other than the empty string, change the type of
        // the newly created event to equal the value of the event type buffer.
        let event_type = match block.event_type.unwrap_or(&parser.event_type) {
            "" => "message",
            event_type => event_type,
        };
        Some(Ok(Event { event_type, data, last_event_id: &parser.last_event_id }))
    }
}

#[cfg(feature = "stream")]
impl<'p> Events<'p> {
    /// Leaves the rest of the chunk to whoever owns it, to be fed next: nothing of it is parsed yet.
    pub(crate) fn pause(mut self) -> &'p [u8] {
        core::mem::take(&mut self.rest)
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        while self.next().is_some() {}
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
