//! Options by the names that they have in TypeScript.

mod delivery;
mod request;

use std::time::Duration;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;

use super::{JsValueError, get, object};
use crate::client::builder::Builder;
use crate::engine::{Hidden, Offline};
use crate::protocol::parser;
use crate::protocol::retry::Retry;
use crate::protocol::state::{Cause, Transport};
use crate::transport::global;

impl Builder {
    /// Sets options that come from JavaScript, by the names and in the units that the npm package's
    /// `connect()` gives them. Options that they do not name stay as they are, and `undefined` counts as absent.
    ///
    /// They are `transport`, `withCredentials`, `headers`, `method`, `body`, `idempotent`, `resume`, `mode`, `redirect`,
    /// `refresh` (run once for all sources with the same function), `fetch`, `wildcard`, `eventTypes`, `retry` with `initialMs`, `maxMs`, `factor`, `maxAttempts`, `stableMs` and `shouldRetry`, `connectTimeoutMs`,
    /// `idleMs`, `heartbeatEvent`, `hidden`, `offline`, `until` (its event has no `origin`), `lastEventId`, `lastEventIdParam`,
    /// `dropReplays`, `gapEvent`, `gapHeader`, `persist` with `storage` (a Web Storage, or an object with `get(key)` and
    /// `set(key, text)`, which are no promises here) and `key`, `eventLimit`, `delivery`, `undecodable` (`"throw"` ends a stream after the error), and `buffer` with `limitBytes`, `overflow`, `key`
    /// and `holdMs`. How data is decoded is said by Rust types, and a source is closed
    /// by dropping it, so that there is no `decode` and no `signal`.
    ///
    /// A function that throws, or answers with something else than `true` or `false`, is reported as an uncaught
    /// error; then [`Cause::is_retryable`] decides in place of `shouldRetry`, `until` has not matched, and the key
    /// of an event is its type.
    ///
    /// ```
    /// use typed_eventsource::TypedEventSource;
    /// use wasm_bindgen::prelude::*;
    ///
    /// /// A live view, for pages written in JavaScript.
    /// #[wasm_bindgen]
    /// pub struct LiveOrders(TypedEventSource);
    ///
    /// #[wasm_bindgen]
    /// impl LiveOrders {
    ///     // new LiveOrders("/orders/stream", { withCredentials: true, retry: { maxAttempts: 5 } })
    ///     #[wasm_bindgen(constructor)]
    ///     pub fn new(url: &str, options: &JsValue) -> Result<LiveOrders, JsError> {
    ///         Ok(Self(TypedEventSource::connect(url).js_options(options)?.open()?))
    ///     }
    ///
    ///     pub fn state(&self) -> JsValue {
    ///         self.0.state().to_js()
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`JsValueError::UnknownOption`], which lists the options there are, [`JsValueError::Option`], which says
    /// what the option can be, and [`JsValueError::Unreadable`] where a getter throws.
    pub fn js_options(self, options: &JsValue) -> Result<Self, JsValueError> {
        apply(self, options, "options", "", OPTIONS)
    }
}

/// The name of an option, the function that sets it, and in words the values that are allowed.
type Rule<T> = (&'static str, fn(T, &JsValue) -> Result<T, Wrong>, &'static str);

/// Why an option cannot be set.
enum Wrong {
    /// It is none of the values that its rule allows.
    Value,
    /// Something inside of it.
    Inside(JsValueError),
}

const FLAG: &str = "true or false";
const LEAST_0: &str = "a number >= 0 or Infinity";
const LEAST_1: &str = "a number >= 1 or Infinity";
const FUNCTION: &str = "a function";
const COUNT: &str = "an integer >= 1 or Infinity";

const OPTIONS: &[Rule<Builder>] = &[
    ("transport", transport, r#""auto", "eventsource" or "fetch""#),
    ("withCredentials", |to, value| Ok(to.with_credentials(flag(value)?)), FLAG),
    ("headers", request::headers, "headers or a function"),
    ("method", |to, value| Ok(to.method(not_empty(text(value)?)?)), "a method"),
    ("body", request::body, "a body that can be sent again or a function"),
    ("idempotent", |to, value| Ok(to.idempotent(flag(value)?)), FLAG),
    ("resume", request::resume, r#""get""#),
    ("mode", request::mode, r#""cors" or "same-origin""#),
    ("redirect", request::redirect, r#""follow" or "error""#),
    ("refresh", |to, value| Ok(to.refresh(&request::refresh(function(value)?))), FUNCTION),
    ("fetch", |to, value| Ok(to.fetch(function(value)?)), FUNCTION),
    ("wildcard", |to, value| Ok(to.wildcard(flag(value)?)), FLAG),
    ("eventTypes", |to, value| Ok(to.event_types(texts(value)?)), "an array of event types"),
    ("retry", retry, "an object"),
    ("connectTimeoutMs", |to, value| Ok(to.connect_timeout(limit(value, 1.0)?.map(duration))), LEAST_1),
    ("idleMs", |to, value| Ok(to.idle(limit(value, 1.0)?.map(duration))), LEAST_1),
    ("heartbeatEvent", |to, value| Ok(to.heartbeat_event(&*not_empty(text(value)?)?)), "an event type"),
    ("hidden", hidden, r#""keep" or "pause""#),
    ("offline", offline, r#""wait" or "ignore""#),
    ("until", |to, value| Ok(to.until(until(function(value)?))), FUNCTION),
    ("lastEventId", last_event_id, "a string without NUL, CR and LF"),
    ("lastEventIdParam", last_event_id_param, "a name or false"),
    ("dropReplays", |to, value| Ok(to.drop_replays(flag(value)?)), FLAG),
    ("gapEvent", |to, value| Ok(to.gap_event(&*not_empty(text(value)?)?)), "an event type"),
    ("gapHeader", gap_header, "a header's name or an array of them"),
    ("persist", delivery::persist, "an object with storage and key"),
    ("eventLimit", |to, value| Ok(to.event_limit(count(value)?.map_or(usize::MAX, |n| n as usize))), COUNT),
    ("delivery", delivery::delivery, r#""auto", "frame", "immediate" or { everyMs }, 1 to 60000"#),
    ("buffer", delivery::buffer, "an object"),
    ("undecodable", delivery::undecodable, r#""report" or "throw""#),
];

const RETRY: &[Rule<(Builder, Retry)>] = &[
    ("initialMs", |(to, retry), value| Ok((to, retry.initial(millis(value)?))), LEAST_0),
    ("maxMs", |(to, retry), value| Ok((to, retry.max(millis(value)?))), LEAST_0),
    ("factor", |(to, retry), value| Ok((to, retry.factor(number(value, 1.0)?))), LEAST_1),
    ("maxAttempts", max_attempts, COUNT),
    ("stableMs", |(to, retry), value| Ok((to, retry.stable(millis(value)?))), LEAST_0),
    ("shouldRetry", |(to, retry), value| Ok((to.ask_retry(should_retry(function(value)?)), retry)), FUNCTION),
];

/// Sets the options that the object names. `path` stands before the names in messages.
fn apply<T>(
    to: T,
    from: &JsValue,
    whole: &str,
    path: &str,
    rules: &'static [Rule<T>],
) -> Result<T, JsValueError> {
    if from.is_undefined() {
        return Ok(to);
    }
    if !(from.is_object() || from.is_function()) {
        return Err(JsValueError::Option { name: whole.into(), allowed: "an object" });
    }
    let unreadable =
        |name: String, thrown: JsValue| JsValueError::Unreadable { name, message: global::message(&thrown) };
    let names = keys(from).map_err(|thrown| unreadable(whole.into(), thrown))?;
    for name in names.iter().filter_map(|name| name.as_string()) {
        if rules.iter().all(|(known, ..)| *known != name) {
            let allowed = rules.iter().map(|(known, ..)| *known).collect();
            return Err(JsValueError::UnknownOption { name: [path, &name].concat(), allowed });
        }
    }
    rules.iter().try_fold(to, |to, (name, set, allowed)| {
        let full = [path, name].concat();
        match Reflect::get(from, &JsValue::from_str(name)) {
            Err(thrown) => Err(unreadable(full, thrown)),
            Ok(value) if value.is_undefined() => Ok(to),
            Ok(value) => set(to, &value).map_err(|wrong| match wrong {
                Wrong::Value => JsValueError::Option { name: full, allowed },
                Wrong::Inside(error) => error,
            }),
        }
    })
}

#[wasm_bindgen]
extern "C" {
    // The one of js-sys takes it that no proxy throws.
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn keys(object: &JsValue) -> Result<Array, JsValue>;
}

fn inside<T>(result: Result<T, JsValueError>) -> Result<T, Wrong> {
    result.map_err(Wrong::Inside)
}

fn transport(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    let name = text(value)?;
    if name == "auto" {
        return Ok(to.transport(None));
    }
    let transports = [Transport::EventSource, Transport::Fetch];
    let transport = transports.into_iter().find(|transport| transport.name() == name);
    Ok(to.transport(transport.ok_or(Wrong::Value)?))
}

fn gap_header(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    match value.as_string() {
        Some(name) => Ok(to.gap_header(not_empty(name)?)),
        None => Ok(to.gap_headers(texts(value)?)),
    }
}

/// An array of texts, none of them empty.
fn texts(value: &JsValue) -> Result<Vec<String>, Wrong> {
    let texts = js_sys::try_iter(value).ok().flatten().filter(|_| Array::is_array(value));
    let texts = texts.ok_or(Wrong::Value)?;
    texts.map(|item| not_empty(text(&item.map_err(|_| Wrong::Value)?)?)).collect()
}

fn retry(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    let so_far = to.current_retry();
    let (to, retry) = inside(apply((to, so_far), value, "retry", "retry.", RETRY))?;
    Ok(to.retry(retry))
}

fn max_attempts((to, retry): (Builder, Retry), value: &JsValue) -> Result<(Builder, Retry), Wrong> {
    Ok((to, retry.max_attempts(count(value)?.map_or(u32::MAX, |attempts| attempts as u32))))
}

fn should_retry(function: Function) -> impl Fn(u32, &Cause) -> Option<bool> {
    move |attempt, cause| {
        let failed = object(&[
            ("attempt", attempt.into()),
            ("retryable", cause.is_retryable().into()),
            ("cause", cause.to_js()),
        ]);
        ask("shouldRetry", &function, &failed)
    }
}

fn hidden(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    match &*text(value)? {
        "keep" => Ok(to.hidden(Hidden::Keep)),
        "pause" => Ok(to.hidden(Hidden::Pause)),
        _ => Err(Wrong::Value),
    }
}

fn offline(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    match &*text(value)? {
        "wait" => Ok(to.offline(Offline::Wait)),
        "ignore" => Ok(to.offline(Offline::Ignore)),
        _ => Err(Wrong::Value),
    }
}

fn until(function: Function) -> impl Fn(&parser::Event<'_>) -> bool {
    move |event| {
        let event = object(&[
            ("type", event.event_type.into()),
            ("data", event.data.into()),
            ("lastEventId", event.last_event_id.into()),
            ("raw", event.data.into()),
        ]);
        ask("until", &function, &event).unwrap_or_default()
    }
}

fn last_event_id(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    let id = text(value)?;
    if id.contains(['\0', '\r', '\n']) { Err(Wrong::Value) } else { Ok(to.last_event_id(id)) }
}

fn last_event_id_param(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    if value.as_bool() == Some(false) {
        return Ok(to.last_event_id_param(None));
    }
    Ok(to.last_event_id_param(&*not_empty(text(value)?)?))
}

fn text(value: &JsValue) -> Result<String, Wrong> {
    value.as_string().ok_or(Wrong::Value)
}

fn not_empty(text: String) -> Result<String, Wrong> {
    if text.is_empty() { Err(Wrong::Value) } else { Ok(text) }
}

fn flag(value: &JsValue) -> Result<bool, Wrong> {
    value.as_bool().ok_or(Wrong::Value)
}

fn function(value: &JsValue) -> Result<Function, Wrong> {
    value.dyn_ref::<Function>().cloned().ok_or(Wrong::Value)
}

fn number(value: &JsValue, least: f64) -> Result<f64, Wrong> {
    // NaN is not at least anything.
    value.as_f64().filter(|number| *number >= least).ok_or(Wrong::Value)
}

/// `Infinity` is none.
fn limit(value: &JsValue, least: f64) -> Result<Option<f64>, Wrong> {
    Ok(Some(number(value, least)?).filter(|number| number.is_finite()))
}

fn count(value: &JsValue) -> Result<Option<f64>, Wrong> {
    match limit(value, 1.0)? {
        Some(number) if number.fract() != 0.0 => Err(Wrong::Value),
        count => Ok(count),
    }
}

fn millis(value: &JsValue) -> Result<Duration, Wrong> {
    Ok(duration(number(value, 0.0)?))
}

fn duration(millis: f64) -> Duration {
    // The cast saturates.
    Duration::from_micros((millis * 1e3) as u64)
}

/// Asks a function of the application about something. A value that is no answer is reported, and counts as no answer.
fn ask(name: &str, function: &Function, about: &JsValue) -> Option<bool> {
    let error = match function.call1(&JsValue::UNDEFINED, about) {
        Ok(answer) => match answer.as_bool() {
            Some(answer) => return Some(answer),
            None => js_sys::TypeError::new(&format!("\"{name}()\" must be true or false")).into(),
        },
        Err(thrown) => thrown,
    };
    report(&error);
    None
}

/// Reports an error as an uncaught one.
fn report(error: &JsValue) {
    match get(&js_sys::global(), "reportError").dyn_into::<Function>() {
        Ok(report) => {
            let _ = report.call1(&JsValue::UNDEFINED, error);
        }
        Err(_) => web_sys::console::error_1(error),
    }
}
