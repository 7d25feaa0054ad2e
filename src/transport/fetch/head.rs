//! The head of a response, which may be an object of the application's.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use crate::js::foreign;
use crate::transport::report::Head;

/// As many headers of a response are read at most: an iterator of the application's may have no end.
const MOST: usize = 1024;

/// Reads the head once, so that the application's code runs here and nowhere later.
///
/// `gap_headers` are the names of the headers that tell of a gap; the first one present does.
pub(super) fn read(response: &JsValue, gap_headers: &Rc<[String]>) -> Result<Head, String> {
    let no_response = || "fetch gave no Response".to_owned();
    if !response.is_object() {
        return Err(no_response());
    }
    let unreadable = |thrown: JsValue| {
        ["the response of the application's `fetch` cannot be read: ", &foreign::message(&thrown)].concat()
    };
    let headers = foreign::read(response, "headers").map_err(unreadable)?;
    // Not by its class: another frame's is one too.
    if !headers.is_object() {
        return Err(no_response());
    }
    let status = foreign::read(response, "status").map_err(unreadable)?.as_f64().ok_or_else(no_response)?;
    let url = foreign::read(response, "url").map_err(unreadable)?.as_string().unwrap_or_default();
    let get = |name: &str| {
        let value = foreign::call(&headers, "get", &[&JsValue::from_str(name)]);
        value.map(|value| value.as_string()).map_err(unreadable)
    };
    let mut gap = None;
    for name in gap_headers.iter() {
        gap = get(name)?;
        if gap.is_some() {
            break;
        }
    }
    Ok(Head {
        // The cast saturates.
        status: status as u16,
        url,
        content_type: get("content-type")?.unwrap_or_default(),
        retry_after: get("retry-after")?.unwrap_or_default(),
        gap,
        headers: all(&headers).map_err(unreadable)?,
    })
}

/// Those that can be listed.
fn all(headers: &JsValue) -> Result<Vec<(String, String)>, JsValue> {
    let mut list = Vec::new();
    if !foreign::read(headers, "entries")?.is_function() {
        return Ok(list);
    }
    let entries = foreign::call(headers, "entries", &[])?;
    for entry in foreign::items(&entries)?.take(MOST) {
        let entry = entry?;
        let (name, value) = (foreign::read(&entry, "0")?, foreign::read(&entry, "1")?);
        if let (Some(name), Some(value)) = (name.as_string(), value.as_string()) {
            list.push((name, value));
        }
    }
    Ok(list)
}
