//! Values in no order.

use chrono::DateTime;
use typed_eventsource::protocol::event::Text;
use uuid::Uuid;

use crate::events::*;

/// How many variants there are.
pub(crate) const VARIANTS: u64 = 29;

/// Numbers in no order.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Of all 64 bits, and often at an end of a type.
    fn wide(&mut self) -> u64 {
        match self.below(8) {
            0 => u64::MAX,
            1 => u64::from(u32::MAX),
            2 => 1 << 63,
            3 => 0,
            _ => self.below(1 << 32) << 32 | self.below(1 << 32),
        }
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

    pub(crate) fn text(&mut self) -> String {
        (0..self.below(6)).map(|_| self.letter()).collect()
    }

    fn letter(&mut self) -> char {
        ['a', 'B', ' ', '"', '\\', '\n', 'é', '\u{1f4a1}'][self.below(8) as usize]
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

    /// A value of a variant.
    pub(crate) fn event(&mut self, variant: u64) -> Rich {
        match variant {
            0 => Rich::Unit,
            1 => Rich::Number(self.wide() as i32),
            2 => Rich::Wide(self.wide()),
            3 => Rich::Float(self.float()),
            4 => Rich::Flag(self.is()),
            5 => Rich::Words(self.text()),
            6 => Rich::Raw(Text(self.text())),
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
                never: 0,
                odd: self.letter(),
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
            22 => Rich::Long(self.wide() as i64),
            23 => Rich::Small(self.below(9) as i32 - 4),
            24 => Rich::Signed(
                self.list(|random| (random.wide() as i64, random.byte() as i8)).into_iter().collect(),
            ),
            25 => {
                let time =
                    DateTime::from_timestamp(self.below(1 << 31) as i64, self.below(1_000_000_000) as u32);
                Rich::Moment(time.unwrap_or_default())
            }
            26 => Rich::Ids(self.list(|random| Uuid::from_u64_pair(random.wide(), random.wide()))),
            27 => Rich::Wides(self.is().then(|| self.list(Self::wide))),
            _ => Rich::Odd(()),
        }
    }
}
