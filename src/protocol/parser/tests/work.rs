//! What the parser does, and what goes on with its events, is in proportion to the bytes that come.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::protocol::replay::{Admission, Replays};
use crate::protocol::work;

/// The most that is done for a byte: it is searched for a line end, copied out of its chunk and into its buffer,
/// compared or looked through there, decoded and hashed.
const A_BYTE: usize = 8;

/// For an event of whatever length: its type may be the parser's, `message`.
const A_CHUNK: usize = 16;

#[track_caller]
fn check(done: usize, bytes: usize, chunks: usize, what: &str) {
    assert!(done <= A_BYTE * bytes + A_CHUNK * chunks, "{done} for {bytes} bytes in {chunks} chunks: {what}");
    assert!(done >= bytes / 2, "the work was not counted: {done} for {bytes} bytes: {what}");
}

#[test]
fn work_is_linear_however_the_input_is_cut() {
    let size = 256 * 1024;
    let long = "x".repeat(size);
    let inputs = [
        format!("data: {long}\n\n"),
        format!("event: {long}\ndata: x\n\n"),
        format!("id: {long}\ndata: x\n\n"),
        format!("id: {long}\n\nid: {long}\n\n"),
        format!("data: {}\n\n", "x\ndata: ".repeat(size / 8)),
        format!(": {long}\n\n"),
        "data: x\r\n\r\n".repeat(size / 11),
    ];
    for input in inputs {
        for chunk_size in [1, 2, 3, 7, 64, 4096, input.len()] {
            work::take();
            let mut done = 0;
            let mut parser = Parser::new();
            for (chunks, chunk) in input.as_bytes().chunks(chunk_size).enumerate() {
                drop(parser.feed(chunk));
                done += work::take();
                // Each byte is searched once, looked through and compared once where it is an id's, and copied at most
                // twice: out of the chunk, and into the event.
                assert!(
                    done <= 5 * input.len() + chunks + 1,
                    "{done} for {input:.10} in chunks of {chunk_size}"
                );
            }
            assert!(done >= input.len() / 2, "the work was not counted: {done}");
        }
    }
}

#[test]
fn a_long_id_costs_nothing_but_its_own_bytes() {
    let id = format!("id: {}\n\n", "x".repeat(1024 * 1024));
    let events = "data\n\n".repeat(2000);
    for chunk_size in [6, 600, events.len()] {
        let mut parser = Parser::new();
        drop(parser.feed(id.as_bytes()));
        work::take();
        let mut lengths = Vec::new();
        for chunk in events.as_bytes().chunks(chunk_size) {
            let mut events = parser.feed(chunk);
            while let Some(event) = events.next() {
                lengths.push(event.expect("no event is too large").last_event_id.len());
            }
        }
        assert_eq!(lengths, [1024 * 1024; 2000]);
        // It is decoded once, for the first event.
        check(work::take(), id.len() + events.len(), events.len() / chunk_size, "all events");
    }
}

/// Blocks of a hostile stream: long ids and types, the same ones again and again, events of a few bytes.
fn a_block() -> impl Strategy<Value = String> {
    let long = |name: &'static str| {
        (select(vec!["a", "b", "\u{e9}"]), select(vec![1, 100, 5000]))
            .prop_map(move |(text, times)| format!("{name}: {}\n", text.repeat(times)))
    };
    let line = prop_oneof![
        3 => long("id"),
        2 => long("event"),
        2 => long("data"),
        4 => Just("data\n".to_owned()),
        1 => Just("id\n".to_owned()),
        1 => Just(":\n".to_owned()),
    ];
    vec(line, 0..4).prop_map(|lines| lines.concat() + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn for_any_server_work_is_in_proportion_to_the_bytes(
        connections in vec(vec(a_block(), 1..12), 1..6),
        size in select(vec![1_usize, 3, 100, 4096, usize::MAX]),
        as_text in any::<bool>(),
    ) {
        work::take();
        let mut replays = Replays::default().gap_event("gap");
        let (mut bytes, mut chunks) = (0, 0);
        for blocks in connections {
            let stream = blocks.concat();
            let mut parser = Parser::new();
            replays.handle_open(true);
            for chunk in stream.as_bytes().chunks(size.min(stream.len())) {
                chunks += 1;
                let mut events = parser.feed(chunk);
                if as_text {
                    while let Some(event) = events.next() {
                        prop_assert!(event.is_ok());
                    }
                } else {
                    while let Some(event) = events.next_bytes() {
                        let event = event.expect("no event is too large");
                        let id = event.has_own_id.then_some(event.last_event_id);
                        let admission = replays.admit(id, event.event_type, event.data);
                        prop_assert!(admission == Admission::New || id.is_some());
                    }
                }
            }
            bytes += stream.len();
            // Each resume may look through what is remembered.
            prop_assert!(work::take() <= A_BYTE * bytes + A_CHUNK * chunks);
        }
    }
}
