//! One table or test for each rule of the standard, each input cut in every way that is short to say.

use std::{cell::Cell, time::Duration};

use super::*;

thread_local! {
    static WORK: Cell<usize> = const { Cell::new(0) };
}

/// Called by the parser with the number of bytes it searches or copies.
pub(super) fn count_work(bytes: usize) {
    WORK.set(WORK.get() + bytes);
}

/// (event type, data, last event ID)
type Row<'a> = (&'a str, &'a str, &'a str);

#[derive(Debug, PartialEq)]
struct Parsed {
    events: Vec<(String, String, String)>,
    error: Option<EventTooLarge>,
    last_event_id: String,
    reconnection_time: Option<Duration>,
}

fn feed_all<'c>(mut parser: Parser, chunks: impl IntoIterator<Item = &'c [u8]>) -> Parsed {
    let mut parsed =
        Parsed { events: vec![], error: None, last_event_id: String::new(), reconnection_time: None };
    for chunk in chunks {
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next() {
            assert_eq!(parsed.error, None, "nothing comes after the error");
            match event {
                Ok(Event { event_type, data, last_event_id, .. }) => {
                    parsed.events.push((event_type.into(), data.into(), last_event_id.into()));
                }
                Err(error) => parsed.error = Some(error),
            }
        }
    }
    parsed.last_event_id = parser.last_event_id().into();
    parsed.reconnection_time = parser.reconnection_time();
    parsed
}

/// Parses the input whole, byte by byte with empty chunks between, and cut once at every point, and checks
/// that all agree.
fn parse_with(parser: impl Fn() -> Parser, input: &[u8]) -> Parsed {
    let whole = feed_all(parser(), [input]);
    let bytes = input.iter().flat_map(|byte| [std::slice::from_ref(byte), &[]]);
    assert_eq!(feed_all(parser(), bytes), whole, "byte by byte: {}", input.escape_ascii());
    for at in 0..=input.len() {
        let (head, tail) = input.split_at(at);
        assert_eq!(feed_all(parser(), [head, tail]), whole, "cut at {at}: {}", input.escape_ascii());
    }
    whole
}

fn parse(input: impl AsRef<[u8]>) -> Parsed {
    parse_with(Parser::new, input.as_ref())
}

#[track_caller]
fn check(input: impl AsRef<[u8]>, expected: &[Row<'_>]) {
    let parsed = parse(&input);
    let events: Vec<_> = parsed.events.iter().map(|(t, d, i)| (&**t, &**d, &**i)).collect();
    assert_eq!(events, expected, "{}", input.as_ref().escape_ascii());
    assert_eq!(parsed.error, None);
}

#[test]
fn lines_end_with_lf_cr_or_crlf() {
    let ab: &[Row<'_>] = &[("message", "a", ""), ("message", "b", "")];
    for end in ["\n", "\r", "\r\n"] {
        check(format!("data: a{end}{end}data: b{end}{end}"), ab);
        check(format!("data: a{end}data: b{end}{end}"), &[("message", "a\nb", "")]);
    }
    check("data: a\n\rdata: b\r\n\r", ab);
    check("data: a\r\r\ndata: b\n\r\n", ab);
    check("data: a\r\n\ndata: b\r\n\r\r\n", ab);
    check(
        "data: a\u{b}\u{c}\u{85}\u{2028}\u{2029}b\n\n",
        &[("message", "a\u{b}\u{c}\u{85}\u{2028}\u{2029}b", "")],
    );
}

// Trap 12
#[test]
fn crlf_split_across_chunks_is_one_line_end() {
    let chunks: [&[u8]; 4] = [b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n"];
    let parsed = feed_all(Parser::new(), chunks);
    assert_eq!(parsed.events, [("message".into(), "a\nb".into(), String::new())]);
}

#[test]
fn a_bare_cr_dispatches_without_waiting_for_the_next_byte() {
    for input in ["data: x\r\r", "data: x\r\n\r", "data: x\n\r", "data: x\n\n"] {
        let mut parser = Parser::new();
        let mut events = parser.feed(input.as_bytes());
        assert_eq!(events.next().expect("an event").expect("no error").data, "x");
        assert!(events.next().is_none());
        drop(events);
        // The LF that follows belongs to the CR.
        let events = feed_all(parser, [&b"\ndata: y\n\n"[..]]).events;
        assert_eq!(events, [("message".into(), "y".into(), String::new())]);
    }
}

// Trap 4
#[test]
fn the_id_is_committed_at_the_blank_line_only() {
    assert_eq!(parse("id: 1\ndata: a\n\nid: 2\ndata: b\n").last_event_id, "1");
    assert_eq!(parse("id: 1\ndata: a\n\nid: 2\ndata: b\n\n").last_event_id, "2");
    assert_eq!(parse("id: 1\nid: 2\n\n").last_event_id, "2");
    assert_eq!(parse("id: 1\n\nid\n").last_event_id, "1");
    assert_eq!(parse("id: 1\n\nid\n\n").last_event_id, "");
    assert_eq!(parse("id:  \u{e9} \n\n").last_event_id, " \u{e9} ");
}

// Trap 5
#[test]
fn a_block_with_only_an_id_commits_it() {
    let parsed = parse("id: 7\n\n");
    assert_eq!((parsed.last_event_id.as_str(), parsed.events.len()), ("7", 0));
    check("id: 7\n\ndata: x\n\n", &[("message", "x", "7")]);
}

// Trap 6
#[test]
fn the_last_event_id_carries_over() {
    check(
        "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
        &[("message", "a", "1"), ("message", "b", "1"), ("message", "c", "")],
    );
}

// Trap 7
#[test]
fn a_seeded_parser_starts_with_the_old_id() {
    let parsed = parse_with(|| Parser::with_last_event_id("old"), b"data: a\n\nid: new\ndata: b\n\n");
    let ids: Vec<_> = parsed.events.iter().map(|(_, _, id)| &**id).collect();
    assert_eq!(ids, ["old", "new"]);
    let parsed = parse_with(|| Parser::with_last_event_id("old"), b"id: unfinished\n");
    assert_eq!(parsed.last_event_id, "old");
}

// Trap 9
#[test]
fn blocks_without_data_dispatch_nothing_and_empty_data_lines_count() {
    for nothing in [
        "",
        "\n\n\n",
        ": comment\n\n",
        "event: a\n\n",
        "retry: 1\n\n",
        "id: 1\n\n",
        "dat\n\n",
        "datas: x\n\n",
    ] {
        assert_eq!(parse(nothing).events, [], "{nothing:?}");
    }
    for empty in ["data\n\n", "data:\n\n", "data: \n\n"] {
        check(empty, &[("message", "", "")]);
    }
    check("data\ndata\n\n", &[("message", "\n", "")]);
    check("data:\ndata: x\ndata\n\n", &[("message", "\nx\n", "")]);
    check("data\n\ndata\ndata\n\ndata:", &[("message", "", ""), ("message", "\n", "")]);
}

#[test]
fn values_lose_one_leading_space_only() {
    check(
        "data:x\n\ndata: x\n\ndata:  x\n\n",
        &[("message", "x", ""), ("message", "x", ""), ("message", " x", "")],
    );
    check("data:\tx \n\n", &[("message", "\tx ", "")]);
    check("data:: x\n\n", &[("message", ": x", "")]);
}

#[test]
fn unknown_fields_and_comments_are_ignored() {
    check("data: a\n: c\n:\n:data: b\ndatax: c\ndat: d\n\n", &[("message", "a", "")]);
    check(
        "Data: a\nDATA: b\n data: c\ndata : d\ndata\t: e\nda\u{e9}ta: f\ndata: yes\n\n",
        &[("message", "yes", "")],
    );
    check("ids: 1\ni: 2\nevents: a\neven: b\nretr: 1\nretrys: 1\ndata: x\n\n", &[("message", "x", "")]);
}

#[test]
fn the_last_event_field_of_a_block_is_its_type() {
    check("event: a\nevent: b\ndata: x\n\ndata: y\n\n", &[("b", "x", ""), ("message", "y", "")]);
    check("event: a\nevent\ndata: x\n\n", &[("message", "x", "")]);
    check("event: a\n\ndata: x\n\n", &[("message", "x", "")]);
    check("data: x\nevent:  a:b \n\n", &[(" a:b ", "x", "")]);
    check(
        b"event: \xFF\nevent: a\ndata: x\n\nevent: a\nevent: \xFF\ndata: x\n\n",
        &[("a", "x", ""), ("\u{FFFD}", "x", "")],
    );
}

// Trap 10
#[test]
fn an_id_with_nul_is_ignored() {
    check("id: 1\nid: a\0b\ndata: x\n\n", &[("message", "x", "1")]);
    assert_eq!(parse("id: \0\n\n").last_event_id, "");
    check("event: \0\ndata: \0\n\n", &[("\0", "\0", "")]);
}

// Trap 11
#[test]
fn retry_takes_ascii_digits_only_and_saturates() {
    let table = [
        ("retry: 700\n", Some(700)),
        ("retry:0\n", Some(0)),
        ("retry: 007\r", Some(7)),
        ("retry: 1\nretry: 2\n", Some(2)),
        ("retry: 2147483648\n", Some(2_147_483_648)),
        ("retry: 18446744073709551615\n", Some(u64::MAX)),
        ("retry: 18446744073709551616\n", Some(u64::MAX)),
        ("retry: 99999999999999999999999\n", Some(u64::MAX)),
    ];
    for (input, millis) in table {
        assert_eq!(parse(input).reconnection_time, millis.map(Duration::from_millis), "{input:?}");
    }
    for value in
        ["10abc", "+5", "-1", "1.5", "1e1", "0x10", "1 0", " 10", "10 ", "\u{661}", "\u{ff11}", "1\0", ""]
    {
        let input = format!("retry: 700\nretry: {value}\ndata: x\n\n");
        assert_eq!(parse(input).reconnection_time, Some(Duration::from_millis(700)), "{value:?}");
    }
}

#[test]
fn retry_takes_effect_at_its_line_end() {
    assert_eq!(parse("data: x\nretry: 70").reconnection_time, None);
    assert_eq!(parse("data: x\nretry: 70\ndata: y").reconnection_time, Some(Duration::from_millis(70)));
}

// Trap 13
#[test]
fn the_byte_order_mark_is_stripped_once() {
    check("\u{feff}data: x\n\n", &[("message", "x", "")]);
    check("\u{feff}\r\ndata: x\n\n", &[("message", "x", "")]);
    check("\u{feff}\u{feff}data: no\ndata: yes\n\n", &[("message", "yes", "")]);
    check("\n\u{feff}data: no\ndata: yes\n\n", &[("message", "yes", "")]);
    check("data: \u{feff}x\u{feff}\n\n", &[("message", "\u{feff}x\u{feff}", "")]);
    for part in [&b"\xEF"[..], b"\xEF\xBB", b"\xEF\xBB\xEF", b"\xEF\xEF\xBB\xBF", b"\xBB\xBF", b"\xBF"] {
        check([part, b"data: no\ndata: yes\n\n"].concat(), &[("message", "yes", "")]);
        check([part, b"\n\ndata: yes\n\n"].concat(), &[("message", "yes", "")]);
    }
}

// Trap 14
#[test]
fn invalid_utf_8_becomes_replacement_characters() {
    let table: [(&[u8], &str); 10] = [
        (b"a\xFFb", "a\u{FFFD}b"),
        (b"\x80", "\u{FFFD}"),
        (b"caf\xE9", "caf\u{FFFD}"),
        (b"\xE2\x82x", "\u{FFFD}x"),
        (b"\xF0\x9F\x98x", "\u{FFFD}x"),
        (b"\xC0\xAF", "\u{FFFD}\u{FFFD}"),
        (b"\xED\xA0\x80", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        (b"\xF5\x80\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        (b"\xF4\x90\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        (b"\xE2\x82\xAC", "\u{20AC}"),
    ];
    for (bytes, text) in table {
        let input = [b"data: ", bytes, b"\nevent: ", bytes, b"\nid: ", bytes, b"\n\n"].concat();
        check(&input, &[(text, text, text)]);
        let lines = [b"data: ", bytes, b"\ndata: ", bytes, b"\n\ndata: x\n\n"].concat();
        check(&lines, &[("message", &format!("{text}\n{text}"), ""), ("message", "x", "")]);
    }
    check(b"da\xFFta: no\ndata\xFF: no\ndata: yes\n\n", &[("message", "yes", "")]);
}

// Trap 15
#[test]
fn what_the_end_of_the_stream_leaves_unfinished_is_not_dispatched() {
    for unfinished in
        ["d", "data", "data: x", "data: x\n", "data: x\r", "data: x\r\n", "data: x\n:", "data: x\nid: 1\n"]
    {
        let parsed = parse(unfinished);
        assert_eq!((parsed.events.len(), parsed.last_event_id.as_str()), (0, ""), "{unfinished:?}");
    }
}

#[test]
fn a_single_data_line_whole_in_the_chunk_is_not_copied() {
    let chunk = b"event: a\nid: 1\ndata: 12345\n\n: rest";
    for head in [&b""[..], b"\xEF\xBB\xBF", b": comment\n\nretry: 5\r"] {
        let mut parser = Parser::new();
        drop(parser.feed(head));
        let mut events = parser.feed(chunk);
        let event = events.next().expect("an event").expect("no error");
        for lent in [event.data, event.event_type] {
            assert!(chunk.as_ptr_range().contains(&lent.as_ptr()), "{lent:?} after {head:?}");
        }
    }
}

#[test]
fn dropping_events_early_parses_the_rest_of_the_chunk() {
    let mut parser = Parser::new();
    let mut events = parser.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c");
    assert_eq!(events.next().expect("an event").expect("no error").data, "a");
    drop(events);
    assert_eq!(parser.last_event_id(), "2");
    assert_eq!(feed_all(parser, [&b"d\n\n"[..]]).events, [("message".into(), "cd".into(), "3".into())]);
}

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

#[test]
fn work_is_linear_however_the_input_is_cut() {
    let size = 256 * 1024;
    let long = "x".repeat(size);
    let inputs = [
        format!("data: {long}\n\n"),
        format!("event: {long}\ndata: x\n\n"),
        format!("id: {long}\ndata: x\n\n"),
        format!("data: {}\n\n", "x\ndata: ".repeat(size / 8)),
        format!(": {long}\n\n"),
        "data: x\r\n\r\n".repeat(size / 11),
    ];
    for input in inputs {
        for chunk_size in [1, 2, 3, 7, 64, 4096, input.len()] {
            WORK.set(0);
            let mut parser = Parser::new();
            for chunk in input.as_bytes().chunks(chunk_size) {
                drop(parser.feed(chunk));
                // Each byte is searched once and copied at most twice: out of the chunk, and into the event.
                let work = WORK.get();
                assert!(work <= 3 * input.len(), "{work} for {input:.10} in chunks of {chunk_size}");
            }
            assert!(WORK.get() >= input.len() / 2, "the work was not counted: {}", WORK.get());
        }
    }
}

#[test]
fn an_event_says_whether_its_id_is_its_own() {
    let stream = b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid\ndata: d\n\nid: 3\0\ndata: e\n\nid: 4\ndata: f\n\n";
    for size in 1..=stream.len() {
        let mut parser = Parser::new();
        let mut own = Vec::new();
        for chunk in stream.chunks(size) {
            let mut events = parser.feed(chunk);
            while let Some(event) = events.next() {
                let event = event.expect("no event is too large");
                own.push((event.last_event_id.to_owned(), event.has_own_id));
            }
        }
        let expected = [("1", true), ("1", false), ("2", false), ("", true), ("", false), ("4", true)];
        assert_eq!(own, expected.map(|(id, own)| (id.to_owned(), own)), "in chunks of {size}");
    }
}
