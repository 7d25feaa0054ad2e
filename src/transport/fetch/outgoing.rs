use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, Headers, RequestCache, RequestCredentials, RequestInit, RequestMode, RequestRedirect,
};

use crate::js::global;
use crate::request::{Mode, Redirect, Request};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// A request without its headers.
pub(crate) struct Outgoing {
    pub(crate) request: Rc<Request>,
    pub(crate) url: String,
    pub(crate) with_credentials: bool,
    /// For the header; empty if there is none.
    pub(crate) last_event_id: String,
    /// The headers of the response that tell of a gap.
    pub(crate) gap_headers: Rc<[String]>,
}

impl Outgoing {
    /// Without a last event ID.
    pub(crate) fn new(request: Rc<Request>, url: String, with_credentials: bool) -> Self {
        Self { request, url, with_credentials, last_event_id: String::new(), gap_headers: Rc::default() }
    }

    /// Why a browser would not send it with the headers that are known, in its own words.
    pub(crate) fn check(&self) -> Result<(), String> {
        let headers = self.request.headers.as_ref().and_then(|headers| headers.fixed());
        let init =
            self.init(headers.map_or(&[], |headers| headers)).map_err(|error| global::message(&error))?;
        let request = web_sys::Request::new_with_str_and_init(&self.url, &init);
        request.map(drop).map_err(|error| global::message(&error))
    }

    /// Sends it, by the application's own `fetch` if it has one, and gives the answer: a promise as a rule.
    pub(super) fn send(
        &self,
        headers: &[(String, String)],
        signal: &AbortSignal,
    ) -> Result<JsValue, JsValue> {
        let init = self.init(headers)?;
        init.set_signal(Some(signal));
        match &self.request.fetch {
            Some(fetch) => fetch.call2(&JsValue::UNDEFINED, &(&*self.url).into(), &init),
            None => global_fetch(&self.url, &init),
        }
    }

    fn init(&self, headers: &[(String, String)]) -> Result<RequestInit, JsValue> {
        let init = RequestInit::new();
        init.set_headers(self.headers(headers)?.as_ref());
        if let Some(method) = &self.request.method {
            init.set_method(method);
        }
        if let Some(body) = &self.request.body {
            init.set_body(&body.to_js());
        }
        if let Some(mode) = self.request.mode {
            init.set_mode(match mode {
                Mode::Cors => RequestMode::Cors,
                Mode::SameOrigin => RequestMode::SameOrigin,
            });
        }
        if let Some(redirect) = self.request.redirect {
            init.set_redirect(match redirect {
                Redirect::Follow => RequestRedirect::Follow,
                Redirect::Error => RequestRedirect::Error,
            });
        }
        // [spec] Set request's cache mode to "no-store".
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(if self.with_credentials {
            RequestCredentials::Include
        } else {
            RequestCredentials::SameOrigin
        });
        Ok(init)
    }

    fn headers(&self, fields: &[(String, String)]) -> Result<Headers, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in fields {
            headers.append(name, value)?;
        }
        // [spec] Set request's header list's `Accept` to `text/event-stream`.
        if !headers.has("Accept")? {
            headers.set("Accept", "text/event-stream")?;
        }
        if !self.last_event_id.is_empty() {
            // [spec] Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8.
            // A header's value is a byte string: one character for one byte.
            let value: String = self.last_event_id.bytes().map(char::from).collect();
            // A runtime that refuses it may say so with the id in it.
            let refused = |_| JsValue::from_str("no header can hold the last event ID");
            headers.set("Last-Event-ID", &value).map_err(refused)?;
        }
        Ok(headers)
    }
}
