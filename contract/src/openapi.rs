//! An OpenAPI 3.2 document: the streams of a server.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Stream;

pub(crate) fn document(
    streams: &[Stream],
    definitions: BTreeMap<String, Value>,
    title: &str,
    version: &str,
) -> Value {
    let paths: Map<_, _> = streams.iter().map(|stream| (stream.path.clone(), path(stream))).collect();
    let schemas: Map<_, _> = definitions.into_iter().map(|(name, schema)| (name, moved(schema))).collect();
    json!({
        "openapi": "3.2.0",
        "info": { "title": title, "version": version },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn path(stream: &Stream) -> Value {
    let events: Vec<_> = stream
        .variants
        .iter()
        .map(|variant| {
            let data = if variant.is_text() {
                variant.data.clone()
            } else {
                json!({
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": moved(variant.data.clone()),
                })
            };
            let mut event = json!({ "properties": { "event": { "const": variant.name }, "data": data } });
            if let Some(doc) = &variant.doc {
                event["description"] = json!(doc);
            }
            event
        })
        .collect();
    let item = json!({
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": { "type": "string" },
            "data": { "type": "string" },
            "id": { "type": "string" },
            "retry": { "type": "integer", "minimum": 0 },
        },
        "oneOf": events,
    });
    let last = json!({
        "name": "Last-Event-ID",
        "in": "header",
        "required": false,
        "description": "Where to resume: the ID of the last event that was received.",
        "schema": { "type": "string" },
    });
    let description = stream.doc.as_deref().unwrap_or("A stream of events.");
    let response =
        json!({ "description": description, "content": { "text/event-stream": { "itemSchema": item } } });
    json!({ "get": { "operationId": stream.name, "parameters": [last], "responses": { "200": response } } })
}

/// The same schema where definitions are components.
fn moved(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match (&*name, value) {
                ("$ref", Value::String(to)) => {
                    (name, Value::from(to.replacen("#/$defs/", "#/components/schemas/", 1)))
                }
                (_, value) => (name, moved(value)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(moved).collect::<Vec<_>>().into(),
        other => other,
    }
}
