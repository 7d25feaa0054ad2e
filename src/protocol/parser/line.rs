//! Lines and their fields, and the state of an unfinished line whose bytes are not kept.

use super::search;
use crate::protocol::work;

/// The four fields an event stream can carry; a line with any other name is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
}

impl Field {
    // [spec] Field names must be compared literally, with no case folding performed.
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Data => b"data",
            Self::Event => b"event",
            Self::Id => b"id",
            Self::Retry => b"retry",
        }
    }

    /// The only field whose name can start with `byte`: no two share their first letter.
    const fn starting_with(byte: u8) -> Option<Self> {
        match byte {
            b'd' => Some(Self::Data),
            b'e' => Some(Self::Event),
            b'i' => Some(Self::Id),
            b'r' => Some(Self::Retry),
            _ => None,
        }
    }

    /// Splits a whole line, without its end, into field and value.
    #[inline]
    pub(super) fn split(line: &[u8]) -> Option<(Self, &[u8])> {
        // Matched with the names written out, so that each is compared as one word.
        let (field, rest) = match line {
            [b'd', b'a', b't', b'a', rest @ ..] => (Self::Data, rest),
            [b'i', b'd', rest @ ..] => (Self::Id, rest),
            [b'e', b'v', b'e', b'n', b't', rest @ ..] => (Self::Event, rest),
            [b'r', b'e', b't', b'r', b'y', rest @ ..] => (Self::Retry, rest),
            // [spec] If the line starts with a U+003A COLON character (:): Ignore the line.
            _ => return None,
        };
        match rest {
            // [spec] If value starts with a U+0020 SPACE character, remove it from value.
            [b':', b' ', value @ ..] | [b':', value @ ..] => Some((field, value)),
            // [spec] Otherwise […] using the whole line as the field name, and the empty string as the
            // field value.
            [] => Some((field, rest)),
            _ => None,
        }
    }
}

/// Where the input stands within its current line when a chunk ends.
///
/// Enough to go on with the next chunk, so that neither a field name nor a comment is ever buffered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// At the start of the stream, with so many bytes of the byte order mark read.
    ByteOrderMark(u8),
    /// At the start of a line.
    Start,
    /// At the start of a line after a CR: an LF now would be the second half of that line's end.
    AfterCr,
    /// Within what can still become this field's name, with so many bytes of it read.
    Name(Field, u8),
    /// After the colon: a space now would not be part of the value.
    Colon(Field),
    /// Within the value.
    Value(Field),
    /// Within a comment or a field that is none of the four.
    Ignored,
    /// An event was over the limit; nothing is read any more.
    Failed,
}

impl Line {
    /// Reads on as far as the value, and gives the bytes that belong to it.
    pub(super) fn advance<'c>(&mut self, mut bytes: &'c [u8]) -> Option<(Field, &'c [u8])> {
        loop {
            let (&byte, tail) = bytes.split_first()?;
            *self = match *self {
                Self::Start => match Field::starting_with(byte) {
                    Some(field) => Self::Name(field, 1),
                    None => Self::Ignored,
                },
                Self::Name(field, read) => match field.name().get(usize::from(read)) {
                    Some(expected) if *expected == byte => Self::Name(field, read + 1),
                    None if byte == b':' => Self::Colon(field),
                    _ => Self::Ignored,
                },
                Self::Colon(field) if byte == b' ' => Self::Value(field),
                Self::Colon(field) | Self::Value(field) => {
                    *self = Self::Value(field);
                    return Some((field, bytes));
                }
                // The parser leaves the other states before it reads on within a line.
                _ => return None,
            };
            bytes = tail;
        }
    }

    /// The field of a line that ends here.
    pub(super) fn field(self) -> Option<Field> {
        match self {
            Self::Name(field, read) if usize::from(read) == field.name().len() => Some(field),
            Self::Colon(field) | Self::Value(field) => Some(field),
            _ => None,
        }
    }
}

/// The first line of `bytes`, the byte that ends it, and the rest, if a line ends in there.
#[inline]
pub(super) fn split_line(bytes: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    // A blank line follows every event: not worth a search.
    let length = match bytes.first()? {
        b'\n' | b'\r' => 0,
        _ => search::line_end(bytes).unwrap_or(bytes.len()),
    };
    work::count(length + 1);
    let (line, tail) = bytes.split_at_checked(length)?;
    let (&end, tail) = tail.split_first()?;
    Some((line, end, tail))
}

/// A value of ASCII digits as a number, `most` if it is more, which is far from overflowing. Unlike `str::parse` no sign
/// is allowed; the empty value is no integer.
pub(super) fn parse_digits(value: &[u8], most: u64) -> Option<u64> {
    let mut number = 0;
    for byte in value {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = (10 * number + u64::from(byte - b'0')).min(most);
    }
    (!value.is_empty()).then_some(number)
}
