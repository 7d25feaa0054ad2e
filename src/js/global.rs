//! The common part of windows and workers.

use js_sys::{Reflect, global};
use wasm_bindgen::prelude::*;

use crate::protocol::instant::Instant;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The time on the page's monotonic clock.
pub(crate) fn now() -> Instant {
    Instant::from_millis(performance_now())
}

/// A property, `undefined` if there is none, or if its getter throws.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Whether the global object has a constructor or function of this name.
pub(crate) fn has(name: &str) -> bool {
    property(&global(), name).is_function()
}

/// The URL that relative ones are resolved against: the document's base, a worker's location.
pub(crate) fn base_url() -> Option<String> {
    let base = property(&property_if_object(&global(), "document"), "baseURI");
    base.as_string().or_else(|| property(&property_if_object(&global(), "location"), "href").as_string())
}

/// The origin of the page or worker, empty if it has none.
pub(crate) fn origin() -> String {
    // That of its location is none where a frame's document is part of the page.
    property(&global(), "origin").as_string().unwrap_or_default()
}

fn property_if_object(object: &JsValue, name: &str) -> JsValue {
    let value = property(object, name);
    if value.is_object() { value } else { js_sys::Object::new().into() }
}

/// The message of a thrown value.
pub(crate) use super::foreign::message;
