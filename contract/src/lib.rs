//! One enum is the contract of an event stream: the server encodes it, the Rust client decodes it, and everything else
//! follows from it: the TypeScript event map, JSON Schema and an OpenAPI 3.2 document.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::Serialize;
//! use typed_eventsource_contract::Contract;
//!
//! /// The events of an order.
//! #[derive(JsonSchema, Serialize)]
//! #[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
//! enum Orders {
//!     /// Beats per minute.
//!     HeartRate(u32),
//!     /// The order went on.
//!     OrderUpdate { order_id: u32, status: Option<String> },
//! }
//!
//! let contract = Contract::new().stream::<Orders>("Orders", "/orders/stream")?;
//! assert_eq!(
//!     contract.typescript(),
//!     r#"// Written by typed-eventsource-contract. Change the Rust enum instead.
//!
//! /** The events of an order. */
//! export interface Orders {
//!   /** Beats per minute. */
//!   heartRate: number;
//!   /** The order went on. */
//!   orderUpdate: { orderId: number; status: string | null };
//! }
//! "#
//! );
//! # Ok::<(), typed_eventsource_contract::ContractError>(())
//! ```
//!
//! A program of yours writes the files, and checks them in CI: see [`Contract::command`].
//!
//! # What serde writes is what TypeScript says
//!
//! - Renamed variants and fields have their new names. A skipped field is not there.
//! - `Option` is `null`, or a property that may be missing with `skip_serializing_if`.
//! - Integers are `number`, also those of 64 bits: JavaScript is exact up to 2⁵³, and the comment of the property says so.
//!   Let serde write larger ones as strings, and write `#[schemars(with = "String")]` beside its `with`, which schemars does not
//!   read. Floats that are no number are `null` on the wire, and TypeScript does not say so.
//! - A unit variant has the data `null`.
//! - A `Text` of `typed-eventsource` is a string: ask that crate for its feature `schemars`. In `connect()` its type wants
//!   `decode: "text"`, which the validators of the npm command have.
//! - The schemas have the bounds of integers, and the spelling of the strings that are a uuid or a time.

/// The README's program.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod command;
mod events;
mod exact;
mod names;
mod openapi;
mod typescript;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use events::Variant;

/// The streams of a server, and the enums of their events.
#[derive(Debug)]
pub struct Contract {
    generator: SchemaGenerator,
    streams: Vec<Stream>,
}

/// One event stream.
#[derive(Debug)]
struct Stream {
    name: String,
    path: String,
    doc: Option<String>,
    variants: Vec<Variant>,
}

impl Default for Contract {
    fn default() -> Self {
        Self::new()
    }
}

impl Contract {
    /// A contract without streams.
    #[must_use]
    pub fn new() -> Self {
        // What serde writes, not all that it would read.
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        Self { generator, streams: Vec::new() }
    }

    /// Adds a stream: the name of its event map in TypeScript, the path where it is, and the enum of its events.
    ///
    /// # Errors
    ///
    /// If the type is not an externally tagged enum, whose variants name the event types; or if the name is no name of a type in
    /// TypeScript, or is taken, as the path may be.
    pub fn stream<E: JsonSchema>(mut self, name: &str, path: &str) -> Result<Self, ContractError> {
        let mut schema = E::json_schema(&mut self.generator);
        exact::exact(&mut schema);
        let schema = schema.to_value();
        let variants = events::variants(&schema)
            .ok_or_else(|| ContractError::NotExternallyTagged(E::schema_name().into_owned()))?;
        let doc = schema.get("description").and_then(Value::as_str).map(Into::into);
        self.streams.push(Stream { name: name.into(), path: path.into(), doc, variants });
        self.check()?;
        Ok(self)
    }

    /// The event maps, and the types that they name: a module.
    #[must_use]
    pub fn typescript(&self) -> String {
        typescript::module(&self.streams, &self.definitions())
    }

    /// A JSON Schema (2020-12) of the data of each event: in `$defs` an object for each stream, with a property for each event
    /// type, beside the types that they name.
    #[must_use]
    pub fn json_schema(&self) -> Value {
        let mut definitions: Map<String, Value> = self.definitions().into_iter().collect();
        for stream in &self.streams {
            let properties: Map<_, _> =
                stream.variants.iter().map(|variant| (variant.name.clone(), variant.data.clone())).collect();
            let mut schema =
                json!({ "type": "object", "properties": properties, "additionalProperties": false });
            if let Some(doc) = &stream.doc {
                schema["description"] = json!(doc);
            }
            definitions.insert(stream.name.clone(), schema);
        }
        json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions })
    }

    /// An OpenAPI 3.2 document, whose `itemSchema` describes the events of each stream.
    #[must_use]
    pub fn open_api(&self, title: &str, version: &str) -> Value {
        openapi::document(&self.streams, self.definitions(), title, version)
    }

    /// No two things may have one name: TypeScript would merge them, and the documents would have one of them.
    fn check(&self) -> Result<(), ContractError> {
        let mut names = BTreeSet::new();
        let mut paths = BTreeSet::new();
        for Stream { name, path, .. } in &self.streams {
            if !typescript::is_identifier(name) || !names::is_free(name) {
                return Err(ContractError::Name(name.clone()));
            }
            if !names.insert(name.clone()) || !paths.insert(path) {
                return Err(ContractError::Taken(format!("{name} ({path})")));
            }
        }
        for name in self.generator.definitions().keys() {
            if !names.insert(typescript::identifier(name)) {
                return Err(ContractError::Taken(name.clone()));
            }
        }
        Ok(())
    }

    fn definitions(&self) -> BTreeMap<String, Value> {
        let exact = |(name, value): (&String, &Value)| {
            let value = value.clone();
            let value = Schema::try_from(value).map_or_else(
                |_| Value::Bool(true),
                |mut schema| {
                    exact::exact(&mut schema);
                    schema.to_value()
                },
            );
            (name.clone(), value)
        };
        self.generator.definitions().iter().map(exact).collect()
    }
}

/// A stream cannot be part of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContractError {
    /// The type of this name is not an externally tagged enum.
    NotExternallyTagged(String),
    /// The name cannot be that of a type in TypeScript.
    Name(String),
    /// There are two streams, or a stream and a type, of this name, or two streams of this path.
    Taken(String),
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotExternallyTagged(name) => write!(
                f,
                "{name} is not an externally tagged enum: use an enum without `#[serde(tag)]` and `#[serde(untagged)]`, \
                 whose variants name the event types, each another"
            ),
            Self::Name(name) => write!(
                f,
                "{name:?} is no name of a type: use letters, digits, _ and $, and no word of TypeScript"
            ),
            Self::Taken(name) => write!(
                f,
                "{name} is there twice: give each stream a name and a path of its own, and types other names than streams \
                 (`#[schemars(rename = \"…\")]`)"
            ),
        }
    }
}

impl std::error::Error for ContractError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema, serde::Serialize)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Event {
        Größe(Größe),
    }

    #[derive(JsonSchema, serde::Serialize)]
    struct Größe {
        next: Option<Box<Größe>>,
    }

    #[derive(JsonSchema, serde::Serialize)]
    struct NoEnum {
        a: u8,
        b: u8,
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        a: u8,
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Single {
        A(u8),
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[serde(tag = "t", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Tagged {
        A,
        B,
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[serde(tag = "t", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum TaggedOnce {
        A,
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Twice {
        #[schemars(rename = "a")]
        A(u8),
        #[schemars(rename = "a")]
        B(bool),
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Words {
        A(string),
    }

    #[derive(JsonSchema, serde::Serialize)]
    #[expect(non_camel_case_types, reason = "it is a word of TypeScript")]
    struct string {
        a: u8,
    }

    fn error<E: JsonSchema>(contract: Contract, name: &str, path: &str) -> ContractError {
        contract.stream::<E>(name, path).expect_err("an error")
    }

    #[test]
    fn a_name_is_one_thing_only() {
        let contract = || Contract::new().stream::<Event>("Sizes", "/sizes").expect("a contract");
        assert!(matches!(error::<Event>(contract(), "Sizes", "/other"), ContractError::Taken(_)));
        assert!(matches!(error::<Event>(contract(), "Other", "/sizes"), ContractError::Taken(_)));
        assert!(matches!(error::<Event>(Contract::new(), "Größe", "/sizes"), ContractError::Name(_)));
        assert!(matches!(error::<Event>(contract(), "my-sizes", "/"), ContractError::Name(_)));
        assert!(matches!(error::<NoEnum>(contract(), "A", "/"), ContractError::NotExternallyTagged(_)));
    }

    #[test]
    fn a_struct_of_one_field_is_no_enum_of_one_variant() {
        assert!(matches!(error::<Closed>(Contract::new(), "A", "/"), ContractError::NotExternallyTagged(_)));
        Contract::new().stream::<Single>("A", "/").expect("a contract");
    }

    #[test]
    fn an_enum_whose_tag_is_a_property_is_not_externally_tagged() {
        assert!(matches!(error::<Tagged>(Contract::new(), "A", "/"), ContractError::NotExternallyTagged(_)));
        assert!(matches!(
            error::<TaggedOnce>(Contract::new(), "A", "/"),
            ContractError::NotExternallyTagged(_)
        ));
    }

    #[test]
    fn no_event_type_is_there_twice() {
        assert!(matches!(error::<Twice>(Contract::new(), "A", "/"), ContractError::NotExternallyTagged(_)));
    }

    #[test]
    fn words_of_typescript_are_no_names() {
        assert!(matches!(error::<Words>(Contract::new(), "delete", "/"), ContractError::Name(_)));
        let text = Contract::new().stream::<Words>("Words", "/").expect("a contract").typescript();
        assert!(text.contains("  A: string_;\n") && text.contains("export interface string_ {\n"), "{text}");
    }

    #[test]
    fn a_type_is_called_by_the_name_that_it_is_declared_by() {
        let contract = Contract::new().stream::<Event>("Sizes", "/sizes").expect("a contract");
        let text = contract.typescript();
        assert!(
            text.contains("  \"Größe\": Größe;\n")
                && text.contains("export interface Größe {\n  next: Größe | null;\n"),
            "{text}"
        );
    }
}
