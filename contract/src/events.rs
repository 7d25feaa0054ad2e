//! The event types of an enum, as its schema tells them.

use serde_json::{Value, json};

/// An event type and its data.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) doc: Option<String>,
    pub(crate) data: Value,
}

/// The variants of an externally tagged enum. `None` for any other type.
pub(crate) fn variants(schema: &Value) -> Option<Vec<Variant>> {
    if let Some(alternatives) = schema.get("oneOf") {
        let all: Option<Vec<_>> = alternatives.as_array()?.iter().map(variants_of).collect();
        return Some(all?.into_iter().flatten().collect());
    }
    // With one variant, or with unit variants only.
    variants_of(schema)
}

/// The variants that one alternative stands for.
fn variants_of(schema: &Value) -> Option<Vec<Variant>> {
    let doc = schema.get("description").and_then(Value::as_str).map(String::from);
    let unit = |name: &Value| {
        Some(Variant { name: name.as_str()?.into(), doc: doc.clone(), data: json!({ "type": "null" }) })
    };
    if let Some(name) = schema.get("const") {
        return Some(vec![unit(name)?]);
    }
    if let Some(names) = schema.get("enum") {
        return names.as_array()?.iter().map(unit).collect();
    }
    let properties = schema.get("properties")?.as_object()?;
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let mut properties = properties.iter();
    match (properties.next(), properties.next()) {
        (Some((name, data)), None) if closed && schema.get("required") == Some(&json!([name])) => {
            Some(vec![Variant { name: name.clone(), doc, data: data.clone() }])
        }
        _ => None,
    }
}
