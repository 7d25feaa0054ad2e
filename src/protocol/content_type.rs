//! Which `Content-Type` is that of an event stream.

use super::state::Response;

impl Response {
    /// Whether the value of `Content-Type` is that of an event stream: parameters and case do not matter. Where the
    /// header was sent several times, its values are joined by commas, and the last valid MIME type counts, as in the
    /// Fetch standard's [extract a MIME type].
    ///
    /// ```
    /// use typed_eventsource::protocol::state::Response;
    ///
    /// assert!(Response::is_event_stream("text/html, text/event-stream;charset=utf-8"));
    /// assert!(!Response::is_event_stream("text/event-stream, text/html"));
    /// ```
    ///
    /// [extract a MIME type]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
    #[must_use]
    pub fn is_event_stream(content_type: &str) -> bool {
        let (mut is_quoted, mut is_escaped) = (false, false);
        // [spec] If the code point at position within input is U+0022 ("), then: […] collecting an HTTP quoted string
        let values = content_type.split(|character| {
            if is_escaped {
                is_escaped = false;
            } else if character == '"' {
                is_quoted = !is_quoted;
            } else if is_quoted {
                is_escaped = character == '\\';
            } else {
                return character == ',';
            }
            false
        });
        // [spec] If temporaryMimeType is failure or its essence is "*/*", then continue.
        values.filter_map(essence).filter(|essence| *essence != "*/*").last().is_some_and(is_wanted)
    }
}

fn is_wanted(essence: &str) -> bool {
    essence.eq_ignore_ascii_case("text/event-stream")
}

/// The type and the subtype, if they are valid.
fn essence(value: &str) -> Option<&str> {
    let essence = value.split(';').next()?.trim_matches(['\t', '\n', '\r', ' ']);
    let (name, subtype) = essence.split_once('/')?;
    (is_token(name) && is_token(subtype)).then_some(essence)
}

/// [spec] […] the empty string or does not solely contain HTTP token code points, then return failure.
fn is_token(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}
