use std::fmt;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use crate::js::global;

/// The body of a request, sent anew with each attempt.
///
/// It is made of text, bytes, or of anything else that [`fetch`](https://developer.mozilla.org/docs/Web/API/RequestInit#body)
/// takes, such as `FormData`, as a `JsValue`. The browser says what it is in `Content-Type` (text is
/// `text/plain`), unless a header does.
///
/// ```
/// # use typed_eventsource::{Body, TypedEventSource};
/// let question = r#"{"question": "What is an event?"}"#;
/// let builder = TypedEventSource::connect("/tokens")
///     .method("POST")
///     .headers([("content-type", "application/json")])
///     .body(question);
/// ```
pub struct Body(Content);

enum Content {
    Text(String),
    Bytes(Vec<u8>),
    Value(JsValue),
}

impl Body {
    /// As `fetch` takes it.
    pub(crate) fn to_js(&self) -> JsValue {
        match &self.0 {
            Content::Text(text) => JsValue::from_str(text),
            Content::Bytes(bytes) => Uint8Array::from(&bytes[..]).into(),
            Content::Value(value) => value.clone(),
        }
    }

    /// Whether it can be read only once.
    pub(crate) fn is_stream(&self) -> bool {
        match &self.0 {
            Content::Value(value) => value.is_object() && global::property(value, "getReader").is_function(),
            _ => false,
        }
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(Content::Text(text))
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Content::Bytes(bytes))
    }
}

impl From<JsValue> for Body {
    fn from(value: JsValue) -> Self {
        Self(Content::Value(value))
    }
}

/// It may hold a secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}
