use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, Headers, RequestCache, RequestCredentials, RequestInit, RequestMode, RequestRedirect,
};

use crate::js::global;
use crate::request::{Body, Mode, Redirect, Request};
use crate::transport::url;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// Whether requests have a cache mode here.
fn has_cache() -> bool {
    let class = global::property(&js_sys::global(), "Request");
    let prototype = global::property(&class, "prototype");
    prototype.is_object() && js_sys::Reflect::has(&prototype, &"cache".into()).unwrap_or_default()
}

/// A request without its headers.
pub(crate) struct Outgoing {
    pub(crate) request: Rc<Request>,
    pub(crate) url: String,
    pub(crate) with_credentials: bool,
    /// The query parameter that may carry the last event ID, and whether it does to another origin.
    pub(crate) parameter: Option<(String, bool)>,
    /// For the header; empty if there is none.
    pub(crate) last_event_id: String,
    /// Whether a GET takes the place of the request.
    pub(crate) by_get: bool,
    /// The headers of the response that tell of a gap.
    pub(crate) gap_headers: Rc<[String]>,
}

impl Outgoing {
    /// Without a last event ID.
    pub(crate) fn new(request: Rc<Request>, url: String, with_credentials: bool) -> Self {
        Self {
            request,
            url,
            with_credentials,
            parameter: None,
            last_event_id: String::new(),
            by_get: false,
            gap_headers: Rc::default(),
        }
    }

    /// Why a browser would not send it with the headers that are known, in its own words.
    pub(crate) fn check(&self) -> Result<(), String> {
        let headers = self.request.headers.as_ref().and_then(|headers| headers.fixed());
        let target = self.target();
        let init = self
            .init(&target, headers.map_or(&[], |headers| headers))
            .map_err(|error| global::message(&error))?;
        let request = web_sys::Request::new_with_str_and_init(&self.url, &init);
        request.map(drop).map_err(|error| global::message(&error))
    }

    /// Where it goes if nothing has to be asked for.
    pub(super) fn target(&self) -> Target {
        Target {
            url: self.url.clone(),
            last_event_id: self.last_event_id.clone(),
            body: self.request.body.as_ref().map(Body::to_js),
            by_get: self.by_get,
        }
    }

    /// Whether something has to be asked for before it is sent.
    pub(super) fn is_asked(&self) -> bool {
        let request = &self.request;
        request.url.is_some() || (!self.by_get && request.body.as_ref().is_some_and(|body| !body.is_fixed()))
    }

    /// Where it goes if that is this URL.
    pub(super) fn aim(&self, url: String) -> Target {
        let target = Target { url, ..self.target() };
        let Some((name, is_for_others)) = self.parameter.as_ref().filter(|_| !self.last_event_id.is_empty())
        else {
            return target;
        };
        // As in `protocol/connection/route.rs`, which cannot know the origin.
        if *is_for_others && !self.by_get && url::origin(&target.url) != global::origin() {
            let url = url::with_parameter(&target.url, name, &self.last_event_id);
            return Target { url, last_event_id: String::new(), ..target };
        }
        Target { url: url::without_parameter(&target.url, name), ..target }
    }

    /// Sends it, by the application's own `fetch` if it has one, and gives the answer: a promise as a rule.
    pub(super) fn send(
        &self,
        target: &Target,
        headers: &[(String, String)],
        signal: &AbortSignal,
    ) -> Result<JsValue, JsValue> {
        let init = self.init(target, headers)?;
        init.set_signal(Some(signal));
        match &self.request.fetch {
            Some(fetch) => fetch.call2(&JsValue::UNDEFINED, &(&*target.url).into(), &init),
            None => global_fetch(&target.url, &init),
        }
    }

    fn init(&self, target: &Target, headers: &[(String, String)]) -> Result<RequestInit, JsValue> {
        let init = RequestInit::new();
        init.set_headers(target.headers(headers)?.as_ref());
        if target.by_get {
            init.set_method("GET");
        } else {
            if let Some(method) = &self.request.method {
                init.set_method(method);
            }
            if let Some(body) = &target.body {
                init.set_body(body);
            }
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
        // [spec] Set request's cache mode to "no-store". Cloudflare Workers without caching throw at that.
        if has_cache() {
            init.set_cache(RequestCache::NoStore);
        }
        init.set_credentials(if self.with_credentials {
            RequestCredentials::Include
        } else {
            RequestCredentials::SameOrigin
        });
        Ok(init)
    }
}

/// What of an attempt may have been asked for, beside its headers.
pub(super) struct Target {
    pub(super) url: String,
    /// For the header; empty if there is none.
    last_event_id: String,
    pub(super) body: Option<JsValue>,
    by_get: bool,
}

impl Target {
    /// Whether the header carries a last event ID.
    pub(super) fn is_by_header(&self) -> bool {
        !self.last_event_id.is_empty()
    }

    fn headers(&self, fields: &[(String, String)]) -> Result<Headers, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in fields {
            // A GET in the place of another request has no body, nor headers about it.
            if !(self.by_get && is_about_body(name)) {
                headers.append(name, value)?;
            }
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

fn is_about_body(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
}
