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
//!   Let serde write larger ones as strings.
//! - A unit variant has the data `null`.
//! - A `Text` of `typed-eventsource` is a string: write `#[schemars(with = "String")]` beside it, and `decode: "text"` for its
//!   type in `connect()`.

/// The README's program.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod command;
mod events;
mod openapi;
mod typescript;

use std::collections::BTreeMap;
use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
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
    /// If the type is not an externally tagged enum, whose variants name the event types.
    pub fn stream<E: JsonSchema>(mut self, name: &str, path: &str) -> Result<Self, ContractError> {
        let schema = E::json_schema(&mut self.generator).to_value();
        let variants =
            events::variants(&schema).ok_or_else(|| ContractError(E::schema_name().into_owned()))?;
        let doc = schema.get("description").and_then(Value::as_str).map(Into::into);
        self.streams.push(Stream { name: name.into(), path: path.into(), doc, variants });
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

    fn definitions(&self) -> BTreeMap<String, Value> {
        self.generator.definitions().iter().map(|(name, schema)| (name.clone(), schema.clone())).collect()
    }
}

/// A type is not an externally tagged enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError(String);

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.0;
        write!(
            f,
            "{name} is not an externally tagged enum: use an enum without `#[serde(tag)]` and `#[serde(untagged)]`, whose \
             variants name the event types"
        )
    }
}

impl std::error::Error for ContractError {}
