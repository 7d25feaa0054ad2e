//! An enum with everything in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_eventsource::protocol::event::Text;
use uuid::Uuid;

/// Events of every shape. A comment may have what ends one: */
///
/// And several lines.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Rich {
    /// Nothing but its type.
    Unit,
    Number(i32),
    /// Of 64 bits.
    Wide(u64),
    Float(f64),
    Flag(bool),
    Words(String),
    Raw(Text),
    Maybe(Option<u8>),
    List(Vec<Leaf>),
    Pair(u8, String),
    Table(BTreeMap<String, Vec<u8>>),
    ById(BTreeMap<u32, Leaf>),
    Fields {
        /// A number.
        first_field: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        sometimes: Option<String>,
        #[serde(skip)]
        never: u8,
        #[serde(rename = "x-y")]
        odd: char,
        nested: Box<Tree>,
    },
    Inline {
        a: u8,
        b: [i16; 2],
    },
    Internal(Internal),
    Adjacent(Adjacent),
    Untagged(Untagged),
    Newtype(Meters),
    Flat(Flat),
    Level(Level),
    Generic(Page<Leaf>),
    Empty(Empty),
    Long(i64),
    Small(i32),
    Signed(BTreeMap<i64, i8>),
    Moment(DateTime<Utc>),
    Ids(Vec<Uuid>),
    Wides(Option<Vec<u64>>),
    #[serde(rename = "it's \"odd\"")]
    Odd(()),
}

/// A leaf.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub(crate) struct Leaf {
    /// Its name.
    pub(crate) name: String,
    pub(crate) weight: Option<f32>,
}

/// It contains itself.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub(crate) struct Tree {
    pub(crate) leaf: Leaf,
    pub(crate) children: Vec<Tree>,
}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Internal {
    Circle { radius: f64 },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(tag = "t", content = "c")]
pub(crate) enum Adjacent {
    Number(u8),
    Text(String),
    Nothing,
}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Number(u8),
    Leaf(Leaf),
}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub(crate) struct Meters(pub(crate) f64);

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub(crate) struct Flat {
    pub(crate) own: u8,
    #[serde(flatten)]
    pub(crate) leaf: Leaf,
}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub(crate) struct Empty {}

#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Level {
    Low,
    /// Very.
    VeryHigh,
}
