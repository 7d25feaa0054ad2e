use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;

use crate::js::Counted;

/// How many bytes of a refusal's body are read.
const BYTES: usize = 2048;

/// How long they are waited for, in milliseconds.
const MILLIS: u32 = 1000;

/// The beginning of a body that is no event stream, which may say why.
pub(super) struct Excerpt {
    bytes: Vec<u8>,
    _timer: Timeout,
}

impl Excerpt {
    /// Calls `too_late` when it has been waited for long enough.
    pub(super) fn new(too_late: impl FnOnce() + 'static) -> Self {
        let counted = Counted::new();
        let timer = Timeout::new(MILLIS, move || {
            let _counted = counted;
            too_late();
        });
        Self { bytes: Vec::new(), _timer: timer }
    }

    /// Says whether that is enough.
    pub(super) fn push(&mut self, chunk: &Uint8Array) -> bool {
        let length = chunk.length().min((BYTES - self.bytes.len()) as u32);
        // Not by `subarray`, which a class of the application's may have replaced.
        let part = Uint8Array::new_with_byte_offset_and_length(&chunk.buffer(), chunk.byte_offset(), length);
        self.bytes.extend(part.to_vec());
        self.bytes.len() == BYTES
    }

    pub(super) fn text(&self) -> String {
        text(&self.bytes)
    }
}

/// Decoded as UTF-8, without a byte order mark, and without a last character that is incomplete.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        let is_cut = || str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
        let fine = chunk.invalid().is_empty() || chunks.peek().is_none() && is_cut();
        if !fine {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    if text.starts_with('\u{feff}') { text.split_off('\u{feff}'.len_utf8()) } else { text }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::text;

    #[test]
    fn an_excerpt_is_text_whatever_its_bytes_are() {
        for (bytes, expected) in [
            (&b"no such order"[..], "no such order"),
            (b"", ""),
            (b"\xef\xbb\xbfa\xef\xbb\xbf", "a\u{feff}"),
            (b"a\xffb", "a\u{fffd}b"),
            (b"a\xff", "a\u{fffd}"),
            ("a€".as_bytes(), "a€"),
            (&"a€".as_bytes()[..3], "a"),
            (b"\xff\xf0\x9f", "\u{fffd}"),
            (b"\xe2\x82b", "\u{fffd}b"),
        ] {
            assert_eq!(text(bytes), expected, "{bytes:?}");
        }
    }
}
