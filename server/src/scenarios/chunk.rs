//! What a `send` step writes: the notation of the chunks in `tests/vectors-standard.json`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Bytes in a notation that is shorter than they are.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "bytes are a string, {base64}, {repeat, times} or {join: […]}")]
pub(super) enum Chunk {
    Text(String),
    Base64(Base64),
    Repeat(Repeat),
    Join(Join),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Base64 {
    base64: Decoded,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Decoded(Vec<u8>);

impl TryFrom<String> for Decoded {
    type Error = base64::DecodeError;

    fn try_from(encoded: String) -> Result<Self, Self::Error> {
        STANDARD.decode(encoded).map(Self)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    repeat: Box<Chunk>,
    times: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Join {
    join: Vec<Chunk>,
}

impl Chunk {
    /// How many bytes these are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Base64(Base64 { base64 }) => base64.0.len(),
            Self::Repeat(Repeat { repeat, times }) => repeat.len().saturating_mul(*times),
            Self::Join(Join { join }) => join.iter().map(Self::len).fold(0, usize::saturating_add),
        }
    }

    /// The bytes themselves. Look at [`len`](Self::len) first.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Base64(Base64 { base64 }) => base64.0.clone(),
            // What is inside may be larger than any memory: its length does not count.
            Self::Repeat(Repeat { times: 0, .. }) => Vec::new(),
            Self::Repeat(Repeat { repeat, times }) => repeat.to_bytes().repeat(*times),
            Self::Join(Join { join }) => join.iter().flat_map(Self::to_bytes).collect(),
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
            assert_eq!(chunk.to_bytes(), expected, "{notation}");
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
        for wrong in ["1", "{}", r#"{"base64": "!"}"#, r#"{"repeat": "a"}"#, r#"{"join": "a"}"#] {
            let error = serde_json::from_str::<Chunk>(wrong).expect_err(wrong);
            assert!(error.to_string().starts_with("bytes are a string, {base64}"), "{error}");
        }
    }
}
