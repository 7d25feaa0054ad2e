//! The options of an event's delivery.

use std::error::Error;
use std::time::Duration;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::{
    FUNCTION, LEAST_1, Rule, Wrong, apply, count, duration, function, inside, limit, not_empty, report, text,
};
use crate::client::builder::Builder;
use crate::client::js_values::{get, object};
use crate::client::overflow::Overflow;
use crate::client::persist::Storage;
use crate::client::subscriber::Undecodable;
use crate::engine::Delivery;
use crate::protocol::parser::Event;
use crate::transport::global;

/// The policy of `buffer`, beside its limit.
struct Full {
    overflow: Overflow,
    key: Option<Function>,
    hold: Option<Duration>,
}

const BUFFER: &[Rule<(Builder, Full)>] = &[
    (
        "limitBytes",
        // Finite: every queue has an end.
        |(to, full), value| Ok((to.buffer(count(value)?.ok_or(Wrong::Value)? as usize), full)),
        "an integer >= 1",
    ),
    (
        "overflow",
        |(to, full), value| Ok((to, Full { overflow: overflow(&text(value)?)?, ..full })),
        r#""auto", "drop-oldest", "drop-newest", "latest-by-key", "error" or "backpressure""#,
    ),
    ("key", |(to, full), value| Ok((to, Full { key: Some(function(value)?), ..full })), FUNCTION),
    ("holdMs", |(to, full), value| Ok((to, Full { hold: Some(hold(value)?), ..full })), LEAST_1),
];

pub(super) fn buffer(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    let full = Full { overflow: to.current_overflow(), key: None, hold: None };
    let (to, full) = inside(apply((to, full), value, "buffer", "buffer.", BUFFER))?;
    Ok(to.overflow(match (full.overflow, full.key, full.hold) {
        (Overflow::LatestByKey(_), Some(key), _) => Overflow::latest_by_key(move |event| key_of(&key, event)),
        (Overflow::Auto { .. }, _, Some(hold)) => Overflow::Auto { hold },
        (Overflow::Backpressure { .. }, _, Some(hold)) => Overflow::Backpressure { hold },
        (overflow, ..) => overflow,
    }))
}

fn overflow(name: &str) -> Result<Overflow, Wrong> {
    Ok(match name {
        "auto" => Overflow::auto(),
        "drop-oldest" => Overflow::DropOldest,
        "drop-newest" => Overflow::DropNewest,
        "latest-by-key" => Overflow::LatestByKey(Default::default()),
        "error" => Overflow::Error,
        "backpressure" => Overflow::backpressure(),
        _ => return Err(Wrong::Value),
    })
}

/// `Infinity` is for ever.
fn hold(value: &JsValue) -> Result<Duration, Wrong> {
    Ok(limit(value, 1.0)?.map_or(Duration::MAX, duration))
}

/// Where the function throws or gives no text, it is reported, and the event is told apart by its type.
fn key_of(key: &Function, event: &Event<'_>) -> String {
    let about = object(&[
        ("type", event.event_type.into()),
        ("data", event.data.into()),
        ("lastEventId", event.last_event_id.into()),
    ]);
    let error = match key.call1(&JsValue::UNDEFINED, &about) {
        Ok(key) => match key.as_string() {
            Some(key) => return key,
            None => js_sys::TypeError::new("\"buffer.key()\" must be a string").into(),
        },
        Err(thrown) => thrown,
    };
    report(&error);
    event.event_type.to_owned()
}

pub(super) fn undecodable(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    match &*text(value)? {
        "report" => Ok(to.undecodable(Undecodable::Report)),
        "throw" => Ok(to.undecodable(Undecodable::End)),
        _ => Err(Wrong::Value),
    }
}

pub(super) fn delivery(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    Ok(to.delivery(match value.as_string().as_deref() {
        Some("auto") => Delivery::Auto,
        Some("frame") => Delivery::Frame,
        Some("immediate") => Delivery::Immediate,
        Some(_) => return Err(Wrong::Value),
        None => every(value)?,
    }))
}

fn every(value: &JsValue) -> Result<Delivery, Wrong> {
    if !value.is_object() {
        return Err(Wrong::Value);
    }
    let every = limit(&get(value, "everyMs"), 1.0)?.filter(|millis| *millis <= 60_000.0);
    Ok(Delivery::Every(duration(every.ok_or(Wrong::Value)?)))
}

const PERSIST: &[Rule<Stored>] = &[
    ("storage", |to, value| Ok(Stored { storage: Some(storage(value)?), ..to }), STORAGE),
    (
        "key",
        |to, value| Ok(Stored { key: Some(not_empty(text(value)?)?), ..to }),
        "a string that is not empty",
    ),
];

const STORAGE: &str = "a Web Storage or an object with get() and set()";

#[derive(Default)]
struct Stored {
    storage: Option<JsStorage>,
    key: Option<String>,
}

pub(super) fn persist(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    let stored = inside(apply(Stored::default(), value, "persist", "persist.", PERSIST))?;
    match (stored.storage, stored.key) {
        (Some(storage), Some(key)) => Ok(to.persist(storage, key)),
        _ => Err(Wrong::Value),
    }
}

fn storage(value: &JsValue) -> Result<JsStorage, Wrong> {
    // Told by its functions, not by its class: a storage of another frame is one, too. Entries of a Web Storage are no functions.
    [["get", "set"], ["getItem", "setItem"]]
        .into_iter()
        .find(|names| value.is_object() && names.iter().all(|name| get(value, name).is_function()))
        .map(|[get, set]| JsStorage { storage: value.clone(), get, set })
        .ok_or(Wrong::Value)
}

/// A storage from JavaScript, and the names of its functions.
struct JsStorage {
    storage: JsValue,
    get: &'static str,
    set: &'static str,
}

impl Storage for JsStorage {
    fn get(&self, key: &str) -> Result<Option<String>, Box<dyn Error>> {
        let stored = self.call(self.get, &[key])?;
        if stored.is_null() || stored.is_undefined() {
            return Ok(None);
        }
        stored.as_string().map(Some).ok_or_else(|| "it gave something else than a string".into())
    }

    fn set(&self, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
        self.call(self.set, &[key, text]).map(drop)
    }
}

impl JsStorage {
    fn call(&self, name: &str, arguments: &[&str]) -> Result<JsValue, Box<dyn Error>> {
        let function =
            get(&self.storage, name).dyn_into::<Function>().map_err(|_| "it has lost its functions")?;
        let arguments = arguments.iter().map(|argument| JsValue::from_str(argument)).collect();
        function.apply(&self.storage, &arguments).map_err(|thrown| global::message(&thrown).into())
    }
}
