//! The rules of the standard that take a whole stream, or more than one, to be seen: its own examples, what is
//! forgotten after each event and what with each connection, and the streams of servers in use. The rules of a
//! single line are beside the parser.
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use typed_eventsource::protocol::parser::Parser;

/// (event type, data, last event ID)
type Row = (String, String, String);

fn row(&(event_type, data, last_event_id): &(&str, &str, &str)) -> Row {
    (event_type.into(), data.into(), last_event_id.into())
}

fn feed(parser: &mut Parser, chunk: &[u8], rows: &mut Vec<Row>) {
    let mut events = parser.feed(chunk);
    while let Some(event) = events.next() {
        let event = event.expect("no event is over the default limit");
        rows.push((event.event_type.into(), event.data.into(), event.last_event_id.into()));
    }
}

/// Parses a stream whole and cut at each byte, which makes no difference, after a connection that had this id.
#[track_caller]
fn check_after(id: &str, stream: impl AsRef<[u8]>, expected: &[(&str, &str, &str)]) -> Parser {
    let stream = stream.as_ref();
    let expected: Vec<_> = expected.iter().map(row).collect();
    let mut last = Parser::new();
    for at in 0..=stream.len() {
        let mut parser = Parser::with_last_event_id(id);
        let mut rows = Vec::new();
        let (head, tail) = stream.split_at(at);
        feed(&mut parser, head, &mut rows);
        feed(&mut parser, tail, &mut rows);
        assert_eq!(rows, expected, "cut at {at}: {}", stream.escape_ascii());
        last = parser;
    }
    last
}

#[track_caller]
fn check(stream: impl AsRef<[u8]>, expected: &[(&str, &str, &str)]) -> Parser {
    check_after("", stream, expected)
}

#[test]
fn an_event_of_several_data_lines() {
    // [spec] […] would be parsed as a single event with the data consisting of the lines joined by line feeds.
    check("data: YHOO\ndata: +2\ndata: 10\n\n", &[("message", "YHOO\n+2\n10", "")]);
}

#[test]
fn a_comment_an_id_an_id_that_is_reset_and_an_event_that_is_cut() {
    // [spec] […] there are four blocks […]. The first block has just a comment, and will fire nothing. […]
    // The last block is discarded, for there is no blank line after it.
    let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n";
    let parser = check(stream, &[("message", "first event", "1"), ("message", "second event", "")]);
    assert_eq!(parser.last_event_id(), "");
    check(
        [stream, "\n"].concat(),
        &[("message", "first event", "1"), ("message", "second event", ""), ("message", " third event", "")],
    );
}

#[test]
fn events_of_several_types() {
    let stream = "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n";
    check(stream, &[("add", "73857293", ""), ("remove", "2153", ""), ("add", "113411", "")]);
}

#[test]
fn the_fields_of_a_block_come_in_any_order() {
    let fields = ["data: x", "event: n", "id: 1", "retry: 5"];
    for first in 0..4 {
        for swapped in [false, true] {
            let mut order: Vec<_> = (0..4).map(|at| fields[(first + at) % 4]).collect();
            if swapped {
                order.swap(1, 2);
            }
            let parser = check(order.join("\n") + "\n\n", &[("n", "x", "1")]);
            assert_eq!(parser.reconnection_time(), Some(Duration::from_millis(5)));
        }
    }
}

#[test]
fn an_event_forgets_the_type_and_the_data_of_the_one_before_and_keeps_its_id() {
    check("event: n\nid: 1\ndata: a\n\ndata: b\n\n", &[("n", "a", "1"), ("message", "b", "1")]);
    // So does one that was not dispatched.
    check("event: n\nid: 1\n\ndata: b\n\n", &[("message", "b", "1")]);
}

#[test]
fn an_ignored_id_leaves_the_one_of_its_block_and_of_the_blocks_before() {
    check("id: 1\nid: \0\ndata: a\n\nid: 2\0\ndata: b\n\n", &[("message", "a", "1"), ("message", "b", "1")]);
}

#[test]
fn event_types_and_field_names_are_compared_literally() {
    let stream =
        "event: N\ndata: a\n\nevent: n\ndata: b\n\nevent: message \ndata: c\n\nevent: Message\ndata: d\n\n";
    check(stream, &[("N", "a", ""), ("n", "b", ""), ("message ", "c", ""), ("Message", "d", "")]);
    check("Event: n\nEVENT: n\nID: 1\nRETRY: 5\nData: no\ndata: yes\n\n", &[("message", "yes", "")]);
}

#[test]
fn nothing_of_an_unfinished_block_outlives_its_connection() {
    let committed = "id: 1\ndata: a\n\n";
    let unfinished: [&[u8]; 8] = [
        b"id: 2\n",
        b"id: 2\ndata: b",
        b"data: b\n",
        b"event: n\n",
        b"da",
        b"data: b\r",
        b"data: \xE2\x82",
        b"\xEF\xBB",
    ];
    for rest in unfinished {
        let parser = check([committed.as_bytes(), rest].concat(), &[("message", "a", "1")]);
        let id = parser.last_event_id();
        assert_eq!(id, "1", "{}", rest.escape_ascii());
        check_after(&id, "\ndata: b\n\n", &[("message", "b", "1")]);
        check_after(&id, b"\xEF\xBB\xBFdata: b\n\n", &[("message", "b", "1")]);
        // What would complete it is a line with an unknown name.
        check_after(&id, b"ta: no\ndata: b\n\n", &[("message", "b", "1")]);
        check_after(&id, b"\xACdata: no\ndata: b\n\n", &[("message", "b", "1")]);
    }
}

#[test]
fn an_id_may_be_reset_on_a_later_connection() {
    let parser =
        check_after("1", "data: a\n\nid\n\ndata: b\n\n", &[("message", "a", "1"), ("message", "b", "")]);
    assert_eq!(parser.last_event_id(), "");
}

#[test]
fn text_json_and_empty_data_of_one_stream_stay_what_they_are() {
    // As ASP.NET Core writes: text as it is, other values as JSON, null as an empty value.
    let stream = "event: text\ndata: plain, \"quoted\"\nid: 1\nretry: 2000\n\n\
        event: json\ndata: {\"n\":1}\nid: 2\n\nevent: json\ndata: \nid: 3\n\n";
    let parser =
        check(stream, &[("text", "plain, \"quoted\"", "1"), ("json", "{\"n\":1}", "2"), ("json", "", "3")]);
    assert_eq!(parser.reconnection_time(), Some(Duration::from_secs(2)));
}

#[test]
fn heartbeats_are_comments_and_dispatch_nothing() {
    // As axum, better-sse and Mercure write them: before, between and within blocks.
    check(":\n\n:\n\ndata: a\n\n:\n\n", &[("message", "a", "")]);
    check("retry: 2000\n\n:keep-alive\n\nid: 1\n: ping\ndata: a\n\n:\n", &[("message", "a", "1")]);
    check(":\ndata: a\n:\ndata: b\n\n", &[("message", "a\nb", "")]);
}

#[test]
fn data_that_looks_like_another_field_or_event_is_data() {
    let stream = "data: event: n\ndata: id: 1\ndata: data: x\ndata: : comment\ndata:retry: 5\n\n";
    let parser = check(stream, &[("message", "event: n\nid: 1\ndata: x\n: comment\nretry: 5", "")]);
    assert_eq!(parser.reconnection_time(), None);
}
