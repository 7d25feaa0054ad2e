//! Events that depend on a seed and their id alone, so that a test knows each of them without having seen it.

use std::mem;
use std::time::Duration;

use serde::Serialize;
use typed_eventsource::protocol::encode::EncodeError;
use typed_eventsource::protocol::event::ServerSentEvent;

use super::script::{Events, LineEnd};
use crate::mix::mix;

/// The data of a generated event.
#[derive(Serialize)]
struct Tick<'a> {
    n: u64,
    pad: &'a str,
}

/// The data's length without a pad and the digits of `n`.
const FRAME: usize = r#"{"n":,"pad":""}"#.len();

/// 64 characters that JSON does not escape.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How much of a pad follows from the seed.
const PATTERN: usize = 80;

/// The writes of an `events` step.
pub(super) struct Generator<'a> {
    events: &'a Events,
    next: u64,
    left: u64,
    part_bytes: usize,
    reconnection_time: Option<Duration>,
    pad: String,
}

/// Some events in one write.
pub(super) struct Write {
    pub(super) stream: Vec<u8>,
    /// How many are complete.
    pub(super) events: u64,
}

impl<'a> Generator<'a> {
    /// The events that follow a last event ID.
    pub(super) fn after(last: u64, events: &'a Events) -> Self {
        Self {
            events,
            next: last.saturating_add(1),
            left: events.to.saturating_sub(last).min(events.at_most),
            // Whoever is beyond all this has had what the part is of.
            part_bytes: if last > events.to { 0 } else { events.part_bytes },
            reconnection_time: events.retry.map(Duration::from_millis),
            pad: String::new(),
        }
    }

    /// The id of the last event written as a whole, or the one to start after.
    pub(super) fn last_event_id(&self) -> u64 {
        self.next - 1
    }

    /// The next event, as it is on the wire.
    fn event(&mut self) -> Result<String, EncodeError> {
        let n = self.next;
        fill(&mut self.pad, self.events, n);
        let mut event = ServerSentEvent::new(Tick { n, pad: &self.pad }).id(n);
        if let Some(event_type) = &self.events.event_type {
            event = event.event_type(event_type.clone());
        }
        if let Some(time) = self.reconnection_time.take() {
            event = event.reconnection_time(time);
        }
        let encoded = event.encode()?;
        // Neither the type nor JSON has a line feed of its own.
        Ok(match self.events.line_end {
            LineEnd::Lf => encoded,
            other => encoded.replace('\n', other.as_str()),
        })
    }

    fn write(&mut self) -> Result<Option<Write>, EncodeError> {
        let mut stream = Vec::new();
        let events = self.left.min(self.events.per_write.get() as u64);
        for _ in 0..events {
            stream.extend(self.event()?.into_bytes());
            self.next += 1;
            self.left -= 1;
        }
        if events == 0 {
            let part_bytes = mem::take(&mut self.part_bytes);
            if part_bytes > 0 {
                stream = self.event()?.into_bytes();
                stream.truncate(part_bytes);
            }
        }
        Ok((!stream.is_empty()).then_some(Write { stream, events }))
    }
}

impl Iterator for Generator<'_> {
    type Item = Result<Write, EncodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.write().transpose()
    }
}

/// Fills the pad of event `n` with what follows from the seed.
fn fill(pad: &mut String, events: &Events, n: u64) {
    let digits = n.checked_ilog10().unwrap_or(0) as usize + 1;
    let length = events.bytes.saturating_sub(FRAME + digits);
    pad.clear();
    let mut state = mix(events.seed ^ mix(n));
    while pad.len() < length.min(PATTERN) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = mix(state);
        // Six bits choose a character; ten characters use up a number.
        for character in 0..10.min(length.min(PATTERN) - pad.len()) {
            pad.push(char::from(ALPHABET[(bits >> (6 * character)) as usize % ALPHABET.len()]));
        }
    }
    // A long pad repeats itself: a benchmark measures its client, not this.
    while pad.len() < length {
        pad.extend_from_within(..pad.len().min(length - pad.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(script: &str, last: u64) -> String {
        let events: Events = serde_json::from_str(script).expect("valid events");
        let writes = Generator::after(last, &events).flat_map(|write| write.expect("ticks encode").stream);
        String::from_utf8(writes.collect()).expect("UTF-8")
    }

    #[test]
    fn data_has_the_length_that_was_asked_for() {
        for (n, bytes) in [(1, 16), (1, 17), (9, 40), (10, 40), (99, 26), (12345, 1000)] {
            let script = format!(r#"{{"to": {n}, "bytes": {bytes}}}"#);
            let stream = stream(&script, n - 1);
            let data = stream.strip_prefix("data: ").and_then(|rest| rest.lines().next()).expect("data");
            assert_eq!(data.len(), bytes, "{data}");
            let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
            assert_eq!(data["n"], n);
        }
        assert_eq!(stream(r#"{"to": 1}"#, 0), "data: {\"n\":1,\"pad\":\"\"}\nid: 1\n\n");
    }

    #[test]
    fn an_event_depends_on_seed_and_id_alone() {
        let whole = stream(r#"{"to": 20, "bytes": 60, "seed": 7}"#, 0);
        let start = stream(r#"{"to": 20, "bytes": 60, "seed": 7, "atMost": 12, "perWrite": 5}"#, 0);
        let rest = stream(r#"{"to": 20, "bytes": 60, "seed": 7, "perWrite": 100}"#, 12);
        assert_eq!(whole, start + &rest);
        assert_ne!(whole, stream(r#"{"to": 20, "bytes": 60, "seed": 8}"#, 0));
        let blocks: std::collections::HashSet<_> = whole.split("pad").skip(1).map(|pad| &pad[..30]).collect();
        assert_eq!(blocks.len(), 20, "every pad differs");
    }

    #[test]
    fn writes_hold_so_many_events_and_the_first_the_reconnection_time() {
        let events: Events = serde_json::from_str(r#"{"to": 7, "perWrite": 3, "type": "tick", "retry": 5}"#)
            .expect("valid events");
        let mut generator = Generator::after(0, &events);
        let writes: Vec<_> = generator.by_ref().map(|write| write.expect("ticks encode")).collect();
        assert_eq!(writes.iter().map(|write| write.events).collect::<Vec<_>>(), [3, 3, 1]);
        assert_eq!(generator.last_event_id(), 7);
        let stream: Vec<_> = writes.into_iter().flat_map(|write| write.stream).collect();
        let stream = String::from_utf8(stream).expect("UTF-8");
        assert_eq!(stream.matches("event: tick\n").count(), 7);
        assert_eq!(stream.matches("retry: 5\n").count(), 1);
        assert!(stream.split("\n\n").next().is_some_and(|first| first.ends_with("retry: 5")));
    }

    #[test]
    fn lines_end_as_they_are_asked_to() {
        let lines = stream(r#"{"to": 2, "type": "tick", "retry": 1}"#, 0);
        for (name, end) in [("lf", "\n"), ("cr", "\r"), ("crlf", "\r\n")] {
            let script = format!(r#"{{"to": 2, "type": "tick", "retry": 1, "lineEnd": "{name}"}}"#);
            assert_eq!(stream(&script, 0), lines.replace('\n', end));
        }
    }

    #[test]
    fn part_of_one_event_follows_and_does_not_count() {
        let whole = stream(r#"{"to": 3, "type": "é"}"#, 0);
        let third = stream(r#"{"to": 3, "type": "é"}"#, 2).len();
        for bytes in 0..third + 2 {
            // Through the character too, which takes two bytes.
            let script = format!(r#"{{"to": 2, "type": "é", "perWrite": 9, "partBytes": {bytes}}}"#);
            let events: Events = serde_json::from_str(&script).expect("valid events");
            for last in 0..=2 {
                let mut generator = Generator::after(last, &events);
                let writes: Vec<_> = generator.by_ref().map(|write| write.expect("ticks encode")).collect();
                assert_eq!(writes.iter().map(|write| write.events).sum::<u64>(), 2 - last);
                assert_eq!(generator.last_event_id(), 2);
                let start = whole.len() - stream(r#"{"to": 3, "type": "é"}"#, last).len();
                let end = whole.len() - third + bytes.min(third);
                let stream: Vec<_> = writes.into_iter().flat_map(|write| write.stream).collect();
                assert_eq!(stream, &whole.as_bytes()[start..end], "{bytes} bytes after {last}");
            }
            assert_eq!(stream(&script, 3), "");
        }
        let at_most = r#"{"to": 9, "atMost": 1, "partBytes": 5}"#;
        assert_eq!(stream(at_most, 4), stream(r#"{"to": 5}"#, 4) + "data:");
    }

    #[test]
    fn nothing_comes_after_the_end() {
        assert_eq!(stream(r#"{"to": 3}"#, 3), "");
        assert_eq!(stream(r#"{"to": 3}"#, u64::MAX), "");
        assert_eq!(stream(r#"{"to": 3, "atMost": 0}"#, 0), "");
    }
}
