//! What a value becomes when something in it is wrong.

use serde_json::{Value, json};

use crate::random::Random;

/// Changes something somewhere in a value.
pub(crate) fn mutate(value: &mut Value, random: &mut Random) {
    let place = random.below(places(value));
    change(value, &mut { place }, random);
}

/// How many values there are, itself and all in it.
fn places(value: &Value) -> u64 {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum(),
        Value::Object(fields) => fields.values().map(places).sum::<u64>(),
        _ => 0,
    }
}

/// Changes the value that is reached when so many have been counted.
fn change(value: &mut Value, place: &mut u64, random: &mut Random) -> bool {
    if *place == 0 {
        here(value, random);
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change(item, place, random)),
        Value::Object(fields) => fields.values_mut().any(|field| change(field, place, random)),
        _ => false,
    }
}

fn here(value: &mut Value, random: &mut Random) {
    match value {
        Value::Object(fields) if random.below(4) > 0 => {
            let index = random.below(fields.len().max(1) as u64) as usize;
            let name = fields.keys().nth(index).cloned();
            match (name, random.below(3)) {
                (Some(name), 0) => {
                    fields.remove(&name);
                }
                (Some(name), 1) => {
                    let field = fields.remove(&name).unwrap_or_default();
                    let names = ["-1", "01", "x", "", "Name", "3.5", "12"];
                    fields.insert(names[random.below(7) as usize].into(), field);
                }
                _ => {
                    fields.insert(random.text(), other(random));
                }
            }
        }
        Value::Array(items) if random.below(4) > 0 => {
            if items.is_empty() || random.below(2) == 0 {
                items.push(other(random));
            } else {
                items.pop();
            }
        }
        Value::String(text) if random.below(4) > 0 => {
            let at = text.char_indices().nth(random.below(20) as usize).map_or(text.len(), |(at, _)| at);
            match random.below(3) {
                0 => text.insert(at, 'x'),
                1 => text.truncate(at),
                _ => text.make_ascii_uppercase(),
            }
        }
        _ => *value = other(random),
    }
}

/// Any value, and often one at the end of a type.
fn other(random: &mut Random) -> Value {
    let all = [
        Value::Null,
        json!(true),
        json!("a"),
        json!(""),
        json!("xy"),
        json!("Circle"),
        json!("2021-02-30T00:00:00Z"),
        json!([]),
        json!([1]),
        json!([1, "a"]),
        json!([1, 2]),
        json!({}),
        json!({ "name": "a", "weight": null }),
        json!({ "t": "Number", "c": 1 }),
        json!({ "kind": "nothing" }),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(127),
        json!(128),
        json!(-129),
        json!(255),
        json!(256),
        json!(32768),
        json!(i32::MAX),
        json!(i64::from(i32::MAX) + 1),
        json!(i64::from(i32::MIN) - 1),
        json!(u32::MAX),
        json!(1_u64 << 32),
        json!(i64::MIN),
        json!(-1e19),
        json!(1e20),
        json!(1e300),
    ];
    all[random.below(all.len() as u64) as usize].clone()
}
