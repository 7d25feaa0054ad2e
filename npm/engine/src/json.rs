//! Whether data that are JSON may be parsed together.

/// In each byte of a word the same.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

const HIGH: u64 = all(0x80);

/// The high bit of each byte that is `byte`. Above one of them may be more, at the byte that has one bit less or more: that
/// is for the caller to know.
const fn about_equal(word: u64, byte: u8) -> u64 {
    let differing = word ^ all(byte);
    differing.wrapping_sub(all(1)) & !differing & HIGH
}

/// The high bit of each byte that is `byte`, and of no other.
const fn equal(word: u64, byte: u8) -> u64 {
    let differing = word ^ all(byte);
    let low = (differing & !HIGH).wrapping_add(!HIGH);
    !(low | differing) & HIGH
}

/// Says whether data may be parsed together with others of which that is true, put together with a CR and a comma between
/// them as the inside of a JSON array: if that is JSON and has as many elements as there are data, each of them is one.
/// Of what is no JSON it may say this or that.
///
/// It is true of data that end where they began, outside of strings and with as many brackets open. None of their values
/// reaches into another, and none can be none, for nothing is no value.
///
/// It is also true of what looks like an object without an array inside, which is sooner seen. It cannot end in a string,
/// where no CR may be, and not in an array, since it opens none. If it ended in an object, what follows would have to begin
/// with a key, as no other such object does; and what ends where it began would not close it.
pub(crate) fn is_closed(data: &[u8]) -> bool {
    match data {
        [b'{', .., b'}'] if !contains(data, b'[') => true,
        _ => ends_where_it_began(data),
    }
}

fn contains(data: &[u8], byte: u8) -> bool {
    let (words, _) = data.as_chunks();
    // Some of the bytes are looked at twice.
    let Some(last) = data.last_chunk() else { return data.contains(&byte) };
    let has = |word: &[u8; 8]| about_equal(u64::from_le_bytes(*word), byte) != 0;
    words.iter().any(has) || has(last)
}

fn ends_where_it_began(data: &[u8]) -> bool {
    let (words, tail) = data.as_chunks();
    let mut scan = Scan { depth: 0, in_string: false, is_escaped: false };
    for word in words {
        scan.word(*word);
    }
    // Spaces are nothing to JSON, or part of a string.
    let mut last = [b' '; 8];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    scan.word(last);
    scan.depth == 0 && !scan.in_string
}

struct Scan {
    depth: i32,
    in_string: bool,
    /// Whether the byte before is a backslash that takes the next one with it.
    is_escaped: bool,
}

impl Scan {
    #[inline]
    fn word(&mut self, bytes: [u8; 8]) {
        let word = u64::from_le_bytes(bytes);
        if self.is_escaped || about_equal(word, b'\\') != 0 {
            return self.bytes(bytes);
        }
        // A byte is in a string if there is an odd number of quotes up to it.
        let mut quoted = equal(word, b'"');
        quoted ^= quoted << 8;
        quoted ^= quoted << 16;
        quoted ^= quoted << 32;
        if self.in_string {
            quoted ^= HIGH;
        }
        self.in_string = quoted >> 63 != 0;
        // With that bit, both kinds of brackets are the same. Outside of strings, none is followed by a byte so alike that
        // it would be taken for another.
        let brackets = word | all(0x20);
        self.depth += (about_equal(brackets, b'{') & !quoted).count_ones() as i32;
        self.depth -= (about_equal(brackets, b'}') & !quoted).count_ones() as i32;
    }

    #[cold]
    fn bytes(&mut self, bytes: [u8; 8]) {
        for byte in bytes {
            if self.is_escaped {
                self.is_escaped = false;
                continue;
            }
            match byte {
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => self.depth -= 1,
                _ => {}
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
