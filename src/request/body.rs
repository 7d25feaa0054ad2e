use std::error::Error;
use std::fmt;
use std::pin::Pin;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::headers::Attempt;
use crate::js::global;

type Answer = Pin<Box<dyn Future<Output = Result<Body, Box<dyn Error>>>>>;

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
    Asked(Box<dyn Fn(Attempt) -> Answer>),
}

/// What is wrong with a body that can be read only once.
pub(super) const STREAM: &str = "a stream cannot be the `body`, which each attempt sends anew: read it first";

impl Body {
    /// A body that is asked for before each attempt; [`Headers::from_fn`](super::Headers::from_fn) says what becomes of an
    /// error.
    ///
    /// ```
    /// # use typed_eventsource::{Body, TypedEventSource};
    /// let builder = TypedEventSource::connect("/tokens").method("POST").idempotent(true).body(Body::from_fn(
    ///     |attempt| async move { Ok(format!(r#"{{"after": "{}"}}"#, attempt.last_event_id)) },
    /// ));
    /// ```
    pub fn from_fn<F, A, B>(ask: F) -> Self
    where
        F: Fn(Attempt) -> A + 'static,
        A: Future<Output = Result<B, Box<dyn Error>>> + 'static,
        B: Into<Body>,
    {
        Self(Content::Asked(Box::new(move |attempt| {
            let answer = ask(attempt);
            Box::pin(async move { answer.await.map(Into::into) })
        })))
    }

    /// Whether it is known before the attempt.
    #[cfg(feature = "fetch")]
    pub(crate) fn is_fixed(&self) -> bool {
        !matches!(self.0, Content::Asked(_))
    }

    /// That of an attempt, as `fetch` takes it; why not, if there is none.
    #[cfg(feature = "fetch")]
    pub(crate) async fn ask(&self, attempt: Attempt) -> Result<JsValue, String> {
        let Content::Asked(ask) = &self.0 else { return Ok(self.to_js()) };
        let body = ask(attempt).await.map_err(|error| error.to_string())?;
        if body.is_stream() {
            return Err(STREAM.into());
        }
        if !body.is_fixed() {
            return Err("the function for the `body` gave another function: let it give the body".into());
        }
        Ok(body.to_js())
    }

    /// As `fetch` takes it; an empty text in place of one that is asked for.
    pub(crate) fn to_js(&self) -> JsValue {
        match &self.0 {
            Content::Asked(_) => JsValue::from_str(""),
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
