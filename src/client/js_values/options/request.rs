//! The options that make a request.

use std::error::Error;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{Wrong, text};
use crate::client::builder::Builder;
use crate::client::js_values::object;
use crate::protocol::state::Cause;
use crate::request::{Attempt, Body, Headers, Mode, Redirect, Refresh, fields, is_name};
use crate::transport::global;

pub(super) fn headers(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    // By its kind, not its class: another frame's is a function too.
    if value.is_function() {
        return Ok(to.headers(asked(value.clone().unchecked_into())));
    }
    let fields = fields(value).ok().filter(|fields| fields.iter().all(|(name, _)| is_name(name)));
    Ok(to.headers(fields.ok_or(Wrong::Value)?))
}

fn asked(ask: Function) -> Headers {
    Headers::from_fn(move |attempt| {
        let asked = ask.call1(&JsValue::UNDEFINED, &about(&attempt));
        async move {
            let answer = settled(asked).await.map_err(|error| thrown(&error))?;
            fields(&answer).map_err(|error| thrown(&error))
        }
    })
}

fn about(attempt: &Attempt) -> JsValue {
    object(&[
        ("attempt", attempt.attempt.into()),
        ("lastEventId", (&*attempt.last_event_id).into()),
        ("cause", attempt.cause.as_ref().map_or(JsValue::UNDEFINED, Cause::to_js)),
    ])
}

pub(super) fn body(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    if value.is_function() {
        let ask: Function = value.clone().unchecked_into();
        return Ok(to.body(Body::from_fn(move |attempt| {
            let asked = ask.call1(&JsValue::UNDEFINED, &about(&attempt));
            async move { settled(asked).await.map_err(|error| thrown(&error)) }
        })));
    }
    let body = Body::from(value.clone());
    if value.is_null() || body.is_stream() { Err(Wrong::Value) } else { Ok(to.body(body)) }
}

pub(super) fn resume(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    if text(value)? == "get" { Ok(to.resume_by_get(true)) } else { Err(Wrong::Value) }
}

pub(super) fn mode(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    match &*text(value)? {
        "cors" => Ok(to.mode(Mode::Cors)),
        "same-origin" => Ok(to.mode(Mode::SameOrigin)),
        _ => Err(Wrong::Value),
    }
}

pub(super) fn redirect(to: Builder, value: &JsValue) -> Result<Builder, Wrong> {
    match &*text(value)? {
        "follow" => Ok(to.redirect(Redirect::Follow)),
        "error" => Ok(to.redirect(Redirect::Error)),
        _ => Err(Wrong::Value),
    }
}

pub(super) fn refresh(function: Function) -> Refresh {
    Refresh::of_function(function, |refresh| async move {
        settled(refresh.call0(&JsValue::UNDEFINED)).await.map(drop).map_err(|error| thrown(&error))
    })
}

/// Waits for a function's answer, which need not be a promise.
async fn settled(answer: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&answer?)).await
}

fn thrown(error: &JsValue) -> Box<dyn Error> {
    global::message(error).into()
}
