//! Which `Content-Type` is that of an event stream: the table that both languages keep to.
#![cfg(not(target_arch = "wasm32"))]

use typed_eventsource::protocol::state::{Cause, Response};

#[test]
fn the_last_valid_mime_type_counts() {
    let table: Vec<(String, bool)> =
        serde_json::from_str(include_str!("behaviour/content-type.json")).expect("a table");
    assert!(table.iter().filter(|(_, is_stream)| *is_stream).count() >= 10);
    for (content_type, is_stream) in table {
        assert_eq!(Response::is_event_stream(&content_type), is_stream, "{content_type:?}");
        let answer = Response::new(200, content_type.as_str()).check();
        assert!(is_stream == answer.is_ok(), "{content_type:?}");
        assert!(is_stream || matches!(answer, Err(Cause::ContentType { .. })), "{content_type:?}");
    }
}
