use proptest::prelude::*;
use serde_json::Value;

use super::{ends_where_it_began, is_closed};

/// Strings of what has a meaning in JSON, or is but a bit away from it.
fn text() -> impl Strategy<Value = String> {
    let characters =
        prop::sample::select(&["\"", "\\", "[", "]", "{", "}", ",", "#", "Z", "z", "|", "a", "é"][..]);
    prop::collection::vec(characters, 0..20).prop_map(|characters| characters.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<u32>().prop_map(Value::from), text().prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

#[test]
fn data_are_closed_or_not() {
    for closed in
        ["", "1", "\"\"", "{}", "{\"a\":[1,\"]\"]}", "[\"\\\"\"]", "1,2", "\"1234567\\\\\"", "[\"#[\"]"]
    {
        assert!(is_closed(closed.as_bytes()), "{closed}");
    }
    for open in ["\"", "{", "{\"a\":[{}", "]", "[1,\"]\"", "\"\\\"", "\"12345678\\\"", "[[]"] {
        assert!(!is_closed(open.as_bytes()), "{open}");
    }
}

proptest! {
    #[test]
    fn what_is_json_is_closed(value in value(), before in 0..9_usize) {
        let text = format!("{:before$}{value}", "");
        prop_assert!(is_closed(text.as_bytes()), "{}", text);
        prop_assert!(ends_where_it_began(text.as_bytes()), "{}", text);
    }

    #[test]
    fn as_many_values_as_closed_data_are_those_of_the_data(
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
        let Some(Value::Array(together)) = parse(&format!("[{}]", data.join("\r,"))) else { return Ok(()) };
        if data.iter().all(|data| is_closed(data.as_bytes())) && together.len() == data.len() {
            let alone: Vec<_> = data.iter().map(|data| parse(data)).collect();
            prop_assert_eq!(together.into_iter().map(Some).collect::<Vec<_>>(), alone);
        }
    }
}
