//! Writes the contract of an enum with everything in it, and random values of it as serde writes them, for TypeScript to
//! compare: `cargo run --package typed-eventsource-contract --example rich -- FOLDER SEED`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use typed_eventsource::protocol::encode;
use typed_eventsource::protocol::event::Text;
use typed_eventsource_contract::Contract;

/// Events of every shape. A comment may have what ends one: */
///
/// And several lines.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Rich {
    /// Nothing but its type.
    Unit,
    Number(i32),
    /// Of 64 bits.
    Wide(u64),
    Float(f64),
    Flag(bool),
    Words(String),
    Raw(#[schemars(with = "String")] Text),
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
    #[serde(rename = "it's \"odd\"")]
    Odd(()),
}

/// A leaf.
#[derive(JsonSchema, Serialize)]
struct Leaf {
    /// Its name.
    name: String,
    weight: Option<f32>,
}

/// It contains itself.
#[derive(JsonSchema, Serialize)]
struct Tree {
    leaf: Leaf,
    children: Vec<Tree>,
}

#[derive(JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Internal {
    Circle { radius: f64 },
    Nothing,
}

#[derive(JsonSchema, Serialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Number(u8),
    Text(String),
    Nothing,
}

#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Leaf(Leaf),
}

#[derive(JsonSchema, Serialize)]
struct Meters(f64);

#[derive(JsonSchema, Serialize)]
struct Flat {
    own: u8,
    #[serde(flatten)]
    leaf: Leaf,
}

#[derive(JsonSchema, Serialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<u64>,
}

#[derive(JsonSchema, Serialize)]
struct Empty {}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Level {
    Low,
    /// Very.
    VeryHigh,
}

/// Numbers in no order.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    fn is(&mut self) -> bool {
        self.below(2) == 0
    }

    fn float(&mut self) -> f64 {
        self.below(1 << 31) as f64 / 1024.0 - 1e6
    }

    fn text(&mut self) -> String {
        const CHARACTERS: [char; 8] = ['a', 'B', ' ', '"', '\\', '\n', 'é', '\u{1f4a1}'];
        (0..self.below(6)).map(|_| CHARACTERS[self.below(8) as usize]).collect()
    }

    fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    fn leaf(&mut self) -> Leaf {
        Leaf { name: self.text(), weight: self.is().then(|| self.float() as f32) }
    }

    fn tree(&mut self, depth: u64) -> Tree {
        let children = if depth == 0 { Vec::new() } else { self.list(|random| random.tree(depth - 1)) };
        Tree { leaf: self.leaf(), children }
    }

    fn event(&mut self, variant: u64) -> Rich {
        match variant {
            0 => Rich::Unit,
            1 => Rich::Number(self.below(u64::MAX) as i32),
            2 => Rich::Wide(self.below(u64::MAX)),
            3 => Rich::Float(self.float()),
            4 => Rich::Flag(self.is()),
            5 => Rich::Words(self.text()),
            6 => Rich::Raw(Text(format!("{:?}", self.text()))),
            7 => Rich::Maybe(self.is().then(|| self.byte())),
            8 => Rich::List(self.list(Self::leaf)),
            9 => Rich::Pair(self.byte(), self.text()),
            10 => Rich::Table(
                self.list(|random| (random.text(), random.list(Self::byte))).into_iter().collect(),
            ),
            11 => Rich::ById(
                self.list(|random| (u32::from(random.byte()), random.leaf())).into_iter().collect(),
            ),
            12 => Rich::Fields {
                first_field: u32::from(self.byte()),
                sometimes: self.is().then(|| self.text()),
                never: 7,
                odd: 'ß',
                nested: Box::new(self.tree(2)),
            },
            13 => Rich::Inline { a: self.byte(), b: [i16::from(self.byte()), -1] },
            14 => Rich::Internal(if self.is() {
                Internal::Nothing
            } else {
                Internal::Circle { radius: self.float() }
            }),
            15 => Rich::Adjacent(match self.below(3) {
                0 => Adjacent::Nothing,
                1 => Adjacent::Text(self.text()),
                _ => Adjacent::Number(self.byte()),
            }),
            16 => Rich::Untagged(if self.is() {
                Untagged::Number(self.byte())
            } else {
                Untagged::Leaf(self.leaf())
            }),
            17 => Rich::Newtype(Meters(self.float())),
            18 => Rich::Flat(Flat { own: self.byte(), leaf: self.leaf() }),
            19 => Rich::Level(if self.is() { Level::Low } else { Level::VeryHigh }),
            20 => {
                Rich::Generic(Page { items: self.list(Self::leaf), next: self.is().then(|| self.below(9)) })
            }
            21 => Rich::Empty(Empty {}),
            _ => Rich::Odd(()),
        }
    }
}

const VARIANTS: u64 = 23;
const EACH: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (folder, seed) = (args.next().ok_or("a folder")?, args.next().ok_or("a seed")?.parse()?);
    let contract = Contract::new().stream::<Rich>("Rich", "/rich")?;
    let mut random = Random(seed);
    let mut values = "import type { Rich } from \"./events.js\";\n\n".to_owned();
    values.push_str("export const values: { [K in keyof Rich]: readonly Rich[K][] } = {\n");
    for variant in 0..VARIANTS {
        let mut name = None;
        for _ in 0..EACH {
            let event = encode::variant(&random.event(variant))?;
            let event_type = event.declared_type().ok_or("a type")?;
            if name.is_none() {
                writeln!(values, "  {event_type:?}: [")?;
                name = Some(event_type.to_owned());
            }
            writeln!(values, "    {},", event.data.0)?;
        }
        values.push_str("  ],\n");
    }
    values.push_str("};\n");
    let write = |name: &str, text: &str| fs::write(Path::new(&folder).join(name), text);
    write("events.ts", &contract.typescript())?;
    write("values.ts", &values)?;
    write("schema.json", &format!("{:#}\n", contract.json_schema()))?;
    write("openapi.json", &format!("{:#}\n", contract.open_api("Rich", "1"))).map_err(Into::into)
}
