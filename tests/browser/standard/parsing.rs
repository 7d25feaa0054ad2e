//! How an event stream is interpreted.

use std::time::Duration;

use serde_json::{Value, json};
use typed_eventsource::{ConnectionState, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use super::compatibility::{differs, holds};
use super::{EACH, Way, heard, play, row};
use crate::engine::Engine;
use crate::harness::{FETCH, NATIVE};

/// (event type, data, last event ID)
type Expected<'a> = &'a [(&'a str, &'a str, &'a str)];

/// What these chunks mean over each transport.
async fn check(sent: &[Value], expected: Expected<'_>) {
    for transport in EACH {
        check_over(transport, sent, expected).await;
        holds(transport);
    }
}

async fn check_over(transport: Option<Transport>, sent: &[Value], expected: Expected<'_>) {
    let mut types = vec!["message"];
    types.extend(expected.iter().map(|(event_type, ..)| *event_type).filter(|name| *name != "message"));
    types.dedup();
    let expected: Vec<_> = expected.iter().copied().map(row).collect();
    assert_eq!(heard(transport, sent, &types).await, expected, "over {transport:?}: {sent:?}");
}

/// Where the EventSource of one engine reads something else, which in a word is what `instead` says.
struct Otherwise<'a> {
    engine: Engine,
    reads: Expected<'a>,
    instead: &'a str,
}

impl Otherwise<'_> {
    async fn check(&self, sent: &[Value], expected: Expected<'_>) {
        if Engine::here() != self.engine {
            return check(sent, expected).await;
        }
        check_over(FETCH, sent, expected).await;
        holds(FETCH);
        check_over(NATIVE, sent, self.reads).await;
        differs(NATIVE, self.instead);
    }
}

#[wasm_bindgen_test]
async fn cr_lf_split_across_chunks_is_one_line_end() {
    let sent = ["data: a\r", "\ndata: b\r", "\n\r", "\ndata: c\n\r", "\n"].map(Value::from);
    check(&sent, &[("message", "a\nb", ""), ("message", "c", "")]).await;
}

#[wasm_bindgen_test]
async fn line_ends_may_be_mixed() {
    let sent = ["data: a\ndata: b\rdata: c\r\n\ndata: d\r\rdata: e\n\r\n"].map(Value::from);
    check(&sent, &[("message", "a\nb\nc", ""), ("message", "d", ""), ("message", "e", "")]).await;
}

#[wasm_bindgen_test]
async fn the_fields_of_a_block_come_in_any_order() {
    let sent = ["data: a\nid: 1\nevent: n\n\nid: 2\nevent: n\ndata: b\n\nevent: n\ndata: c\nid: 3\n\n"];
    check(&sent.map(Value::from), &[("n", "a", "1"), ("n", "b", "2"), ("n", "c", "3")]).await;
}

#[wasm_bindgen_test]
async fn the_last_event_id_carries_over_to_events_without_one() {
    let sent = ["id: 1\ndata: a\n\ndata: b\n\nevent: n\ndata: c\n\nid\ndata: d\n\ndata: e\n\n"];
    let ids = [
        ("message", "a", "1"),
        ("message", "b", "1"),
        ("n", "c", "1"),
        ("message", "d", ""),
        ("message", "e", ""),
    ];
    check(&sent.map(Value::from), &ids).await;
}

#[wasm_bindgen_test]
async fn a_block_with_only_an_id_gives_it_to_the_next_event() {
    let sent = [json!("id: 7\n\n: comment\n\ndata: x\n\n")];
    let firefox =
        Otherwise { engine: Engine::Firefox, reads: &[("message", "x", "")], instead: "the id is forgotten" };
    firefox.check(&sent, &[("message", "x", "7")]).await;
}

#[wasm_bindgen_test]
async fn a_block_without_a_data_line_dispatches_nothing_and_an_empty_data_line_counts() {
    check(&[json!(": comment\n\nevent: n\n\nid: 1\n\nretry: 9\n\ndat\n\n\n\n")], &[]).await;
    // [spec] The following stream fires two events […]. Two lines without data make one line feed.
    let sent = [json!("data\n\ndata\ndata\n\ndata:")];
    check(&sent, &[("message", "", ""), ("message", "\n", "")]).await;
    check(&[json!("data:\ndata: x\ndata\n\n")], &[("message", "\nx\n", "")]).await;
}

#[wasm_bindgen_test]
async fn a_field_without_a_colon_has_an_empty_value() {
    let sent = [json!("event: n\nevent\ndata\ndata: x\nid: 1\nid\nretry\n\n")];
    check(&sent, &[("message", "\nx", "")]).await;
}

#[wasm_bindgen_test]
async fn a_value_loses_one_leading_space_and_no_more() {
    // [spec] The following stream fires two identical events.
    check(&[json!("data:test\n\ndata: test\n\n")], &[("message", "test", ""), ("message", "test", "")]).await;
    check(&[json!("data:  x \n\ndata:\tx\n\n")], &[("message", " x ", ""), ("message", "\tx", "")]).await;
}

#[wasm_bindgen_test]
async fn an_id_with_nul_is_ignored() {
    let sent = [json!("id: 1\nid: a\0b\ndata: x\n\nid: \0\ndata: \0\n\n")];
    let firefox = Otherwise { engine: Engine::Firefox, reads: &[], instead: "its event is lost" };
    firefox.check(&sent, &[("message", "x", "1"), ("message", "\0", "1")]).await;
}

#[wasm_bindgen_test]
async fn an_event_type_is_any_line() {
    let sent = [json!("event: n \ndata: a\n\nevent: Ä:b\ndata: b\n\nevent: N\ndata: c\n\n")];
    check(&sent, &[("n ", "a", ""), ("Ä:b", "b", ""), ("N", "c", "")]).await;
}

#[wasm_bindgen_test]
async fn the_byte_order_mark_is_stripped_once_also_when_it_is_split() {
    for mark in [&["77u/"][..], &["7w==", "u78="], &["77s=", "vw=="], &["7w==", "uw==", "vw=="]] {
        let mut sent: Vec<_> = mark.iter().map(|bytes| json!({ "base64": bytes })).collect();
        sent.push(json!("data: x\n\n"));
        if mark.len() == 1 {
            check(&sent, &[("message", "x", "")]).await;
            continue;
        }
        let webkit = Otherwise { engine: Engine::WebKit, reads: &[], instead: "once split, it stays" };
        webkit.check(&sent, &[("message", "x", "")]).await;
    }
    check(&[json!("\u{feff}\u{feff}data: no\ndata: yes\n\n")], &[("message", "yes", "")]).await;
}

#[wasm_bindgen_test]
async fn u_feff_elsewhere_stays() {
    let sent =
        [json!("event: \u{feff}n\ndata: \u{feff}x\u{feff}\nid: \u{feff}\n\n\u{feff}data: no\ndata: yes\n\n")];
    check(&sent, &[("\u{feff}n", "\u{feff}x\u{feff}", "\u{feff}"), ("message", "yes", "\u{feff}")]).await;
}

#[wasm_bindgen_test]
async fn a_line_end_right_after_the_byte_order_mark_is_an_empty_line() {
    for end in ["\n", "\r"] {
        let sent = [json!(format!("\u{feff}{end}data: a\ndata: b\n\n"))];
        // The first line has the line end in its name, and is ignored.
        let reads = &[("message", "b", "")];
        let chromium = Otherwise {
            engine: Engine::Chromium,
            reads,
            instead: "it is part of the next line, which is lost",
        };
        chromium.check(&sent, &[("message", "a\nb", "")]).await;
    }
}

#[wasm_bindgen_test]
async fn invalid_utf_8_becomes_u_fffd_and_never_an_error() {
    // event: a FF, data: b E2 82 and c C0 AF, id: ED A0 80
    let sent = [json!({ "join": [
        "event: a", { "base64": "/w==" }, "\ndata: b", { "base64": "4oI=" }, "\ndata: c", { "base64": "wK8=" },
        "\nid: ", { "base64": "7aCA" }, "\n\ndata: d\n\n",
    ] })];
    let id = "\u{fffd}\u{fffd}\u{fffd}";
    check(&sent, &[("a\u{fffd}", "b\u{fffd}\nc\u{fffd}\u{fffd}", id), ("message", "d", id)]).await;
}

#[wasm_bindgen_test]
async fn a_character_split_across_chunks_stays_whole() {
    let sent = ["ZGF0YTog8A==", "nw==", "mg==", "gAoK"].map(|bytes| json!({ "base64": bytes }));
    check(&sent, &[("message", "🚀", "")]).await;
}

#[wasm_bindgen_test]
async fn the_end_of_the_stream_in_the_middle_of_an_event_discards_it() {
    for unfinished in
        ["data", "data: x", "data: x\n", "data: x\r\n", "event: n\ndata: x\nid: 1\n", "data: x\n: comment"]
    {
        check(&[json!("data: a\n\n"), json!(unfinished)], &[("message", "a", "")]).await;
    }
}

/// How long the server asked a client to wait, as far as that can be seen.
async fn reconnection_time(way: Way, stream: &str) -> Duration {
    let played = play(way, &[&[json!(stream)]], &[]).await;
    let told = played.states.iter().find_map(|state| match state {
        ConnectionState::Reconnecting { wait, .. } => *wait,
        _ => None,
    });
    told.unwrap_or_else(|| played.times[1] - played.times[0])
}

#[wasm_bindgen_test]
async fn retry_is_ascii_digits_only() {
    // What an engine takes wrongly it must come back for clearly earlier, also when it is busy; Firefox never
    // waits less than half a second.
    let before: u64 = if Engine::here() == Engine::Chromium { 200 } else { 1500 };
    for value in ["10abc", "+5", "-1", "1.5", "1e1", " 10", "10 ", "\u{661}", "\0", ""] {
        let stream = format!("retry: {before}\nretry: {value}\n\n");
        assert_eq!(reconnection_time(Way::Fetch, &stream).await, Duration::from_millis(before), "{value:?}");
        holds(Way::Fetch);
        // The browser's EventSource shows its wait only by waiting.
        let waited = reconnection_time(Way::Browser, &stream).await;
        let taken = waited < Duration::from_millis(before - 5);
        let (wrong, instead): (&[&str], _) = match Engine::here() {
            Engine::Chromium => (&[], ""),
            Engine::Firefox => (&["\0", ""], "NUL and an empty value count as 0"),
            Engine::WebKit => (&["+5", " 10", "10 "], "a sign and spaces around them are let pass"),
        };
        assert_eq!(taken, wrong.contains(&value), "{value:?}: {waited:?}");
        if taken {
            differs(Way::Browser, instead);
        } else {
            holds(Way::Browser);
        }
    }
}

#[wasm_bindgen_test]
async fn a_later_retry_replaces_an_earlier_one_and_needs_no_event() {
    for way in [Way::Fetch, Way::Browser] {
        let waited = reconnection_time(way, "retry: 99999999\n\nretry: 007\n").await;
        assert!(waited >= Duration::from_millis(7), "{way:?}: {waited:?}");
        holds(way);
    }
}
