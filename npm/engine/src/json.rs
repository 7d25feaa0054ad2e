//! Which data may be parsed together.

/// The longest data, in bytes, that gain by it.
const SHORT: usize = 512;

/// Says whether data may be parsed together with others of which that is true, put together with a CR and a comma between
/// them as the inside of a JSON array: if that is JSON and has as many elements as there are data, each of them is one.
///
/// It is true of what looks like an object without an array inside. Where such data are cut off, or go on after their end,
/// the whole is no JSON: they cannot end in a string, where no CR may be, nor in an array, since they open none; and if they
/// ended in an object, what follows would have to begin with a key. And as each has an element at least, none has two.
pub(crate) fn may_be_joined(data: &[u8]) -> bool {
    matches!(data, [b'{', .., b'}']) && data.len() <= SHORT && !has_bracket(data)
}

/// Eight bytes at a time: this looks at every byte of the data, and the first ones of a page run as compiled in haste.
fn has_bracket(data: &[u8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let (words, rest) = data.as_chunks();
    let mut found = 0;
    for word in words {
        // A byte that is a bracket becomes zero, and only a zero borrows from its own highest bit.
        let word = u64::from_le_bytes(*word) ^ (ONES * b'[' as u64);
        found |= word.wrapping_sub(ONES) & !word;
    }
    found & (ONES << 7) != 0 || rest.contains(&b'[')
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
