//! Opening a source.

use std::mem;
use std::rc::Rc;

use super::{Builder, address};
use crate::client::error::{Error, Failure};
use crate::client::failures::Failures;
#[cfg(feature = "fetch")]
use crate::client::overflow::Overflow;
use crate::client::persist::Place;
use crate::client::progress::Progress;
use crate::client::router::Router;
use crate::client::routes::Routes;
use crate::client::sink::Client;
use crate::client::source::TypedEventSource;
#[cfg(feature = "fetch")]
use crate::engine::Delivery;
use crate::engine::{Engine, Options, Rules};
use crate::protocol::connection::{self, Config};
#[cfg(feature = "js-values")]
use crate::protocol::state::Cause;
#[cfg(feature = "fetch")]
use crate::transport::fetch::Outgoing;
use crate::transport::{global, url};

/// Stands for a URL that is not known yet, where only its form counts.
const ANY_URL: &str = "https://url.invalid/";

impl Builder {
    /// As [`should_retry`](Self::should_retry), but no answer leaves it to the rule.
    #[cfg(feature = "js-values")]
    pub(in crate::client) fn ask_retry(
        mut self,
        ask: impl Fn(u32, &Cause) -> Option<bool> + 'static,
    ) -> Self {
        self.should_retry = Some(Box::new(ask));
        self
    }

    /// Opens the source. Subscriptions made in the same task miss nothing.
    ///
    /// # Errors
    /// [`Error::Url`] if the URL cannot be parsed, is none of HTTP or has a password. [`Error::Options`] if options
    /// contradict each other or a browser would not make the request. [`Error::NoBrowser`] outside a browser.
    pub fn open(mut self) -> Result<TypedEventSource, Error> {
        if cfg!(not(target_arch = "wasm32")) {
            return Err(Error::NoBrowser);
        }
        let url = match mem::replace(&mut self.url, "".into()).known() {
            Ok(url) => Some(url),
            Err(asked) => {
                self.request.url = Some(asked);
                None
            }
        };
        let needs_fetch = self.check()?;
        let is_asked = url.is_none();
        let resolved = url.map_or_else(|| Ok(ANY_URL.to_owned()), |url| address::resolve(&url))?;
        let failures = Failures::new();
        let stored = self.persist.as_ref().map_or(Ok(None), Place::load).unwrap_or_else(|message| {
            failures.report_early(Failure::Persist { message });
            None
        });
        let last_event_id = stored.unwrap_or(self.last_event_id);
        let progress = Progress::new(last_event_id.clone(), Rc::clone(&failures), self.persist);
        let request = Rc::new(self.request);
        #[cfg(feature = "fetch")]
        if request.beyond_event_source().is_some() {
            let outgoing = Outgoing::new(Rc::clone(&request), resolved.clone(), self.with_credentials);
            let refused =
                |why: String| Error::Options(["the request cannot be made: ", &why].concat().into());
            outgoing.check().map_err(refused)?;
        }
        let config = Config {
            transport: self.transport,
            event_source: !needs_fetch && global::has("EventSource"),
            request: request.kind(),
            resume_by_get: request.resume_by_get,
            until: self.until.is_some(),
            fetch: cfg!(feature = "fetch"),
            // Where each attempt has a URL of its own, that is looked at when it is known.
            cross_origin: !is_asked && url::origin(&resolved) != global::origin(),
            retry: self.retry,
            connect_timeout: self.connect_timeout,
            idle: self.idle,
            last_event_id,
            last_event_id_param: self.last_event_id_param.is_some(),
            ..Config::default()
        };
        let options = Options {
            url: resolved,
            #[cfg(feature = "fetch")]
            is_auto: self.transport.is_none(),
            with_credentials: self.with_credentials,
            last_event_id_param: self.last_event_id_param,
            hidden: self.hidden,
            offline: self.offline,
            delivery: self.delivery,
            #[cfg(feature = "fetch")]
            event_limit: self.event_limit,
            #[cfg(feature = "fetch")]
            paced: matches!(self.overflow, Overflow::Auto { .. } | Overflow::Backpressure { .. })
                || self.delivery != Delivery::Immediate,
            #[cfg(feature = "fetch")]
            request,
        };
        let resumes_by_get = matches!(config.request, connection::Request::Get) || config.resume_by_get;
        let rules = Rules {
            // The answer to another request is a new one each time, whatever its ids are.
            drop_replays: self.drop_replays.or((!resumes_by_get).then_some(false)),
            gap_event: self.gap_event.clone(),
            #[cfg(feature = "fetch")]
            gap_headers: self.gap_headers,
        };
        let mut always = self.event_types;
        always.extend([self.heartbeat_event.clone(), self.gap_event].into_iter().flatten());
        let engine_types = always.clone();
        let routes = Routes::new(always, self.heartbeat_event);
        let router = Router::new(routes, self.until, Rc::clone(&progress));
        let client = Client::new(router, progress, failures, self.should_retry);
        let engine = Rc::new(Engine::new(options, rules, config, Rc::clone(&client) as _));
        engine_types.iter().for_each(|event_type| engine.listen(event_type));
        engine.start();
        Ok(TypedEventSource::new(
            engine,
            client,
            self.wildcard,
            (self.buffer, self.overflow, self.undecodable),
        ))
    }
}
