//! Two questions to a `Serialize`: is it a [`Text`](super::Text), and which variant of an enum is it?
//!
//! Each serializer here knows one shape and refuses the others at once; the JSON itself is serde_json's work.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::EncodeError;
use crate::protocol::event::TEXT;

/// The data of an event: raw if the value is a `Text`, JSON otherwise.
pub(super) fn data<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    match value.serialize(TextOnly { inside: false }) {
        Ok(text) => Ok(text),
        Err(NotText) => serde_json::to_string(value),
    }
}

/// The variant's name and the data its content stands for.
pub(super) fn variant<E: Serialize + ?Sized>(event: &E) -> Result<(&'static str, String), EncodeError> {
    let found = Found::default();
    let json = serde_json::to_string(&Content { event, found: &found });
    let event_type = found.variant.get().ok_or(EncodeError::NotExternallyTagged)?;
    // The JSON of raw text is a placeholder.
    let data =
        found.text.take().map_or(json, Ok).map_err(|error| EncodeError::Content { event_type, error })?;
    Ok((event_type, data))
}

/// Methods that all refuse, for the serializers that know one shape each.
macro_rules! refuse {
    ($($method:ident($($argument:ty),*) -> $result:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$result, Self::Error> { Self::refuse() })*
    };
    (all but strings, newtypes and variants) => {
        refuse! {
            serialize_bool(bool) -> Self::Ok;
            serialize_i8(i8) -> Self::Ok;
            serialize_i16(i16) -> Self::Ok;
            serialize_i32(i32) -> Self::Ok;
            serialize_i64(i64) -> Self::Ok;
            serialize_u8(u8) -> Self::Ok;
            serialize_u16(u16) -> Self::Ok;
            serialize_u32(u32) -> Self::Ok;
            serialize_u64(u64) -> Self::Ok;
            serialize_f32(f32) -> Self::Ok;
            serialize_f64(f64) -> Self::Ok;
            serialize_char(char) -> Self::Ok;
            serialize_bytes(&[u8]) -> Self::Ok;
            serialize_none() -> Self::Ok;
            serialize_unit() -> Self::Ok;
            serialize_unit_struct(&'static str) -> Self::Ok;
            serialize_seq(Option<usize>) -> Self::SerializeSeq;
            serialize_tuple(usize) -> Self::SerializeTuple;
            serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
            serialize_map(Option<usize>) -> Self::SerializeMap;
            serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        }

        fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Self::Ok, Self::Error> {
            Self::refuse()
        }
    };
}

/// Takes the string out of a `Text`.
struct TextOnly {
    inside: bool,
}

#[derive(Debug)]
struct NotText;

impl TextOnly {
    fn refuse<T>() -> Result<T, NotText> {
        Err(NotText)
    }
}

impl Serializer for TextOnly {
    type Ok = String;
    type Error = NotText;
    type SerializeSeq = Impossible<String, NotText>;
    type SerializeTuple = Impossible<String, NotText>;
    type SerializeTupleStruct = Impossible<String, NotText>;
    type SerializeTupleVariant = Impossible<String, NotText>;
    type SerializeMap = Impossible<String, NotText>;
    type SerializeStruct = Impossible<String, NotText>;
    type SerializeStructVariant = Impossible<String, NotText>;

    refuse!(all but strings, newtypes and variants);
    refuse! {
        serialize_unit_variant(&'static str, u32, &'static str) -> Self::Ok;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<String, NotText> {
        if name == TEXT { value.serialize(Self { inside: true }) } else { Err(NotText) }
    }

    fn serialize_str(self, text: &str) -> Result<String, NotText> {
        if self.inside { Ok(text.to_owned()) } else { Err(NotText) }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, NotText> {
        Err(NotText)
    }
}

impl ser::Error for NotText {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a Text")
    }
}

impl core::error::Error for NotText {}

/// An enum without its tag: serializes as the content of its variant and tells which one it was.
struct Content<'a, E: ?Sized> {
    event: &'a E,
    found: &'a Found,
}

#[derive(Default)]
struct Found {
    variant: Cell<Option<&'static str>>,
    text: RefCell<Option<String>>,
}

impl<E: Serialize + ?Sized> Serialize for Content<'_, E> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        self.event.serialize(VariantOnly { json, found: self.found })
    }
}

struct VariantOnly<'a, S> {
    json: S,
    found: &'a Found,
}

impl<S: Serializer> VariantOnly<'_, S> {
    fn refuse<T>() -> Result<T, S::Error> {
        Err(ser::Error::custom("not an externally tagged enum"))
    }
}

impl<S: Serializer> Serializer for VariantOnly<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Fields<S::SerializeTuple>;
    type SerializeMap = Impossible<S::Ok, S::Error>;
    type SerializeStruct = Impossible<S::Ok, S::Error>;
    type SerializeStructVariant = Fields<S::SerializeStruct>;

    refuse!(all but strings, newtypes and variants);
    refuse! {
        serialize_str(&str) -> Self::Ok;
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        // A newtype around an enum is that enum, as everywhere in serde_json.
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.found.variant.set(Some(variant));
        self.json.serialize_unit()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.found.variant.set(Some(variant));
        match value.serialize(TextOnly { inside: false }) {
            Ok(text) => {
                self.found.text.replace(Some(text));
                self.json.serialize_unit()
            }
            Err(NotText) => value.serialize(self.json),
        }
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.found.variant.set(Some(variant));
        self.json.serialize_tuple(len).map(Fields)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.found.variant.set(Some(variant));
        self.json.serialize_struct(name, len).map(Fields)
    }
}

/// The fields of a variant, written as those of a tuple or a struct.
struct Fields<S>(S);

impl<S: ser::SerializeTuple> ser::SerializeTupleVariant for Fields<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

impl<S: ser::SerializeStruct> ser::SerializeStructVariant for Fields<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        self.0.serialize_field(key, value)
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), S::Error> {
        self.0.skip_field(key)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}
