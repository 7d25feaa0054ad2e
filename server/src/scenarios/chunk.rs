//! What a `send` step writes: the notation of the chunks in `tests/vectors-standard.json`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Bytes in a notation that is shorter than they are.
#[derive(Debug)]
pub(super) enum Chunk {
    Bytes(Vec<u8>),
    Repeat { repeat: Box<Self>, times: usize },
    Join(Vec<Self>),
}

const NOTATION: &str = "bytes are a string, {base64}, {repeat, times} or {join: […]}";

/// The fields of all the notations.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Field {
    Base64,
    Repeat,
    Times,
    Join,
}

/// Reads a notation in one pass. Derived for an untagged enum, it would keep a copy of what is inside for each level of
/// nesting, and read what is inside anew for each notation.
struct Notation;

impl<'de> Visitor<'de> for Notation {
    type Value = Chunk;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Chunk, E> {
        Ok(Chunk::Bytes(text.as_bytes().to_vec()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Chunk, E> {
        Ok(Chunk::Bytes(text.into_bytes()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Chunk, A::Error> {
        let wrong = || A::Error::custom(NOTATION);
        let (mut chunk, mut times) = (None, None);
        while let Some(field) = map.next_key().map_err(|_| wrong())? {
            match field {
                Field::Times if times.is_none() => times = Some(map.next_value().map_err(|_| wrong())?),
                Field::Base64 if chunk.is_none() => {
                    let encoded: String = map.next_value().map_err(|_| wrong())?;
                    chunk = Some(Chunk::Bytes(STANDARD.decode(encoded).map_err(|_| wrong())?));
                }
                Field::Repeat if chunk.is_none() => {
                    chunk = Some(Chunk::Repeat { repeat: map.next_value()?, times: 0 });
                }
                Field::Join if chunk.is_none() => {
                    chunk = Some(Chunk::Join(map.next_value().map_err(|_| wrong())?));
                }
                _ => return Err(wrong()),
            }
        }
        match (chunk, times) {
            (Some(Chunk::Repeat { repeat, .. }), Some(times)) => Ok(Chunk::Repeat { repeat, times }),
            (Some(chunk @ (Chunk::Bytes(_) | Chunk::Join(_))), None) => Ok(chunk),
            _ => Err(wrong()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Chunk, A::Error> {
        Err(A::Error::custom(NOTATION))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Chunk, E> {
        Err(E::custom(NOTATION))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Chunk, E> {
        Err(E::custom(NOTATION))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Chunk, E> {
        Err(E::custom(NOTATION))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Chunk, E> {
        Err(E::custom(NOTATION))
    }

    fn visit_unit<E: Error>(self) -> Result<Chunk, E> {
        Err(E::custom(NOTATION))
    }
}

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Notation)
    }
}

impl Chunk {
    /// How many bytes these are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Repeat { repeat, times } => repeat.len().saturating_mul(*times),
            Self::Join(join) => join.iter().map(Self::len).fold(0, usize::saturating_add),
        }
    }

    /// The bytes themselves. Look at [`len`](Self::len) first.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // One buffer that never grows, and no other: what is inside is as large as the whole.
        let mut bytes = Vec::with_capacity(self.len());
        self.write_to(&mut bytes);
        bytes
    }

    fn write_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Bytes(own) => bytes.extend_from_slice(own),
            // What is inside may be larger than any memory: its length does not count.
            Self::Repeat { times: 0, .. } => {}
            Self::Repeat { repeat, times } => {
                let start = bytes.len();
                repeat.write_to(bytes);
                let end = start + (bytes.len() - start).saturating_mul(*times);
                while bytes.len() < end {
                    let more = (end - bytes.len()).min(bytes.len() - start);
                    bytes.extend_from_within(start..start + more);
                }
            }
            Self::Join(join) => join.iter().for_each(|chunk| chunk.write_to(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notation_means_its_bytes() {
        let table: [(&str, &[u8]); 7] = [
            (r#""é\n""#, b"\xc3\xa9\n"),
            (r#"{"base64": "/wA="}"#, b"\xff\0"),
            (r#"{"repeat": "ab", "times": 3}"#, b"ababab"),
            (r#"{"repeat": "ab", "times": 0}"#, b""),
            (r#"{"repeat": {"repeat": "", "times": 9000000000}, "times": 9000000000}"#, b""),
            (r#"{"repeat": {"repeat": "ab", "times": 9000000000000000000}, "times": 0}"#, b""),
            (r#"{"join": ["a", {"repeat": {"base64": "Yg=="}, "times": 2}, {"join": []}]}"#, b"abb"),
        ];
        for (notation, expected) in table {
            let chunk: Chunk = serde_json::from_str(notation).expect(notation);
            let bytes = chunk.to_bytes();
            assert_eq!(bytes, expected, "{notation}");
            assert_eq!(bytes.capacity(), expected.len(), "{notation} in one buffer");
            assert_eq!(chunk.len(), expected.len(), "{notation}");
        }
    }

    #[test]
    fn lengths_do_not_wrap_around() {
        let huge = r#"{"repeat": {"repeat": "ab", "times": 9000000000000000000}, "times": 3}"#;
        let chunk: Chunk = serde_json::from_str(huge).expect("a huge chunk");
        assert_eq!(chunk.len(), usize::MAX);
    }

    #[test]
    fn what_is_no_notation_is_refused() {
        let objects = [
            r#"{"base64": "!"}"#,
            r#"{"repeat": "a"}"#,
            r#"{"repeat": 1, "times": 1}"#,
            r#"{"repeat": "a", "times": -1}"#,
            r#"{"join": "a"}"#,
            r#"{"join": [1]}"#,
            r#"{"join": [], "times": 1}"#,
            r#"{"base64": "", "join": []}"#,
            r#"{"join": [], "join": []}"#,
            r#"{"text": "a"}"#,
            r#"{"times": 1}"#,
        ];
        for wrong in ["1", "-1", "1.5", "true", "null", "[]", r#"["a", 1]"#, "{}"].into_iter().chain(objects)
        {
            let error = serde_json::from_str::<Chunk>(wrong).expect_err(wrong);
            assert!(error.to_string().starts_with("bytes are a string, {base64}"), "{error}");
        }
    }
}
