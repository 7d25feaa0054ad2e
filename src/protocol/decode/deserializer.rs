//! Three questions to a `Deserialize`: is it a `Text`, which variants does it have, and what is it for one of them?
//!
//! Each deserializer here knows one shape and refuses the others at once; the JSON itself is serde_json's work.

use core::cell::Cell;
use core::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::DecodeError;
use crate::protocol::event::TEXT;

/// Raw text for a `Text`, JSON for everything else.
pub(super) fn data<'de, T: Deserialize<'de>>(data: &'de str) -> Result<T, serde_json::Error> {
    let is_text = Cell::new(false);
    match T::deserialize(TextOnly { data, is_text: &is_text }) {
        Ok(text) if is_text.get() => Ok(text),
        // Also an `Ok`: some types have a default in place of whatever they cannot read.
        _ => serde_json::from_str(data),
    }
}

/// The variants that an externally tagged enum asks for.
pub(super) fn variants<E: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let found = Cell::new(None);
    // Whatever comes out: what counts is what the type asked for.
    let _ = E::deserialize(Variants { found: &found });
    found.get()
}

/// Gives a `Text` its string.
struct TextOnly<'a, 'de> {
    data: &'de str,
    is_text: &'a Cell<bool>,
}

impl<'de> Deserializer<'de> for TextOnly<'_, 'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if name != TEXT {
            return Err(Refused);
        }
        self.is_text.set(true);
        visitor.visit_newtype_struct(BorrowedStrDeserializer::new(self.data))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Notes the variants of an enum, and gives it none.
struct Variants<'a> {
    found: &'a Cell<Option<&'static [&'static str]>>,
}

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Refused> {
        self.found.set(Some(variants));
        Err(Refused)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[derive(Debug)]
struct Refused;

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not of this shape")
    }
}

impl core::error::Error for Refused {}

/// An event as an externally tagged enum.
pub(super) struct Variant<'de> {
    pub(super) event_type: &'de str,
    pub(super) data: &'de str,
}

impl<'de> Deserializer<'de> for Variant<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::NotExternallyTagged)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        // A newtype around an enum is that enum, as everywhere in serde_json.
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DecodeError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'de>), DecodeError> {
        let variant = seed.deserialize(StrDeserializer::<DecodeError>::new(self.event_type))?;
        Ok((variant, Content(self.data)))
    }
}

/// The data as the content of a variant.
pub(super) struct Content<'de>(&'de str);

impl<'de> Content<'de> {
    fn json<T>(
        self,
        read: impl FnOnce(
            &mut serde_json::Deserializer<serde_json::de::StrRead<'de>>,
        ) -> Result<T, serde_json::Error>,
    ) -> Result<T, DecodeError> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        let value = read(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant<T: Deserialize<'de>>(self) -> Result<T, DecodeError> {
        Ok(data(self.0)?)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        self.json(|json| seed.deserialize(json))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.json(|json| json.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.json(|json| json.deserialize_struct("", fields, visitor))
    }
}
