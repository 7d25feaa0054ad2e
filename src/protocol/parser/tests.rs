//! One table or test for each rule of the standard, each input cut in every way that is short to say.

mod limits;
mod work;

use std::time::Duration;

use super::*;

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
fn retry_takes_ascii_digits_only_and_30_days_at_most() {
    let table = [
        ("retry: 700\n", Some(700)),
        ("retry:0\n", Some(0)),
        ("retry: 007\r", Some(7)),
        ("retry: 1\nretry: 2\n", Some(2)),
        ("retry: 2147483648\n", Some(2_147_483_648)),
        ("retry: 2592000000\n", Some(2_592_000_000)),
        ("retry: 2592000001\n", Some(2_592_000_000)),
        ("retry: 18446744073709551615\n", Some(2_592_000_000)),
        ("retry: 18446744073709551616\n", Some(2_592_000_000)),
        ("retry: 99999999999999999999999\n", Some(2_592_000_000)),
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

#[test]
fn the_generation_changes_when_the_id_does_and_only_then() {
    let stream = b"data: a\n\nid: 1\ndata: b\n\nid: 1\ndata: c\n\ndata: d\n\nid: 2\n\nid: 1\n\ndata: e\n\nid\ndata: f\n\n";
    for size in 1..=stream.len() {
        let mut parser = Parser::new();
        let mut generations = Vec::new();
        for chunk in stream.chunks(size) {
            let mut events = parser.feed(chunk);
            while let Some(event) = events.next_bytes() {
                generations.push(event.expect("no event is too large").id_generation);
            }
        }
        assert_eq!(generations, [0, 1, 1, 1, 3, 4], "in chunks of {size}");
        assert_eq!(parser.id_generation(), 4);
    }
}
