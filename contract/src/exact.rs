//! What schemars leaves unsaid of the values that serde reads and writes.

use schemars::Schema;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::{Value, json};

/// Without signs and zeros before it: serde takes such a key for no number.
const NATURAL: &str = r"^(?:0|[1-9]\d*)$";
const INTEGER: &str = r"^(?:0|-?[1-9]\d*)$";
/// Hyphenated, as it is written, and as else it is read.
const UUID: &str = "^(?:(?:urn:uuid:)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32})$";
/// The days of each month; the 29th of February is there every year.
const DATE: &str = r"(?:\d{4}|[+-]\d{5,6})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d))";
const TIME: &str = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?";
const OFFSET: &str = r"(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)";

/// Says in keywords that every reader of a schema understands what a format only names, and keeps the first line of a comment
/// with the others.
pub(crate) fn exact(schema: &mut Schema) {
    RecursiveTransform(|schema: &mut Schema| {
        keep_title(schema);
        bound(schema);
        spell(schema);
        number_keys(schema);
    })
    .transform(schema);
}

/// schemars takes a comment's first line for a title if it is a heading.
fn keep_title(schema: &mut Schema) {
    let Some(Value::String(title)) = schema.remove("title") else { return };
    let text = match schema.get("description").and_then(Value::as_str) {
        Some(rest) => format!("# {title}\n\n{rest}"),
        None => format!("# {title}"),
    };
    schema.insert("description".into(), text.into());
}

/// The bounds of a number's type.
fn bound(schema: &mut Schema) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (json!(i32::MIN), json!(i32::MAX)),
        Some("uint32") => (json!(0), json!(u32::MAX)),
        Some("int64" | "int") => (json!(i64::MIN), json!(i64::MAX)),
        Some("uint64" | "uint") => (json!(0), json!(u64::MAX)),
        Some("float") => (json!(f64::from(f32::MIN)), json!(f64::from(f32::MAX))),
        _ => return,
    };
    // A type may be narrower than its format.
    for (name, value) in [("minimum", least), ("maximum", most)] {
        if schema.get(name).is_none() {
            schema.insert(name.into(), value);
        }
    }
}

/// The spelling of a text that is a uuid or a time.
fn spell(schema: &mut Schema) {
    let pattern = match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => UUID.into(),
        Some("date") => format!("^{DATE}$"),
        Some("date-time") => format!("^{DATE}[Tt ]{TIME}{OFFSET}$"),
        _ => return,
    };
    if schema.get("pattern").is_none() {
        schema.insert("pattern".into(), pattern.into());
    }
}

/// The keys of a map that are numbers.
fn number_keys(schema: &mut Schema) {
    let Some(Value::Object(patterns)) = schema.get_mut("patternProperties") else { return };
    for (loose, strict) in [(r"^\d+$", NATURAL), (r"^-?\d+$", INTEGER)] {
        if let Some(values) = patterns.remove(loose) {
            patterns.insert(strict.into(), values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(schema: Value) -> Value {
        let mut schema = Schema::try_from(schema).expect("a schema");
        exact(&mut schema);
        schema.to_value()
    }

    #[test]
    fn integers_have_bounds_wherever_they_are() {
        let schema = json!({ "items": { "type": ["integer", "null"], "format": "int32" } });
        let bounded = json!({ "type": ["integer", "null"], "format": "int32", "minimum": -2147483648, "maximum": 2147483647 });
        assert_eq!(exactly(schema), json!({ "items": bounded }));
        let narrow = json!({ "type": "integer", "format": "uint32", "minimum": 1 });
        assert_eq!(exactly(narrow)["minimum"], 1);
    }

    #[test]
    fn a_heading_stays_in_the_comment() {
        let schema =
            json!({ "title": "Low", "description": "It is.", "properties": { "title": { "title": "A" } } });
        let kept =
            json!({ "description": "# Low\n\nIt is.", "properties": { "title": { "description": "# A" } } });
        assert_eq!(exactly(schema), kept);
    }

    #[test]
    fn what_stands_in_a_value_is_no_schema() {
        let schema = json!({ "const": { "title": "A" }, "default": { "format": "int32" } });
        assert_eq!(exactly(schema.clone()), schema);
    }
}
