//! Schemas as TypeScript.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{Stream, names};

/// A list of a longer fixed length is any list.
const LONGEST_TUPLE: u64 = 8;

const HEADER: &str = "// Written by typed-eventsource-contract. Change the Rust enum instead.\n";

const NOTE: &str = "An integer that JavaScript has exactly up to 2^53.";

pub(crate) fn module(streams: &[Stream], definitions: &BTreeMap<String, Value>) -> String {
    let mut text = HEADER.to_owned();
    for stream in streams {
        text.push('\n');
        push_doc(&mut text, stream.doc.as_deref(), "");
        text.push_str(&format!("export interface {} {{\n", stream.name));
        for variant in &stream.variants {
            push_doc(&mut text, with_note(variant.doc.as_deref(), &variant.data).as_deref(), "  ");
            text.push_str(&format!("  {}: {};\n", key(&variant.name), type_of(&variant.data, "  ")));
        }
        text.push_str("}\n");
    }
    for (name, schema) in definitions {
        text.push('\n');
        push_doc(&mut text, doc(schema).as_deref(), "");
        match schema.get("properties").and_then(Value::as_object) {
            Some(properties) if is_plain_object(schema) => {
                text.push_str(&format!("export interface {} {{\n", identifier(name)));
                for (name, property) in in_order(properties, schema) {
                    push_doc(&mut text, doc(property).as_deref(), "  ");
                    text.push_str(&format!("  {}\n", member(name, property, schema, "  ")));
                }
                text.push_str("}\n");
            }
            _ => text.push_str(&format!("export type {} = {};\n", identifier(name), type_of(schema, ""))),
        }
    }
    text
}

/// Whether an object has its properties, and nothing beside them that a type has to say.
fn is_plain_object(schema: &Value) -> bool {
    let says = |name: &str| schema.get(name).is_some_and(|value| *value != Value::Bool(false));
    !["additionalProperties", "patternProperties", "allOf", "anyOf", "oneOf", "$ref"].into_iter().any(says)
}

/// The text of a comment.
fn doc(schema: &Value) -> Option<String> {
    with_note(schema.get("description").and_then(Value::as_str), schema)
}

/// A text, with what the type cannot say.
fn with_note(text: Option<&str>, schema: &Value) -> Option<String> {
    let note = has_wide(schema).then_some(NOTE);
    match (text, note) {
        (Some(text), Some(note)) => Some(format!("{text}\n\n{note}")),
        (text, note) => text.or(note).map(Into::into),
    }
}

/// Whether there is an integer of 64 bits or more that has no comment of its own: properties and named types have one.
fn has_wide(schema: &Value) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    if matches!(format, Some("int64" | "uint64" | "int" | "uint" | "int128" | "uint128")) {
        return true;
    }
    let one = ["items", "additionalProperties"].into_iter().filter_map(|name| schema.get(name));
    let lists = ["prefixItems", "oneOf", "anyOf", "allOf"].into_iter().filter_map(|name| schema.get(name));
    let all = lists.filter_map(Value::as_array).flatten();
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    one.chain(all).chain(patterns.into_iter().flat_map(Map::values)).any(has_wide)
}

fn push_doc(text: &mut String, doc: Option<&str>, indent: &str) {
    let Some(doc) = doc else { return };
    // Nothing in it may end the comment.
    let doc = doc.replace("*/", "*\u{200b}/");
    let mut lines = doc.trim().lines();
    match (lines.next(), lines.next()) {
        (Some(line), None) => text.push_str(&format!("{indent}/** {line} */\n")),
        _ => {
            text.push_str(&format!("{indent}/**\n"));
            for line in doc.trim().lines() {
                text.push_str(format!("{indent} * {line}").trim_end());
                text.push('\n');
            }
            text.push_str(&format!("{indent} */\n"));
        }
    }
}

/// The type of what a schema describes. Lines that it breaks are indented by `indent` and more.
fn type_of(schema: &Value, indent: &str) -> String {
    let Some(schema) = schema.as_object() else {
        return if *schema == Value::Bool(false) { "never" } else { "unknown" }.into();
    };
    let mut parts = Vec::new();
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        parts.push(identifier(name.rsplit('/').next().unwrap_or(name)));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return union(values.iter().map(Value::to_string));
    }
    for name in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema.get(name).and_then(Value::as_array) {
            parts.push(union(alternatives.iter().map(|alternative| type_of(alternative, indent))));
        }
    }
    if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
        parts.extend(all.iter().map(|one| type_of(one, indent)));
    }
    match schema.get("type") {
        Some(Value::String(name)) => parts.push(basic(name, schema, indent)),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            parts.push(union(names.map(|name| basic(name, schema, indent))));
        }
        _ if schema.contains_key("properties") => parts.push(object(schema, indent)),
        _ => {}
    }
    match parts.len() {
        0 => "unknown".into(),
        1 => parts.remove(0),
        _ => parts.iter().map(|part| grouped(part)).collect::<Vec<_>>().join(" & "),
    }
}

fn basic(name: &str, schema: &Map<String, Value>, indent: &str) -> String {
    match name {
        "string" => "string".into(),
        "integer" | "number" => "number".into(),
        "boolean" => "boolean".into(),
        "null" => "null".into(),
        "array" => array(schema, indent),
        "object" => object(schema, indent),
        _ => "unknown".into(),
    }
}

fn array(schema: &Map<String, Value>, indent: &str) -> String {
    let rest = schema.get("items").map(|items| type_of(items, indent));
    let Some(first) = schema.get("prefixItems").and_then(Value::as_array) else {
        let item = rest.unwrap_or_else(|| "unknown".into());
        let bounds = ["minItems", "maxItems"].map(|name| schema.get(name).and_then(Value::as_u64));
        return match bounds {
            [Some(least), Some(most)] if least == most && most <= LONGEST_TUPLE => {
                let items: Vec<_> = (0..most).map(|_| &*item).collect();
                format!("[{}]", items.join(", "))
            }
            _ => format!("{}[]", grouped(&item)),
        };
    };
    let mut items: Vec<_> = first.iter().map(|item| type_of(item, indent)).collect();
    if let Some(rest) = rest.filter(|rest| rest != "never") {
        let open = schema.get("maxItems").and_then(Value::as_u64) != Some(first.len() as u64);
        if open {
            items.push(format!("...{}[]", grouped(&rest)));
        }
    }
    format!("[{}]", items.join(", "))
}

fn object(schema: &Map<String, Value>, indent: &str) -> String {
    let whole = Value::Object(schema.clone());
    let mut parts = Vec::new();
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let has_docs = properties.values().any(|property| doc(property).is_some());
        if has_docs {
            let inner = format!("{indent}  ");
            let mut text = "{\n".to_owned();
            for (name, property) in in_order(properties, &whole) {
                push_doc(&mut text, doc(property).as_deref(), &inner);
                text.push_str(&format!("{inner}{}\n", member(name, property, &whole, &inner)));
            }
            text.push_str(&format!("{indent}}}"));
            parts.push(text);
        } else if !properties.is_empty() {
            let members: Vec<_> = in_order(properties, &whole)
                .into_iter()
                .map(|(name, property)| member(name, property, &whole, indent))
                .collect();
            parts.push(format!("{{ {} }}", members.join(" ").trim_end_matches(';')));
        }
    }
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    let values = patterns.into_iter().flat_map(Map::values);
    let others = schema.get("additionalProperties").filter(|others| **others != Value::Bool(false));
    let values: Vec<_> = values.chain(others).map(|value| type_of(value, indent)).collect();
    if !values.is_empty() {
        parts.push(format!("{{ [key: string]: {} }}", union(values)));
    }
    match parts.len() {
        0 if others.is_none() && schema.contains_key("additionalProperties") => {
            "{ [key: string]: never }".into()
        }
        0 => "{ [key: string]: unknown }".into(),
        _ => parts.join(" & "),
    }
}

/// The properties as the Rust type has them, as far as the schema tells: those that may be missing come last.
fn in_order<'p>(properties: &'p Map<String, Value>, object: &Value) -> Vec<(&'p String, &'p Value)> {
    let required = object.get("required").and_then(Value::as_array);
    let place = |name: &str| required.and_then(|names| names.iter().position(|required| required == name));
    let mut all: Vec<_> = properties.iter().collect();
    all.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    all
}

/// A property of an object.
fn member(name: &str, property: &Value, object: &Value, indent: &str) -> String {
    let required = object.get("required").and_then(Value::as_array);
    let is_there = required.is_some_and(|names| names.iter().any(|required| required == name));
    format!("{}{}: {};", key(name), if is_there { "" } else { "?" }, type_of(property, indent))
}

/// Types beside each other, each once.
fn union(types: impl IntoIterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for one in types {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    if all.is_empty() { "never".into() } else { all.join(" | ") }
}

/// A type that may stand beside `&` and before `[]`.
fn grouped(one: &str) -> String {
    let is_simple = one.chars().all(|character| character.is_alphanumeric() || "_$".contains(character));
    if is_simple { one.into() } else { format!("({one})") }
}

fn key(name: &str) -> String {
    if is_identifier(name) { name.into() } else { Value::from(name).to_string() }
}

pub(crate) fn is_identifier(name: &str) -> bool {
    let letter = |character: char| character.is_ascii_alphabetic() || "_$".contains(character);
    name.starts_with(letter) && name.chars().all(|character| letter(character) || character.is_ascii_digit())
}

/// The name of a type: schemars joins those of generic types with characters that TypeScript does not know, and a type may be
/// called by a word of it.
pub(crate) fn identifier(name: &str) -> String {
    // A reference escapes what a URL and a path cannot have.
    let name = decoded(name).replace("~1", "/").replace("~0", "~");
    let clean: String = name
        .chars()
        .map(|character| if character.is_alphanumeric() || character == '$' { character } else { '_' })
        .collect();
    if clean.starts_with(|character: char| character.is_ascii_digit()) {
        format!("_{clean}")
    } else if names::is_free(&clean) {
        clean
    } else {
        format!("{clean}_")
    }
}

/// A text without percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.first_chunk::<2>().and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
