//! The parsing vectors, which browsers agree with.
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use typed_eventsource::protocol::parser::Parser;

const VECTORS: &str = include_str!("vectors-standard.json");

/// Vectors larger than this are not cut at every byte: that would take quadratic time.
const CUT_UP_TO: usize = 4096;

#[derive(Deserialize)]
struct Vector {
    name: String,
    chunks: Vec<Chunk>,
    /// What the connections after the first get.
    #[serde(default)]
    then: Vec<Vec<Chunk>>,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Chunk {
    Text(String),
    Base64 { base64: String },
    Repeat { repeat: String, times: usize },
    Join { join: Vec<Self> },
}

impl Chunk {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Base64 { base64 } => BASE64_STANDARD.decode(base64).expect("valid base64"),
            Self::Repeat { repeat, times } => repeat.repeat(*times).into_bytes(),
            Self::Join { join } => join.iter().flat_map(Self::bytes).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    events: Vec<ExpectedEvent>,
    /// One vector leaves the headers open: in a header, the spaces around an id are lost.
    last_event_id_headers: Option<Vec<String>>,
    retry: Option<Retry>,
    #[serde(default)]
    prompt_delivery: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Retry {
    Exactly(u64),
    /// `">=…"`
    Bound(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedEvent {
    #[serde(rename = "type")]
    event_type: String,
    data: Option<String>,
    repeat: Option<Repeat>,
    last_event_id: String,
}

/// A text, how often it is repeated and, if not 0, how many bytes are cut off the end (negative).
#[derive(Deserialize)]
#[serde(from = "Vec<serde_json::Value>")]
struct Repeat(String);

impl From<Vec<serde_json::Value>> for Repeat {
    fn from(parts: Vec<serde_json::Value>) -> Self {
        let text = parts[0].as_str().expect("a text");
        let times = parts[1].as_u64().expect("a count");
        let cut = parts.get(2).map_or(0, |cut| cut.as_i64().expect("a length").unsigned_abs());
        let mut data = text.repeat(usize::try_from(times).expect("a small count"));
        data.truncate(data.len() - usize::try_from(cut).expect("a small length"));
        Self(data)
    }
}

/// What a client saw over all connections of a vector.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// (event type, data, last event ID)
    events: Vec<(String, String, String)>,
    /// The id with which each connection was asked for, and the next one would be.
    ids: Vec<String>,
    reconnection_time: Option<Duration>,
}

impl Seen {
    /// Gives one connection's chunks to a parser of its own.
    fn connection(&mut self, chunks: &[impl AsRef<[u8]>]) {
        let id = self.ids.last().cloned().unwrap_or_default();
        let mut parser = Parser::with_last_event_id(id);
        for chunk in chunks {
            let mut events = parser.feed(chunk.as_ref());
            while let Some(event) = events.next() {
                let event = event.expect("no event is over the default limit");
                self.events.push((event.event_type.into(), event.data.into(), event.last_event_id.into()));
            }
        }
        self.ids.push(parser.last_event_id().into_owned());
        self.reconnection_time = parser.reconnection_time().or(self.reconnection_time);
    }

    fn start() -> Self {
        Self { ids: vec![String::new()], ..Self::default() }
    }
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(VECTORS).expect("the vectors are in their notation")
}

/// The bytes of a vector: connections of chunks.
fn connections(vector: &Vector) -> Vec<Vec<Vec<u8>>> {
    std::iter::once(&vector.chunks)
        .chain(&vector.then)
        .map(|chunks| chunks.iter().map(Chunk::bytes).collect())
        .collect()
}

fn check(vector: &Vector, seen: &Seen, how: &str) {
    let name = &vector.name;
    let expected = vector.expect.events.iter().map(|event| {
        let data = match (&event.data, &event.repeat) {
            (Some(data), None) => data.clone(),
            (None, Some(Repeat(data))) => data.clone(),
            _ => panic!("{name}: neither data nor repeat, or both"),
        };
        (event.event_type.clone(), data, event.last_event_id.clone())
    });
    let expected: Vec<_> = expected.collect();
    // Not `assert_eq`: some events have a megabyte.
    assert!(seen.events == expected, "{name}, {how}: {:.400}", format!("{:?}", seen.events));
    if let Some(headers) = &vector.expect.last_event_id_headers {
        assert_eq!(&seen.ids, headers, "{name}, {how}");
    }
    let millis = seen.reconnection_time.map(|time| time.as_millis());
    match &vector.expect.retry {
        None => assert_eq!(millis, None, "{name}, {how}"),
        Some(Retry::Exactly(expected)) => assert_eq!(millis, Some(u128::from(*expected)), "{name}, {how}"),
        Some(Retry::Bound(bound)) => {
            let bound: u128 = bound.strip_prefix(">=").expect("a lower bound").parse().expect("a number");
            assert!(millis >= Some(bound), "{name}, {how}: {millis:?}");
        }
    }
}

#[test]
fn the_vectors_as_they_are_written() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 83);
    for vector in &vectors {
        let mut seen = Seen::start();
        for chunks in connections(vector) {
            seen.connection(&chunks);
        }
        check(vector, &seen, "as written");
    }
}

#[test]
fn the_vectors_whole_and_byte_by_byte() {
    for vector in vectors() {
        let (mut whole, mut bytewise) = (Seen::start(), Seen::start());
        for chunks in connections(&vector) {
            let bytes = chunks.concat();
            whole.connection(&[&bytes]);
            bytewise.connection(&bytes.chunks(1).collect::<Vec<_>>());
        }
        check(&vector, &whole, "whole");
        check(&vector, &bytewise, "byte by byte");
    }
}

#[test]
fn the_vectors_cut_at_every_byte() {
    let mut cut = 0;
    for vector in vectors() {
        let connections: Vec<Vec<u8>> = connections(&vector).iter().map(|chunks| chunks.concat()).collect();
        if connections.iter().map(Vec::len).sum::<usize>() >= CUT_UP_TO {
            continue;
        }
        cut += 1;
        for at in 0..=connections.iter().map(Vec::len).max().unwrap_or(0) {
            let mut seen = Seen::start();
            for bytes in &connections {
                let (head, tail) = bytes.split_at(at.min(bytes.len()));
                seen.connection(&[head, tail]);
            }
            check(&vector, &seen, &format!("cut at {at}"));
        }
    }
    assert_eq!(cut, 78, "nearly all vectors are short");
}

#[test]
fn prompt_vectors_dispatch_at_their_last_byte() {
    let mut prompt = 0;
    for vector in vectors().iter().filter(|vector| vector.expect.prompt_delivery) {
        prompt += 1;
        let bytes = connections(vector).concat().concat();
        let (last, before) = bytes.split_last().expect("a chunk");
        let mut parser = Parser::new();
        assert!(parser.feed(before).next().is_none(), "{}: too early", vector.name);
        let mut events = parser.feed(std::slice::from_ref(last));
        assert!(events.next().is_some(), "{}: held back", vector.name);
    }
    assert!(prompt >= 3, "the vectors ask for prompt delivery");
}
