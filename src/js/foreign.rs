//! Objects that are not known to be the browser's: the application's own `fetch` may answer with anything.
//!
//! Reading a property, calling a method or awaiting a promise of theirs runs the application's code, which may throw,
//! and may use the source that this is done for. So nothing here throws into Rust, and nobody calls it under a borrow.
#![cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "the browser's EventSource answers with less"))]

use std::iter;

use js_sys::{Array, Function, Promise, Reflect, Symbol, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Promise, js_name = resolve)]
    fn resolved(value: &JsValue) -> Result<Promise, JsValue>;

    /// A promise, or a value that behaves like one.
    type Thenable;

    #[wasm_bindgen(method, catch)]
    fn then(
        this: &Thenable,
        fulfilled: &Closure<dyn Fn(JsValue)>,
        rejected: &Closure<dyn Fn(JsValue)>,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;

    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn of(value: &JsValue) -> Result<Bytes, JsValue>;

    #[wasm_bindgen(catch, constructor, js_class = "Uint8Array")]
    fn within(buffer: &JsValue, offset: f64, length: f64) -> Result<Bytes, JsValue>;
}

/// A property of an object, or the value that its getter throws.
pub(crate) fn read(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
}

/// The result of a method.
pub(crate) fn call(object: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    match read(object, name)?.dyn_into::<Function>() {
        Ok(method) => method.apply(object, &arguments.iter().copied().collect::<Array>()),
        Err(_) => Err(JsValue::from_str(&[name, "() is missing"].concat())),
    }
}

/// The items of an object; none if it cannot be iterated over. Stop at the first error.
pub(crate) fn items(
    iterable: &JsValue,
) -> Result<impl Iterator<Item = Result<JsValue, JsValue>> + use<>, JsValue> {
    let iterator = match Reflect::get(iterable, &Symbol::iterator())?.dyn_into::<Function>() {
        Ok(iterate) => Some(iterate.call0(iterable)?),
        Err(_) => None,
    };
    // Not by `js_sys::try_iter`, which does not catch what the getters of a result throw.
    Ok(iter::from_fn(move || next(iterator.as_ref()?).transpose()))
}

fn next(iterator: &JsValue) -> Result<Option<JsValue>, JsValue> {
    let result = call(iterator, "next", &[])?;
    if read(&result, "done")?.is_truthy() { Ok(None) } else { read(&result, "value").map(Some) }
}

/// Calls one of these when the value has settled; says why not, if neither will be called.
pub(crate) fn settle(
    value: &JsValue,
    fulfilled: &Closure<dyn Fn(JsValue)>,
    rejected: &Closure<dyn Fn(JsValue)>,
) -> Result<(), JsValue> {
    // The browser's promises as they are, anything else as one of the browser's.
    let promise = resolved(value)?;
    promise.unchecked_ref::<Thenable>().then(fulfilled, rejected).map(drop)
}

/// Lets a promise be, whatever comes of it.
pub(crate) fn forget(value: Result<JsValue, JsValue>) {
    if let Ok(value) = value {
        // A rejection that nobody hears of would be reported as an error of the page's.
        let _ = Promise::all_settled(&Array::of1(&value));
    }
}

/// The bytes of a view of any kind or of a buffer; `None` for any other value.
pub(crate) fn bytes(value: &JsValue) -> Option<Uint8Array> {
    let number = |name| read(value, name).ok()?.as_f64();
    let (buffer, bytes) = if js_sys::ArrayBuffer::is_view(value) {
        // A `Uint8Array` too: it may be of a class of the application's, or have lost its buffer.
        let buffer = read(value, "buffer").ok()?;
        let bytes = Bytes::within(&buffer, number("byteOffset")?, number("byteLength")?);
        (buffer, bytes)
    } else if value.is_object() && number("byteLength").is_some() {
        (value.clone(), Bytes::of(value))
    } else {
        return None;
    };
    let bytes = bytes.ok()?.unchecked_into::<Uint8Array>();
    // What is no buffer would have been copied, as a list of numbers.
    (JsValue::from(bytes.buffer()) == buffer).then_some(bytes)
}

/// The message of a thrown value; never empty.
pub(crate) fn message(thrown: &JsValue) -> String {
    let said = thrown.as_string().or_else(|| read(thrown, "message").ok()?.as_string());
    match said {
        Some(said) if !said.is_empty() => said,
        _ => {
            let kind = thrown.js_typeof().as_string().unwrap_or_default();
            ["a value without a message was thrown: ", &kind].concat()
        }
    }
}
