use std::collections::BTreeMap;
use std::error::Error as _;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::*;
use crate::protocol::encode;
use crate::protocol::event::{LastEventId, ServerSentEvent, Text};
use crate::protocol::parser::Parser;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Feed {
    HeartRate(u32),
    Note(Text),
    Maybe(Option<f64>),
    Moved {
        x: i8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        y: Option<i8>,
    },
    Pair(u8, String),
    Closed,
    #[serde(other)]
    Unknown,
}

/// The type and data of the only event in a stream.
fn parsed(stream: &str) -> (String, String) {
    let mut parser = Parser::new();
    let mut events = parser.feed(stream.as_bytes());
    let event = events.next().expect("an event").expect("an event of a sane size");
    let found = (event.event_type.to_string(), event.data.to_string());
    assert!(events.next().is_none(), "one event only");
    found
}

fn round_trip<T: Serialize + DeserializeOwned>(value: T) -> T {
    let (_, data) = parsed(&ServerSentEvent::new(value).encode().expect("it encodes"));
    super::data(&data).expect("it decodes")
}

#[test]
fn data_survives_the_wire() {
    assert_eq!(round_trip(7), 7);
    assert_eq!(round_trip(None::<u8>), None);
    assert_eq!(round_trip("two\r\nlines".to_owned()), "two\r\nlines");
    assert_eq!(round_trip(vec![Text::from(" a\r")]), vec![Text::from(" a\r")]);
    assert_eq!(round_trip(BTreeMap::from([("k".to_owned(), [0.5])])).get("k"), Some(&[0.5]));
    assert_eq!(round_trip(Text::from("{not json")), Text::from("{not json"));
    assert_eq!(round_trip(Text::from("a\r\nb\rc\n")), Text::from("a\nb\nc\n"));
    assert_eq!(round_trip(Feed::Pair(1, "x".into())), Feed::Pair(1, "x".into()), "an enum as plain data");
}

#[test]
fn a_variant_survives_the_wire() {
    let table = [
        ("heartRate", Feed::HeartRate(72)),
        ("note", Feed::Note("12".into())),
        ("note", Feed::Note("".into())),
        ("maybe", Feed::Maybe(None)),
        ("maybe", Feed::Maybe(Some(0.5))),
        ("moved", Feed::Moved { x: 1, y: None }),
        ("moved", Feed::Moved { x: 1, y: Some(2) }),
        ("pair", Feed::Pair(1, "two".into())),
        ("closed", Feed::Closed),
    ];
    for (expected, feed) in table {
        let stream = encode::variant(&feed).expect("it encodes").encode().expect("text encodes");
        let (event_type, data) = parsed(&stream);
        assert_eq!(event_type, expected);
        assert_eq!(variant::<Feed>(&event_type, &data).expect("it decodes"), feed);
    }
}

#[test]
fn the_id_and_the_reconnection_time_survive_the_wire() {
    let id = LastEventId::try_from(" é 4").expect("a valid id");
    let time = Duration::from_millis(1500);
    let stream =
        ServerSentEvent::new(()).id(id.clone()).reconnection_time(time).encode().expect("it encodes");
    let mut parser = Parser::new();
    let mut events = parser.feed(stream.as_bytes());
    let event = events.next().expect("an event").expect("an event of a sane size");
    assert_eq!(event.last_event_id, id.as_str());
    assert!(events.next().is_none());
    drop(events);
    assert_eq!(parser.reconnection_time(), Some(time));
}

#[test]
fn a_unit_variant_ignores_the_data() {
    assert_eq!(variant::<Feed>("closed", "{ whatever").expect("it decodes"), Feed::Closed);
    assert_eq!(variant::<Feed>("new in version 2", "").expect("it decodes"), Feed::Unknown);
}

#[test]
fn an_unknown_event_type_names_itself() {
    #[derive(Debug, Deserialize)]
    enum Narrow {
        #[expect(dead_code, reason = "only its name is read")]
        A(u8),
    }
    let error = variant::<Narrow>("b", "1").expect_err("there is no b");
    assert!(matches!(&error, DecodeError::UnknownEventType(name) if name == "b"), "{error:?}");
    assert!(error.to_string().contains("\"b\""), "{error}");
}

#[test]
fn wrong_data_keeps_its_cause() {
    let table = [
        ("heartRate", "x"),
        ("heartRate", "1 2"),
        ("heartRate", ""),
        ("pair", "[1]"),
        ("pair", "[1,\"a\"] 2"),
        ("moved", "{}"),
        ("moved", "{\"x\":1}}"),
    ];
    for (event_type, data) in table {
        let error = variant::<Feed>(event_type, data).expect_err(data);
        assert!(matches!(error, DecodeError::Data(_)), "{error:?}");
        assert!(error.source().is_some_and(|cause| error.to_string().contains(&cause.to_string())));
    }
    assert!(super::data::<u8>("1 2").is_err(), "nothing may follow");
}

#[test]
fn a_type_with_a_default_is_not_taken_for_text() {
    #[derive(Debug, PartialEq)]
    struct Lenient(u8);
    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            Ok(Self(u8::deserialize(from).unwrap_or_default()))
        }
    }
    assert_eq!(super::data::<Lenient>("7").expect("it decodes"), Lenient(7));
}

#[test]
fn a_newtype_around_an_enum_is_that_enum() {
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Wrapped(Box<Feed>);
    let wrapped = Wrapped(Box::new(Feed::HeartRate(1)));
    let event = encode::variant(&wrapped).expect("it encodes");
    assert_eq!(variant::<Wrapped>("heartRate", &event.data.0).expect("it decodes"), wrapped);
    assert_eq!(variants::<Wrapped>().expect("an enum"), variants::<Feed>().expect("an enum"));
}

#[test]
fn the_variants_are_the_event_types_to_listen_to() {
    #[derive(Debug, Deserialize)]
    enum Aliased {
        #[serde(rename = "orderUpdate", alias = "order-update")]
        OrderUpdate,
        #[serde(skip)]
        #[expect(dead_code, reason = "never on the wire")]
        Local,
    }
    assert_eq!(
        variants::<Feed>().expect("an enum"),
        ["heartRate", "note", "maybe", "moved", "pair", "closed", "unknown"]
    );
    let mut aliased = variants::<Aliased>().expect("an enum").to_vec();
    aliased.sort_unstable();
    assert_eq!(aliased, ["order-update", "orderUpdate"]);
}

#[test]
fn what_is_no_externally_tagged_enum_is_refused() {
    #[derive(Debug, Deserialize)]
    #[serde(tag = "type")]
    enum Internal {
        #[expect(dead_code, reason = "never read")]
        A { x: u8 },
    }
    #[derive(Debug, Deserialize)]
    #[serde(tag = "type", content = "content")]
    enum Adjacent {
        #[expect(dead_code, reason = "never read")]
        A(u8),
    }
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        #[expect(dead_code, reason = "never read")]
        A(u8),
    }
    fn refused<E: DeserializeOwned + fmt::Debug>() {
        let error = variants::<E>().expect_err("no event types");
        assert!(matches!(error, DecodeError::NotExternallyTagged), "{error:?}");
        let error = variant::<E>("A", "{\"type\":\"A\",\"x\":1}").expect_err("no event type");
        assert!(matches!(error, DecodeError::NotExternallyTagged), "{error:?}");
    }
    refused::<Internal>();
    refused::<Adjacent>();
    refused::<Untagged>();
    refused::<u8>();
    refused::<Option<Feed>>();
    refused::<Text>();
}

proptest! {
    #[test]
    fn any_text_survives_but_for_its_line_ends(text in "(?s)[\u{feff}\0 :a\r\n]{0,12}.{0,12}") {
        let expected = text.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(round_trip(Text(text.clone())).0, expected);
        prop_assert_eq!(round_trip(text.clone()), text);
    }
}

#[test]
fn a_number_is_read_as_the_one_that_was_sent() {
    // Each was read as its neighbour once.
    for number in [907_592.504_882_812_5, -136_559.360_351_562_5, 1e23, f64::MIN_POSITIVE] {
        let text = serde_json::to_string(&number).expect("a number");
        assert_eq!(super::data::<f64>(&text).expect("a number").to_bits(), f64::to_bits(number), "{text}");
    }
}
