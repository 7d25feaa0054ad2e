//! Where a line ends.

/// The place of the first LF or CR.
#[cfg(not(all(target_arch = "wasm32", not(target_feature = "simd128"))))]
#[inline]
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr2(b'\n', b'\r', bytes)
}

#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
pub(super) use in_words::line_end;

/// Without SIMD, `memchr` goes by words as long as a pointer: on wasm32 that is half of what the processor can do.
#[cfg(any(test, all(target_arch = "wasm32", not(target_feature = "simd128"))))]
mod in_words {
    /// In each byte of a word the same.
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }

    const HIGH: u64 = all(0x80);

    /// Has the high bit of each byte set that is less than `byte`, which is at most 0x80. Above the first of them there
    /// may be more.
    const fn less(word: u64, byte: u8) -> u64 {
        word.wrapping_sub(all(byte)) & !word & HIGH
    }

    /// The same for the bytes that are `byte`.
    const fn equal(word: u64, byte: u8) -> u64 {
        less(word ^ all(byte), 1)
    }

    /// The place of the first LF or CR.
    pub(in super::super) fn line_end(bytes: &[u8]) -> Option<usize> {
        let (words, tail) = bytes.as_chunks();
        for (place, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            // Text has few bytes below CR that are no line end: one question for most words, and not two.
            if less(word, b'\r' + 1) != 0 {
                let ends = equal(word, b'\n') | equal(word, b'\r');
                if ends != 0 {
                    return Some(8 * place + (ends.trailing_zeros() / 8) as usize);
                }
            }
        }
        let place = tail.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
        Some(bytes.len() - tail.len() + place)
    }

    #[cfg(all(test, not(target_arch = "wasm32")))]
    mod tests {
        use super::*;

        proptest::proptest! {
            #[test]
            fn finds_what_a_search_byte_by_byte_finds(
                bytes in proptest::collection::vec(
                    proptest::sample::select(
                        &[0, 9, b'\n', 11, b'\r', 14, b' ', b'a', 0x7f, 0x80, 0x8a, 0x8d, 0xff][..],
                    ),
                    0..40,
                ),
                filler in 0..40_usize,
            ) {
                let mut bytes = bytes;
                bytes.splice(0..0, std::iter::repeat_n(b'.', filler));
                let found = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                proptest::prop_assert_eq!(line_end(&bytes), found);
            }
        }
    }
}
