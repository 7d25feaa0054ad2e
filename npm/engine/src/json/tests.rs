use proptest::prelude::*;
use serde_json::Value;

use super::{SHORT, may_be_joined};

/// Strings of what has a meaning in JSON.
fn text() -> impl Strategy<Value = String> {
    let characters = prop::sample::select(&["\"", "\\", "[", "]", "{", "}", ",", ":", "a", "é"][..]);
    prop::collection::vec(characters, 0..6).prop_map(|characters| characters.concat())
}

/// Objects in objects for the most part, some of them with an array.
fn value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<u8>().prop_map(Value::from), text().prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = prop::collection::vec((text(), inner.clone()), 0..3);
        prop_oneof![
            5 => members.prop_map(|members| members.into_iter().collect::<Value>()),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn joined(data: &[impl AsRef<str>]) -> Option<Vec<Value>> {
    let data: Vec<_> = data.iter().map(AsRef::as_ref).collect();
    serde_json::from_str(&format!("[{}]", data.join("\r,"))).ok()
}

#[test]
fn flat_objects_may_be_joined() {
    let longest = format!("{{{:1$}}}", "", SHORT - 2);
    for data in ["{}", "{\"a\":1}", "{\"a\":{\"b\":\"]\"}}", "{]}", "{},{}", &longest] {
        assert!(may_be_joined(data.as_bytes()), "{data}");
    }
    let longer = format!("{longest} ");
    let others = [
        "",
        "1",
        "\"{}\"",
        "[]",
        "[1]",
        "{",
        "}",
        "{\"a\":[]}",
        "{\"a\":\"[\"}",
        "{\"a\":1}}[",
        " {}",
        &longer,
    ];
    for data in others {
        assert!(!may_be_joined(data.as_bytes()), "{data}");
    }
}

/// Why: an array may take the data of others in.
#[test]
fn arrays_may_not() {
    let data = ["{\"a\":[{}", "{\"victim\":1}", "{}]}", "{},{},{}"];
    assert_eq!(joined(&data).map(|values| values.len()), Some(data.len()));
    assert!(!data.iter().all(|data| may_be_joined(data.as_bytes())));
}

proptest! {
    #[test]
    fn as_many_values_as_data_are_those_of_the_data(
        values in prop::collection::vec(value(), 0..5),
        joins in prop::collection::vec(any::<bool>(), 40),
    ) {
        // Cut at commas, be they between two values or within one, so that some have too little and some too much.
        let text = Value::from(values).to_string();
        let inside = &text[1..text.len() - 1];
        let mut data: Vec<String> = Vec::new();
        for (part, joins) in inside.split(',').zip(joins) {
            match data.last_mut() {
                Some(before) if joins => *before = format!("{before},{part}"),
                _ => data.push(part.to_owned()),
            }
        }
        data.retain(|data| may_be_joined(data.as_bytes()));
        if let Some(together) = joined(&data).filter(|values| values.len() == data.len()) {
            let alone: Vec<_> = data.iter().map(|data| parse(data)).collect();
            prop_assert_eq!(together.into_iter().map(Some).collect::<Vec<_>>(), alone);
        }
    }
}
