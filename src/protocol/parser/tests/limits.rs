//! The bounds of an event, and of what the parser keeps.

use super::super::buffers::KEPT_CAPACITY;
use super::*;

#[test]
fn an_event_at_the_limit_passes_and_one_byte_more_is_an_error() {
    let table = [
        ("data: 12345\n\n", 5),
        ("data: 12\ndata: 34\n\n", 5),
        ("data\ndata\ndata\n\n", 2),
        ("event: ab\ndata: 12\nid: 3\n\n", 5),
        ("id: 3\ndata: 1\nevent: \ndata: 2\nevent: a\n\n", 5),
        ("event: 12345\nevent: a\nid: 12\nid: 1\ndata: 123\n\n", 5),
        ("id: 1234\nid: 1234\nevent: a\nevent: a", 5),
        ("data: \u{20ac}12", 5),
        ("event: 12345", 5),
        ("id: 1234\0", 5),
        ("retry: 00000", 5),
        ("data: 12\nretry: 10\n", 4),
    ];
    for (input, limit) in table {
        // The event before and the one after have no part in it.
        let input = format!("data: 1\n\n{input}\n\ndata: 2");
        let passing = parse_with(|| Parser::new().event_limit(limit), input.as_bytes());
        assert_eq!(passing.error, None, "{input:?} with {limit}");
        let limit = limit - 1;
        let failing = parse_with(|| Parser::new().event_limit(limit), input.as_bytes());
        assert_eq!(failing.error, Some(EventTooLarge { limit }), "{input:?} with {limit}");
        assert_eq!(failing.events.len(), 1, "{input:?}");
    }
}

#[test]
fn an_inherited_id_does_not_count_towards_the_limit() {
    let parser = || Parser::with_last_event_id("0123456789").event_limit(3);
    let parsed = parse_with(parser, b"data: abc\n\nid: a\n\nevent: a\nid\ndata: 12\n\n");
    assert_eq!((parsed.events.len(), parsed.error), (2, None));
}

#[test]
fn comments_and_unknown_fields_do_not_count_towards_the_limit() {
    let input = b": 123456789\nunknown: 123456789\ndatax: 123456789\ndata: ab\n\n";
    let parsed = parse_with(|| Parser::new().event_limit(2), input);
    assert_eq!((parsed.events.len(), parsed.error), (1, None));
}

#[test]
fn after_the_error_nothing_is_read() {
    let mut parser = Parser::new().event_limit(3);
    drop(parser.feed(b"id: 1\n\nid: 2\ndata: 1234\n\ndata: a\n\nretry: 5\nid: 3\n\n"));
    drop(parser.feed(b"\n\ndata: a\n\nretry: 5\nid: 3\n\n"));
    assert_eq!((&*parser.last_event_id(), parser.reconnection_time()), ("1", None));
    assert_eq!(parser.data.capacity() + parser.value.capacity(), 0);
}

#[test]
fn the_error_says_what_happened_and_what_to_do() {
    let message = EventTooLarge { limit: 5 }.to_string();
    assert_eq!(message, "event larger than 5 bytes: raise the event limit or send smaller events");
}

fn kept_bytes(parser: &Parser) -> usize {
    let buffers = [&parser.data, &parser.value, &parser.event_type, &parser.id, &parser.last_event_id];
    buffers.map(Vec::capacity).iter().sum()
}

#[test]
fn a_huge_comment_or_unknown_field_costs_no_memory() {
    for start in [": ", "unknown", "datax: ", "\u{feff}\u{feff}data: "] {
        let mut parser = Parser::new();
        drop(parser.feed(start.as_bytes()));
        for _ in 0..1024 {
            drop(parser.feed(&[b'z'; 4096]));
        }
        assert_eq!(kept_bytes(&parser), 0, "{start:?}");
        assert_eq!(feed_all(parser, [&b"\ndata: x\n\n"[..]]).events.len(), 1);
    }
}

#[test]
fn buffers_shrink_after_a_big_event() {
    for field in ["data: ", "event: ", "id: \0", "retry: ", "data: \u{e9}\ndata: "] {
        for byte in [b'1', 0xFF] {
            let mut parser = Parser::new();
            drop(parser.feed(field.as_bytes()));
            for _ in 0..256 {
                drop(parser.feed(&[byte; 4096]));
            }
            assert!(kept_bytes(&parser) >= 1024 * 1024, "{field:?}");
            drop(parser.feed(b"\ndata: x\n\nevent: x\n"));
            assert!(kept_bytes(&parser) <= 3 * KEPT_CAPACITY, "{field:?}: {}", kept_bytes(&parser));
        }
    }
}
