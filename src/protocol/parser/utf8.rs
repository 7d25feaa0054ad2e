//! The UTF-8 decode algorithm, for one value at a time.

use alloc::string::String;
use core::str;

use crate::protocol::work;

/// Room for the parts of an event that have to be repaired.
#[derive(Debug, Default)]
pub(super) struct Repaired {
    pub(super) event_type: String,
    pub(super) data: String,
}

// [spec] Streams must be decoded using the UTF-8 decode algorithm.
/// Gives the text of a value. One that is not valid is repaired in `repaired`: U+FFFD stands for each of its
/// maximal subparts, as in the decode of the whole stream, since no line end is part of a sequence.
pub(super) fn decode<'a>(bytes: &'a [u8], repaired: &'a mut String) -> &'a str {
    work::count(bytes.len());
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => {
            repair(bytes, repaired);
            repaired
        }
    }
}

#[cold]
fn repair(mut bytes: &[u8], repaired: &mut String) {
    repaired.clear();
    loop {
        let valid = match str::from_utf8(bytes) {
            Ok(text) => return repaired.push_str(text),
            Err(error) => error,
        };
        let (text, rest) = bytes.split_at_checked(valid.valid_up_to()).unwrap_or_default();
        repaired.push_str(str::from_utf8(text).unwrap_or_default());
        repaired.push(char::REPLACEMENT_CHARACTER);
        // No length: a sequence that the value breaks off.
        let invalid = valid.error_len().unwrap_or(rest.len());
        bytes = rest.get(invalid..).unwrap_or_default();
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn repairs_as_the_standard_library_does(
            bytes in proptest::collection::vec(
                proptest::sample::select(
                    &[b'a', 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xa0, 0xe2, 0x82, 0xac, 0xed, 0xf0, 0x9f, 0xf4, 0x90, 0xff][..],
                ),
                0..12,
            ),
        ) {
            let mut repaired = String::from("of an earlier value");
            proptest::prop_assert_eq!(decode(&bytes, &mut repaired), String::from_utf8_lossy(&bytes));
        }
    }
}
