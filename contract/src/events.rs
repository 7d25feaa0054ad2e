//! The event types of an enum, as its schema tells them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// An event type and its data.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) doc: Option<String>,
    pub(crate) data: Value,
}

impl Variant {
    /// Whether the data of the event is a text as it is, and no JSON.
    pub(crate) fn is_text(&self) -> bool {
        let is = |name: &str, what: &str| self.data.get(name).is_some_and(|value| value == what);
        is("type", "string") && is("contentMediaType", "text/plain")
    }
}

/// The variants of an externally tagged enum. `None` for any other type, and if two of them have one name.
pub(crate) fn variants(schema: &Value) -> Option<Vec<Variant>> {
    let all = all(schema)?;
    let names: BTreeSet<_> = all.iter().map(|variant| &variant.name).collect();
    (names.len() == all.len()).then_some(all)
}

fn all(schema: &Value) -> Option<Vec<Variant>> {
    if let Some(alternatives) = schema.get("oneOf") {
        let all: Option<Vec<_>> = alternatives.as_array()?.iter().map(variants_of).collect();
        return Some(all?.into_iter().flatten().collect());
    }
    // With unit variants only. An object here is a struct, and not an enum of one variant.
    units(schema)
}

/// The unit variants that a schema names.
fn units(schema: &Value) -> Option<Vec<Variant>> {
    let doc = schema.get("description").and_then(Value::as_str);
    let names = match schema.get("const") {
        Some(name) => std::slice::from_ref(name),
        None => schema.get("enum")?.as_array()?,
    };
    let data = json!({ "type": "null" });
    let unit = |name: &Value| {
        Some(Variant { name: name.as_str()?.into(), doc: doc.map(Into::into), data: data.clone() })
    };
    names.iter().map(unit).collect()
}

/// The variants that one alternative stands for.
fn variants_of(schema: &Value) -> Option<Vec<Variant>> {
    if let Some(units) = units(schema) {
        return Some(units);
    }
    let doc = schema.get("description").and_then(Value::as_str).map(String::from);
    let properties = schema.get("properties")?.as_object()?;
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let mut properties = properties.iter();
    match (properties.next(), properties.next()) {
        // A constant is the tag of a variant that has nothing else.
        (Some((_, data)), None) if data.get("const").is_some_and(Value::is_string) => None,
        (Some((name, data)), None) if closed && schema.get("required") == Some(&json!([name])) => {
            Some(vec![Variant { name: name.clone(), doc, data: data.clone() }])
        }
        _ => None,
    }
}
