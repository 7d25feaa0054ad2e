//! What crosses to JavaScript, in the shapes that the npm package gives its users, and the options that come
//! from there.

mod error;
mod options;

use js_sys::{Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

pub use error::JsValueError;

use super::error::{Failure, SubscriptionError, Undecoded};
use super::event::Event;
use super::snapshot::{Cursor, Stats};
use crate::batch::Gap;
use crate::protocol::encode;
use crate::protocol::state::{Cause, CloseReason, ConnectionState, Response};

impl<T: Serialize> Event<T> {
    /// The event as a plain object `{ type, data, lastEventId, origin }`, with the data that its JSON stands
    /// for: objects, arrays and `null`, no `Map`, no `undefined`.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use typed_eventsource::{Event, JsValueError, Subscription, TypedEventSource};
    /// use wasm_bindgen::JsValue;
    ///
    /// #[derive(Deserialize, Serialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct OrderUpdate {
    ///     order_id: u32,
    ///     status: String,
    /// }
    ///
    /// fn forward(source: &TypedEventSource, listener: js_sys::Function) -> Subscription {
    ///     source.on("orderUpdate", move |event: Event<OrderUpdate>| {
    ///         // { type: "orderUpdate", data: { orderId: 101, status: "Placed" }, lastEventId: "1", … }
    ///         let event = event.to_js().unwrap_or_else(|error| error.into());
    ///         let _ = listener.call1(&JsValue::NULL, &event);
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// [`JsValueError::Data`] if the data has integers beyond ±(2⁵³ − 1), which a number in JavaScript does
    /// not hold, map keys that are no strings, or a failing `Serialize`.
    pub fn to_js(&self) -> Result<JsValue, JsValueError> {
        Ok(self.with_data(value(&self.data)?))
    }

    /// The event of an enum, as [`events`](super::TypedEventSource::events) gives it, without the enum: like
    /// [`to_js`](Self::to_js), but the data is the content of the variant, `null` where it has none.
    ///
    /// `Orders::HeartRate(72)` becomes `{ type: "heartRate", data: 72, … }`; by `to_js` its data would be
    /// `{ heartRate: 72 }`.
    ///
    /// # Errors
    /// Those of [`to_js`](Self::to_js); also [`JsValueError::Data`] if the data is no externally tagged enum.
    pub fn variant_to_js(&self) -> Result<JsValue, JsValueError> {
        let event = encode::variant(&self.data).map_err(|error| JsValueError::Data(error.to_string()))?;
        let tagged = value(&self.data)?;
        let content = match event.event_type {
            // A variant without content is only its name.
            Some(name) if tagged.is_object() => get(&tagged, &name),
            _ => JsValue::NULL,
        };
        Ok(self.with_data(content))
    }

    fn with_data(&self, data: JsValue) -> JsValue {
        object(&[
            ("type", (*self.event_type).into()),
            ("data", data),
            ("lastEventId", (*self.last_event_id).into()),
            ("origin", (*self.origin).into()),
        ])
    }
}

impl ConnectionState {
    /// The state as the plain object that the npm package calls `ConnectionState`: `status`, and what that
    /// carries.
    ///
    /// | `status` | with |
    /// |---|---|
    /// | `"connecting"` | `attempt` |
    /// | `"open"` | `transport`, `resumedFrom`; over fetch `httpStatus` and `headers` (a `Headers`) |
    /// | `"reconnecting"` | `attempt`, `waitMs` (`null` while the browser reconnects by itself), `cause` |
    /// | `"paused"` | `why` |
    /// | `"closed"` | `reason`; after `"ended"` `by`; where something failed `cause` |
    ///
    /// A cause is what [`Cause::to_js`] makes.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use typed_eventsource::States;
    /// use wasm_bindgen::JsValue;
    ///
    /// async fn forward(mut states: States, listener: js_sys::Function) {
    ///     while let Some(state) = states.next().await {
    ///         let _ = listener.call1(&JsValue::NULL, &state.to_js());
    ///     }
    /// }
    /// ```
    pub fn to_js(&self) -> JsValue {
        let mut entries = vec![("status", self.status().into())];
        match self {
            Self::Connecting { attempt } => entries.push(("attempt", (*attempt).into())),
            Self::Open { transport, resumed_from, response } => {
                entries.push(("transport", transport.name().into()));
                entries.push(("resumedFrom", resumed_from.into()));
                if let Some(response) = response {
                    entries.push(("httpStatus", response.status.into()));
                    entries.push(("headers", headers(response)));
                }
            }
            Self::Reconnecting { attempt, wait, cause } => {
                let wait = wait.map_or(JsValue::NULL, |wait| (wait.as_secs_f64() * 1e3).round().into());
                entries.extend([("attempt", (*attempt).into()), ("waitMs", wait), ("cause", cause.to_js())]);
            }
            Self::Paused { why } => entries.push(("why", why.name().into())),
            Self::Closed { reason } => {
                entries.push(("reason", reason.code().into()));
                if let CloseReason::Ended { by } = reason {
                    entries.push(("by", by.name().into()));
                }
                if let CloseReason::StartFailed(_) = reason {
                    entries.push(("cause", error(reason.code(), &reason.to_string(), &[])));
                } else if let Some(cause) = reason.cause() {
                    entries.push(("cause", cause.to_js()));
                }
            }
        }
        object(&entries)
    }
}

impl Cause {
    /// The cause as an `Error` whose name is `EventSourceError`, with the [`code`](Self::code) of the npm
    /// package and, where there was a response, its `status` and `headers`, and the beginning of its body as
    /// `bodyText`.
    pub fn to_js(&self) -> JsValue {
        match self.response() {
            Some(response) => {
                let details = [
                    ("status", response.status.into()),
                    ("headers", headers(response)),
                    ("bodyText", (&*response.body_text).into()),
                ];
                error(self.code(), &self.message(), &details)
            }
            None => error(self.code(), &self.message(), &[]),
        }
    }
}

impl Undecoded {
    /// An `Error` whose name is `EventSourceError` and whose code is `"decode"`, with the `event`, its `data`
    /// as it came, and with the number of those after it that are not told by themselves, as `more`.
    pub fn to_js(&self) -> JsValue {
        let event = self.event.with_data((*self.event.data).into());
        let cause = js_sys::Error::new(&self.cause.to_string());
        let more = (self.more as f64).into();
        error("decode", &self.to_string(), &[("event", event), ("cause", cause.into()), ("more", more)])
    }
}

impl SubscriptionError {
    /// An `Error` whose name is `EventSourceError`: that of [`Undecoded::to_js`], one with the code
    /// `"lagged"` and the number of events that were `dropped`, one with the code `"overflow"`, or that of
    /// [`Cause::to_js`].
    pub fn to_js(&self) -> JsValue {
        match self {
            Self::Decode(undecoded) => undecoded.to_js(),
            Self::Lagged { dropped } => {
                error("lagged", &self.to_string(), &[("dropped", (*dropped as f64).into())])
            }
            Self::Overflow => error("overflow", &self.to_string(), &[]),
            Self::Failed(cause) => cause.to_js(),
        }
    }
}

impl Failure {
    /// An `Error` whose name is `EventSourceError`, with the [`code`](Self::code) of the npm package: that of
    /// [`Undecoded::to_js`], that of [`Cause::to_js`], one with the `gap`, or one with the `lastEventId` that was passed over or came again.
    pub fn to_js(&self) -> JsValue {
        let details = match self {
            Self::Decode(undecoded) => return undecoded.to_js(),
            Self::Gap(gap) => vec![("gap", gap.to_js())],
            Self::Skipped { last_event_id } | Self::Reused { last_event_id } => {
                vec![("lastEventId", last_event_id.into())]
            }
            Self::Closed { reason } => match reason.cause() {
                Some(cause) => return cause.to_js(),
                None => Vec::new(),
            },
            Self::Persist { .. } => Vec::new(),
        };
        error(self.code(), &self.to_string(), &details)
    }
}

impl Gap {
    /// A plain object `{ asked, got }`.
    pub fn to_js(&self) -> JsValue {
        object(&[("asked", (&*self.asked).into()), ("got", (&*self.got).into())])
    }
}

impl Cursor {
    /// A plain object `{ received, processed }`.
    pub fn to_js(&self) -> JsValue {
        object(&[("received", (&*self.received).into()), ("processed", (&*self.processed).into())])
    }
}

impl Stats {
    /// A plain object `{ attempts, opened, events, dropped, replays, reused, gaps }` of numbers.
    pub fn to_js(&self) -> JsValue {
        let Self { attempts, opened, events, dropped, replays, reused, gaps } = *self;
        let numbers = [
            ("attempts", attempts),
            ("opened", opened),
            ("events", events),
            ("dropped", dropped),
            ("replays", replays),
            ("reused", reused),
            ("gaps", gaps),
        ];
        object(&numbers.map(|(name, number)| (name, (number as f64).into())))
    }
}

/// The value that `JSON.parse` would make of the value's JSON.
fn value<T: Serialize>(data: &T) -> Result<JsValue, JsValueError> {
    data.serialize(&Serializer::json_compatible()).map_err(|error| JsValueError::Data(error.to_string()))
}

fn headers(response: &Response) -> JsValue {
    let Ok(headers) = web_sys::Headers::new() else { return JsValue::UNDEFINED };
    for (name, value) in &response.headers {
        // Fails only for headers that no response has.
        let _ = headers.append(name, value);
    }
    headers.into()
}

fn error(code: &str, message: &str, details: &[(&str, JsValue)]) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name("EventSourceError");
    set(&error, &[("code", code.into())]);
    set(&error, details);
    error.into()
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    set(&object, entries);
    object.into()
}

fn set(object: &JsValue, entries: &[(&str, JsValue)]) {
    for (name, value) in entries {
        // Fails only if the value is no object, or a frozen one.
        let _ = Reflect::set(object, &JsValue::from_str(name), value);
    }
}

/// A property; `undefined` also where reading it throws.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
