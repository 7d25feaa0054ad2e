use std::collections::HashMap;

use super::*;

fn block(text: &str) -> String {
    ServerSentEvent::new(Text::from(text)).encode().expect("text always encodes")
}

#[test]
fn fields_come_in_one_order() {
    let event = ServerSentEvent::new([1, 2])
        .reconnection_time(Duration::from_millis(1500))
        .id(7)
        .event_type("pair")
        .encode()
        .expect("an array encodes");
    assert_eq!(event, "event: pair\ndata: [1,2]\nid: 7\nretry: 1500\n\n");
}

#[test]
fn json_takes_one_line_and_text_one_for_each_of_its_own() {
    assert_eq!(ServerSentEvent::new("a\nb").encode().expect("a string encodes"), "data: \"a\\nb\"\n\n");
    assert_eq!(block("a\nb\rc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    assert_eq!(block(""), "data: \n\n");
    assert_eq!(block("\n"), "data: \ndata: \n\n");
    assert_eq!(block("\r\r\n"), "data: \ndata: \ndata: \n\n");
    assert_eq!(block(" indented"), "data:  indented\n\n");
}

#[test]
fn text_inside_json_is_a_string() {
    let event = ServerSentEvent::new(vec![Text::from("a")]);
    assert_eq!(event.encode().expect("it encodes"), "data: [\"a\"]\n\n");
}

#[test]
fn an_encoded_event_is_appended_or_nothing_is() {
    let mut stream = comment("first");
    ServerSentEvent::new(1).encode_into(&mut stream).expect("a number encodes");
    let impossible = ServerSentEvent::new(HashMap::from([((), 1)])).event_type("x");
    let error = impossible.encode_into(&mut stream).expect_err("a key is no string");
    assert!(error.to_string().starts_with("the data cannot be written as JSON: "), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(stream, ": first\n\ndata: 1\n\n");
}

#[test]
fn comments_and_reconnection_times_stand_alone() {
    assert_eq!(comment("keep-alive"), ": keep-alive\n\n");
    assert_eq!(comment("two\r\ndata: lines"), ": two\n: data: lines\n\n");
    assert_eq!(retry(Duration::from_secs(3)), "retry: 3000\n\n");
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Feed {
    HeartRate(u32),
    Note(Text),
    Moved {
        x: i8,
        y: i8,
    },
    Pair(u8, u8),
    Closed,
    #[serde(rename = "two\nlines")]
    Forged,
}

#[test]
fn the_variant_is_the_event_type() {
    let table = [
        (Feed::HeartRate(72), "event: heartRate\ndata: 72\n\n"),
        (Feed::Note("\"raw\"\nnull".into()), "event: note\ndata: \"raw\"\ndata: null\n\n"),
        (Feed::Moved { x: 1, y: -1 }, "event: moved\ndata: {\"x\":1,\"y\":-1}\n\n"),
        (Feed::Pair(1, 2), "event: pair\ndata: [1,2]\n\n"),
        (Feed::Closed, "event: closed\ndata: null\n\n"),
    ];
    for (event, expected) in table {
        assert_eq!(variant(&event).expect("it encodes").encode().expect("text encodes"), expected);
    }
    assert!(matches!(variant(&Feed::Forged), Err(EncodeError::EventType("two\nlines"))));
}

#[test]
fn what_is_no_externally_tagged_enum_is_refused() {
    #[derive(Serialize)]
    #[serde(tag = "type")]
    enum Internal {
        A { x: u8 },
    }
    #[derive(Serialize)]
    #[serde(tag = "type", content = "content")]
    enum Adjacent {
        A(u8),
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Untagged {
        A(u8),
    }
    let refused = [
        variant(&Internal::A { x: 1 }),
        variant(&Adjacent::A(1)),
        variant(&Untagged::A(1)),
        variant(&1),
        variant("text"),
        variant(&Some(Feed::Closed)),
        variant(&Text::from("text")),
    ];
    for result in refused {
        assert!(matches!(result, Err(EncodeError::NotExternallyTagged)), "{result:?}");
    }
}
