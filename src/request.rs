//! What a source sends, where that is more than a URL: what an application says about it, and the transport
//! carries out.
#![cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch sends it"))]

mod body;
mod fields;
mod headers;
mod refresh;
mod url;

use std::borrow::Cow;

use js_sys::Function;

use crate::protocol::connection;

pub use body::Body;
#[cfg(feature = "fetch")]
pub(crate) use fields::Fields;
#[cfg(feature = "js-values")]
pub(crate) use fields::{fields, is_name};
pub use headers::{Attempt, Headers};
pub use refresh::Refresh;
#[cfg(feature = "fetch")]
pub(crate) use refresh::Refreshed;
pub(crate) use url::AskedUrl;
pub use url::Url;

/// Which origins a request may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Any origin that allows it: the default of requests.
    Cors,
    /// The page's own: a request that is redirected to another one fails.
    SameOrigin,
}

/// How a redirect is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redirect {
    /// It is followed: the default of requests.
    Follow,
    /// It fails the attempt.
    Error,
}

/// The options that make a request more than a URL.
#[derive(Default)]
pub(crate) struct Request {
    /// `None` where every attempt goes to the same URL.
    pub(crate) url: Option<AskedUrl>,
    pub(crate) method: Option<String>,
    pub(crate) headers: Option<Headers>,
    pub(crate) body: Option<Body>,
    pub(crate) idempotent: bool,
    pub(crate) resume_by_get: bool,
    pub(crate) mode: Option<Mode>,
    pub(crate) redirect: Option<Redirect>,
    pub(crate) refresh: Option<Refresh>,
    pub(crate) fetch: Option<Function>,
}

impl Request {
    /// Whether the request may be repeated, and how.
    pub(crate) fn kind(&self) -> connection::Request {
        if self.is_get() {
            connection::Request::Get
        } else if self.idempotent {
            connection::Request::Idempotent
        } else {
            connection::Request::Once
        }
    }

    fn is_get(&self) -> bool {
        self.is_method("GET")
    }

    fn is_method(&self, name: &str) -> bool {
        self.method.as_deref().unwrap_or("GET").eq_ignore_ascii_case(name)
    }

    /// The option that the browser's EventSource has nothing for, if there is one.
    pub(crate) fn beyond_event_source(&self) -> Option<&'static str> {
        let options = [
            ("Url::from_fn", self.url.is_some()),
            ("headers", self.headers.is_some()),
            ("body", self.body.is_some()),
            ("resume_by_get", self.resume_by_get),
            ("mode", self.mode.is_some()),
            ("redirect", self.redirect.is_some()),
            ("refresh", self.refresh.is_some()),
            ("fetch", self.fetch.is_some()),
            ("method", !self.is_get()),
        ];
        options.into_iter().find_map(|(name, given)| given.then_some(name))
    }

    /// What is wrong with it whoever sends it.
    pub(crate) fn check(&self) -> Result<(), Cow<'static, str>> {
        if let Some(headers) = &self.headers {
            headers.check()?;
        }
        let Some(body) = &self.body else { return Ok(()) };
        if self.is_get() || self.is_method("HEAD") {
            return Err("a GET or HEAD has no `body`: set `method` to POST".into());
        }
        if body.is_stream() {
            return Err(body::STREAM.into());
        }
        Ok(())
    }
}
