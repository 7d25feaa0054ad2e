//! The parser gives what a naive one gives, with any limit, wherever the stream is cut. What it does, and what is looked
//! up for its events, is in proportion to the bytes.

use std::collections::HashSet;

use typed_eventsource::protocol::parser::{DEFAULT_EVENT_LIMIT, EventTooLarge, Parser};
use typed_eventsource::protocol::replay::{Admission, Replays};

use super::bytes::Bytes;
use super::reference::{Outcome, interpret};

/// What an input stands for.
#[derive(Debug)]
struct Case<'b> {
    /// Of the chunks, in turns; the whole stream is one if there are none.
    lengths: &'b [u8],
    limit: usize,
    last_event_id: String,
    stream: &'b [u8],
}

impl<'b> Case<'b> {
    fn read(bytes: &'b [u8]) -> Self {
        let mut bytes = Bytes::new(bytes);
        let lengths = usize::from(bytes.byte() % 16);
        let limit = bytes.option(|bytes| usize::try_from(bytes.number()).unwrap_or(usize::MAX));
        let id = usize::from(bytes.byte() % 16);
        Self {
            lengths: bytes.take(lengths),
            limit: limit.unwrap_or(DEFAULT_EVENT_LIMIT),
            last_event_id: String::from_utf8_lossy(bytes.take(id)).into_owned(),
            stream: bytes.rest(),
        }
    }

    fn parser(&self) -> Parser {
        Parser::with_last_event_id(self.last_event_id.as_str()).event_limit(self.limit)
    }

    fn chunks(&self) -> impl Iterator<Item = &'b [u8]> {
        // With none but empty chunks it would never end.
        let lengths = if self.lengths.iter().any(|&length| length > 0) { self.lengths } else { &[] };
        let mut lengths = lengths.iter().cycle();
        let mut rest = self.stream;
        std::iter::from_fn(move || {
            let length = lengths.next().map_or(rest.len(), |&length| rest.len().min(length.into()));
            (!rest.is_empty()).then(|| rest.split_off(..length).unwrap_or_default())
        })
    }

    fn expected(&self) -> (Outcome, Option<EventTooLarge>) {
        match first_too_large(self.stream, self.limit) {
            None => (interpret(self.stream, &self.last_event_id), None),
            Some(at) => {
                let before = interpret(&self.stream[..at], &self.last_event_id);
                (before, Some(EventTooLarge { limit: self.limit }))
            }
        }
    }
}

/// Panics where the parser does, and where it gives something else than the reference.
pub fn check(bytes: &[u8]) {
    let case = Case::read(bytes);
    resume(&case);
    let expected = case.expected();
    take_work();
    assert_eq!(parse(case.parser(), case.chunks()), expected, "in chunks: {case:?}");
    check_work(case.stream.len() + case.last_event_id.len(), case.chunks().count(), &case);
    assert_eq!(parse(case.parser(), [case.stream]), expected, "whole: {case:?}");

    // No stream can give such an id, only a caller.
    if !case.last_event_id.contains('\r') {
        assert_eq!(parse_as_bytes(case.parser(), case.chunks()), expected.0.events, "as bytes: {case:?}");
    }

    let mut parser = case.parser();
    for chunk in case.chunks() {
        drop(parser.feed(chunk));
    }
    assert_eq!(parser.last_event_id(), expected.0.last_event_id, "without its events: {case:?}");
    assert_eq!(parser.reconnection_time(), expected.0.reconnection_time, "without its events: {case:?}");
}

/// Reads the stream again and again, each time as the answer to a resume.
fn resume(case: &Case<'_>) {
    let mut replays = Replays::default().gap_event("gap").seed(case.limit as u64);
    let mut sent = HashSet::new();
    let mut bytes = case.last_event_id.len();
    let mut chunks = 0;
    take_work();
    for _ in 0..3 {
        replays.handle_open(true);
        let mut parser = case.parser();
        for chunk in case.chunks() {
            bytes += chunk.len();
            chunks += 1;
            let mut events = parser.feed(chunk);
            while let Some(Ok(event)) = events.next_bytes() {
                let id = event.has_own_id.then_some(event.last_event_id);
                let admission = replays.admit(id, event.event_type, event.data);
                let is_first =
                    sent.insert((id.map(<[u8]>::to_vec), event.event_type.to_vec(), event.data.to_vec()));
                assert!(admission != Admission::Replay || !is_first, "what is new was dropped: {case:?}");
            }
        }
    }
    check_work(bytes, chunks, case);
}

/// Each byte is searched, copied, compared, decoded and hashed a few times, and no byte for another's sake. Looks at what
/// was done since this was asked last.
fn check_work(bytes: usize, chunks: usize, case: &Case<'_>) {
    let done = take_work();
    assert!(done <= 8 * bytes + 16 * chunks, "{done} for {bytes} bytes in {chunks} chunks: {case:?}");
}

#[cfg(fuzzing)]
use typed_eventsource::protocol::work::take as take_work;

/// Without a fuzzer it is not counted.
#[cfg(not(fuzzing))]
fn take_work() -> usize {
    0
}

fn parse<'b>(
    mut parser: Parser,
    chunks: impl IntoIterator<Item = &'b [u8]>,
) -> (Outcome, Option<EventTooLarge>) {
    let mut outcome = Outcome::default();
    let mut error = None;
    for chunk in chunks {
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next() {
            assert_eq!(error, None, "nothing comes after the error");
            match event {
                Ok(event) => outcome.events.push((
                    event.event_type.into(),
                    event.data.into(),
                    event.last_event_id.into(),
                )),
                Err(too_large) => error = Some(too_large),
            }
        }
    }
    outcome.last_event_id = parser.last_event_id().into();
    outcome.reconnection_time = parser.reconnection_time();
    (outcome, error)
}

/// The events of each chunk put together with a CR between their values, decoded, and taken apart.
fn parse_as_bytes<'b>(
    mut parser: Parser,
    chunks: impl IntoIterator<Item = &'b [u8]>,
) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for chunk in chunks {
        let mut together = Vec::new();
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next_bytes() {
            let Ok(event) = event else { break };
            for value in [event.event_type, event.data, event.last_event_id] {
                together.extend_from_slice(value);
                together.push(b'\r');
            }
        }
        let text = String::from_utf8_lossy(&together);
        let mut values = text.split_terminator('\r').map(str::to_owned);
        while let (Some(event_type), Some(data), Some(id)) = (values.next(), values.next(), values.next()) {
            all.push((event_type, data, id));
        }
    }
    all
}

/// Where the line begins that makes an event larger than the limit, if one does.
fn first_too_large(stream: &[u8], limit: usize) -> Option<usize> {
    // Of the unfinished event: what its data lines hold, its type and its own id.
    let (mut data, mut event_type, mut id) = (Vec::new(), 0, 0);
    let mut start = if stream.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    while start < stream.len() {
        let rest = &stream[start..];
        let end = rest.iter().position(|byte| b"\r\n".contains(byte));
        let line = &rest[..end.unwrap_or(rest.len())];
        let (name, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if end.is_none() && value.is_empty() {
            return None;
        }
        // As received.
        let size = match name {
            b"data" => {
                data.push(value.len());
                joined(&data) + event_type + id
            }
            b"event" => joined(&data) + value.len() + id,
            b"id" => joined(&data) + event_type + value.len(),
            b"retry" => joined(&data) + event_type + id + value.len(),
            _ => 0,
        };
        if size > limit {
            return Some(start);
        }
        match name {
            b"" if line.is_empty() => (data, event_type, id) = (Vec::new(), 0, 0),
            b"event" => event_type = value.len(),
            b"id" if !value.contains(&0) => id = value.len(),
            _ => {}
        }
        start += line.len() + if rest[line.len()..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    None
}

/// The length of these lines with a line feed between them.
fn joined(lines: &[usize]) -> usize {
    lines.iter().sum::<usize>() + lines.len().saturating_sub(1)
}
