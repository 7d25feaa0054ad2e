//! The options of a source.

mod address;
mod check;
mod open;

use std::fmt;
use std::time::Duration;

use js_sys::Function;

use super::overflow::Overflow;
use super::persist::{Place, Storage};
use super::router::Until;
use super::sink::ShouldRetry;
use super::source::TypedEventSource;
use super::subscriber::Undecodable;
use crate::engine::{Delivery, Hidden, Offline};
use crate::protocol::connection::Config;
use crate::protocol::parser::{DEFAULT_EVENT_LIMIT, Event};
use crate::protocol::retry::Retry;
use crate::protocol::state::{Cause, Transport};
use crate::request::{Body, Headers, Mode, Redirect, Refresh, Request, Url};

/// How many bytes of events wait for a reader unless [`Builder::buffer`] says otherwise.
const DEFAULT_BUFFER: usize = 4 << 20;

/// A source that is not open yet, with its options.
#[must_use = "nothing happens until `open`"]
pub struct Builder {
    url: Url,
    transport: Option<Transport>,
    with_credentials: bool,
    request: Request,
    event_types: Vec<String>,
    wildcard: bool,
    retry: Option<Retry>,
    should_retry: Option<ShouldRetry>,
    connect_timeout: Option<Duration>,
    idle: Option<Duration>,
    heartbeat_event: Option<String>,
    hidden: Hidden,
    offline: Offline,
    until: Option<Until>,
    last_event_id: String,
    last_event_id_param: Option<String>,
    drop_replays: Option<bool>,
    gap_event: Option<String>,
    gap_headers: Vec<String>,
    persist: Option<Place>,
    event_limit: usize,
    delivery: Delivery,
    buffer: usize,
    overflow: Overflow,
    undecodable: Undecodable,
}

impl Builder {
    pub(super) fn new(url: Url) -> Self {
        Self {
            url,
            transport: None,
            with_credentials: false,
            request: Request::default(),
            event_types: Vec::new(),
            wildcard: false,
            retry: None,
            should_retry: None,
            connect_timeout: Config::default().connect_timeout,
            idle: None,
            heartbeat_event: None,
            hidden: Hidden::default(),
            offline: Offline::default(),
            until: None,
            last_event_id: String::new(),
            last_event_id_param: Some("lastEventId".into()),
            drop_replays: None,
            gap_event: None,
            gap_headers: ["Mercure-Last-Event-ID", "Last-Event-ID"].map(Into::into).into(),
            persist: None,
            event_limit: DEFAULT_EVENT_LIMIT,
            delivery: Delivery::default(),
            buffer: DEFAULT_BUFFER,
            overflow: Overflow::default(),
            undecodable: Undecodable::default(),
        }
    }

    /// Takes this transport and no other.
    ///
    /// With `None`, the default, the browser's EventSource is taken for what it can express, and fetch once
    /// that has given up or keeps failing.
    pub fn transport(mut self, transport: impl Into<Option<Transport>>) -> Self {
        self.transport = transport.into();
        self
    }

    /// Sends cookies to other origins too. Default `false`.
    pub fn with_credentials(mut self, with_credentials: bool) -> Self {
        self.with_credentials = with_credentials;
        self
    }

    /// Headers of the request, the same for every attempt, or [asked for](Headers::from_fn) before each. Those
    /// given before are replaced. Default: none.
    ///
    /// `Accept` replaces the one that would be sent. `Last-Event-ID` is refused: set
    /// [`last_event_id`](Self::last_event_id). To another origin all but a few cost a preflight. Every header but
    /// `Authorization` follows a redirect to another origin: [`Redirect::Error`] prevents that.
    ///
    /// A source with headers, another [`method`](Self::method), or one of the options below takes the fetch
    /// transport, which alone can send them.
    pub fn headers(mut self, headers: impl Into<Headers>) -> Self {
        self.request.headers = Some(headers.into());
        self
    }

    /// The request's method. Default GET.
    ///
    /// With another one the end of the stream closes the source: for the reason
    /// [`CloseReason::Ended`](crate::CloseReason::Ended), or for [`Cause::Truncated`] if there is an
    /// [`until`](Self::until) that has not matched. A [refusal](Cause::is_refusal) (408, 425, 429, 503) is retried after
    /// the wait: the server has not carried the request out. Nothing else is, unless the request is
    /// [`idempotent`](Self::idempotent): not one that broke after its response began, nor one that got no response.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.request.method = Some(method.into());
        self
    }

    /// The request's body, the same for every attempt, or [asked for](Body::from_fn) before each. Default: none.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.request.body = Some(body.into());
        self
    }

    /// Whether a request that is no GET may be repeated after a failure, whatever the server has done for it. Default
    /// `false`: only one that the server has refused is, see [`method`](Self::method).
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.request.idempotent = idempotent;
        self
    }

    /// Whether the stream is resumed by a GET. Then the request is made as it is given until there is a last event ID;
    /// from then on each attempt is a GET of the same URL with the header `Last-Event-ID`. It has the same headers but for
    /// those that begin with `Content-`, and no body. It is retried as every GET is, also after the server has ended the
    /// response, until [`until`](Self::until) matches. Default `false`.
    ///
    /// Without an id, or with one of more than 4,096 bytes, the rules of [`method`](Self::method) hold. With a
    /// [`last_event_id`](Self::last_event_id), or a stored one, the first request is such a GET. Set it for a POST whose
    /// stream the server ends at will, as in the Model Context Protocol.
    pub fn resume_by_get(mut self, resume_by_get: bool) -> Self {
        self.request.resume_by_get = resume_by_get;
        self
    }

    /// Which origins the request may go to. Default [`Mode::Cors`].
    pub fn mode(mut self, mode: Mode) -> Self {
        self.request.mode = Some(mode);
        self
    }

    /// What happens to a redirect. Default [`Redirect::Follow`]. Every attempt asks for the original URL.
    pub fn redirect(mut self, redirect: Redirect) -> Self {
        self.request.redirect = Some(redirect);
        self
    }

    /// What gets new credentials when the server answers 401; then the attempt is repeated, once. Default:
    /// nothing does, and a 401 is fatal.
    pub fn refresh(mut self, refresh: &Refresh) -> Self {
        self.request.refresh = Some(refresh.clone());
        self
    }

    /// Called in place of the global [`fetch`](https://developer.mozilla.org/docs/Web/API/Window/fetch), with a
    /// URL and a `RequestInit`. It has to heed the `signal` in there, or what a closed source has asked for is
    /// still under way.
    pub fn fetch(mut self, fetch: Function) -> Self {
        self.request.fetch = Some(fetch);
        self
    }

    /// Event types to listen to from the start, beside those that are subscribed to.
    ///
    /// The browser's EventSource shows only events, and so only last event IDs, of types that somebody
    /// listens to.
    pub fn event_types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.event_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// Receives every event type, also those that nobody named. Needs the fetch transport. Default
    /// `false`.
    pub fn wildcard(mut self, wildcard: bool) -> Self {
        self.wildcard = wildcard;
        self
    }

    /// How reconnection is paced. Default: [`Retry::default`], except that the browser's EventSource is
    /// left to its own once.
    ///
    /// After a failure [while the browser is offline](Self::offline) no attempt is made. After a sleep a planned attempt is
    /// made soon, and an open stream that stays silent for another second is replaced.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Decides whether a failure is worth another attempt, in place of [`Cause::is_retryable`]. It gets
    /// the number of the attempt that failed, and why it did. A 204 is the end whatever it says. So are the end of a request
    /// that is no GET, and its failure, unless it is idempotent or a status has refused it: it may have been carried out.
    pub fn should_retry(mut self, should_retry: impl Fn(u32, &Cause) -> bool + 'static) -> Self {
        self.should_retry = Some(Box::new(move |attempt, cause| Some(should_retry(attempt, cause))));
        self
    }

    /// How long an attempt may take to be answered; `None` is for ever. Default 30 s. What headers that are asked for and
    /// a refresh take counts.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.connect_timeout = timeout.into();
        self
    }

    /// How long an open stream may be silent; then it is reestablished. Default: for ever.
    ///
    /// Over fetch every byte counts, comments too. The browser's EventSource hides comments: there it needs
    /// [`heartbeat_event`](Self::heartbeat_event), without which a source that may choose takes fetch.
    pub fn idle(mut self, idle: impl Into<Option<Duration>>) -> Self {
        self.idle = idle.into();
        self
    }

    /// Events of this type only prove the stream alive, and are not delivered. Default: none.
    pub fn heartbeat_event<'a>(mut self, event_type: impl Into<Option<&'a str>>) -> Self {
        self.heartbeat_event = event_type.into().map(Into::into);
        self
    }

    /// What becomes of the stream while the page is hidden. Default [`Hidden::Keep`].
    ///
    /// A request that may not be repeated is kept in any case, and a worker is never hidden. A page in the back/forward
    /// cache can have no connection: there every source pauses.
    pub fn hidden(mut self, hidden: Hidden) -> Self {
        self.hidden = hidden;
        self
    }

    /// Whether an attempt waits while the browser says that it is offline. Default [`Offline::Wait`]. The first attempt
    /// never waits, nor does any to a server on the same machine. Take [`Offline::Ignore`] where browsers are wrong about
    /// the network, such as behind some VPNs or on isolated networks.
    pub fn offline(mut self, offline: Offline) -> Self {
        self.offline = offline;
        self
    }

    /// Says whether an event, not decoded yet, ends the stream: then the source is closed for the reason
    /// [`CloseReason::Ended`](crate::protocol::state::CloseReason::Ended). Default: none does. If the server ends a stream
    /// before it, the stream is reestablished, as any is; one whose request is not repeated has failed, for
    /// [`Cause::Truncated`].
    ///
    /// The event itself is not delivered. Over the browser's EventSource it is not seen unless its type is
    /// subscribed to or one of [`event_types`](Self::event_types).
    ///
    /// ```
    /// # use typed_eventsource::TypedEventSource;
    /// let builder = TypedEventSource::connect("/tokens").until(|event| event.data == "[DONE]");
    /// ```
    pub fn until(mut self, until: impl Fn(&Event<'_>) -> bool + 'static) -> Self {
        self.until = Some(Box::new(until));
        self
    }

    /// The last event ID to resume from. Default: none. One with NUL, CR or LF is refused.
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = id.into();
        self
    }

    /// The query parameter that carries the last event ID where no header can; `None` is no parameter.
    /// Default `lastEventId`.
    ///
    /// A source that may choose its transport uses it over fetch too where the URL is of another origin: there the
    /// header costs a preflight, which many servers do not answer.
    pub fn last_event_id_param<'a>(mut self, name: impl Into<Option<&'a str>>) -> Self {
        self.last_event_id_param = name.into().map(Into::into);
        self
    }

    /// Whether events are dropped that come again after a resume: those directly after it that have the id, type and
    /// data of an event from before it, each as often as it has come then. That ends with the first event that is new,
    /// or with the newest of the old ones. With `None`, the default, they are dropped over fetch if the request is a
    /// GET, or [resumed by one](Self::resume_by_get), and an event without an id of its own never is.
    ///
    /// A known id with other type or data is delivered, and [`errors`](TypedEventSource::errors) tells of it once after
    /// each resume. The newest 65,536 events are remembered: what a server sends again that begins before them comes
    /// twice.
    ///
    /// The browser's EventSource does not show which ids are an event's own: there it takes `true`, which says that
    /// every event has an id, and no two the same. `false` drops none.
    pub fn drop_replays(mut self, drop_replays: impl Into<Option<bool>>) -> Self {
        self.drop_replays = drop_replays.into();
        self
    }

    /// The type of the events by which the server says that it could not resume: each is one of the
    /// [`gaps`](TypedEventSource::gaps), and delivered like any other. Default: none.
    pub fn gap_event<'a>(mut self, event_type: impl Into<Option<&'a str>>) -> Self {
        self.gap_event = event_type.into().map(Into::into);
        self
    }

    /// The header of a response to a resume that says where the server goes on, if it is one: see
    /// [`gap_headers`](Self::gap_headers).
    pub fn gap_header(self, name: impl Into<String>) -> Self {
        self.gap_headers([name])
    }

    /// The headers of a response to a resume that say where the server goes on; the first one that the response has
    /// counts. It is one of the [`gaps`](TypedEventSource::gaps) if that is not where the server was asked to go on.
    ///
    /// To be seen from another origin it has to be exposed there. The browser's EventSource shows no headers. Default
    /// `Mercure-Last-Event-ID`, and `Last-Event-ID`, which older Mercure hubs send.
    pub fn gap_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.gap_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Keeps the last event ID up to which everything is [processed](TypedEventSource::cursor) in a storage, under this
    /// key, and begins with what is there, in place of [`last_event_id`](Self::last_event_id). Default: no.
    ///
    /// It is stored within 250 ms, and when the page or the source goes; but not if it is longer than 4 KiB. A stored
    /// text that this crate did not write is ignored. [`errors`](TypedEventSource::errors) tells of that, and of a
    /// storage that fails.
    ///
    /// Take the `sessionStorage`, which each tab has for itself and which a reload keeps. The `localStorage` is shared
    /// by all tabs: a tab that is slower than another one sets the stored position back, and its events come again
    /// after the next start. Each stream needs a key of its own. Name the user in the key, or the next user of the
    /// browser goes on from where another one was.
    ///
    /// ```
    /// # fn open(storage: web_sys::Storage, user: &str) {
    /// # use typed_eventsource::TypedEventSource;
    /// // From `window.session_storage()`.
    /// let builder = TypedEventSource::connect("/orders/stream").persist(storage, format!("orders/{user}"));
    /// # }
    /// ```
    pub fn persist(mut self, storage: impl Storage + 'static, key: impl Into<String>) -> Self {
        self.persist = Some(Place { storage: Box::new(storage), key: key.into() });
        self
    }

    /// The largest event accepted over fetch, in bytes. Default 16 MiB.
    pub fn event_limit(mut self, bytes: usize) -> Self {
        self.event_limit = bytes;
        self
    }

    /// When events are handed over: each at once, or those of a while together. Default [`Delivery::Auto`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// How many bytes of events may wait for one reader. Default 4 MiB. An event counts as the bytes of its type, id and
    /// data, and 100 more.
    ///
    /// Nothing is dropped from a reader before it had a turn: events that come together may exceed the limit. One event
    /// may exceed it, too.
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes;
        self
    }

    /// What happens when more waits for a reader than [`buffer`](Self::buffer) allows. Default [`Overflow::auto`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// What a stream does after an event that cannot be decoded. Default [`Undecodable::Report`]. Handlers never get such
    /// an event; [`errors`](TypedEventSource::errors) tells of it.
    pub fn undecodable(mut self, undecodable: Undecodable) -> Self {
        self.undecodable = undecodable;
        self
    }

    /// How reconnection was asked to be paced so far.
    #[cfg(feature = "js-values")]
    pub(super) fn current_retry(&self) -> Retry {
        self.retry.clone().unwrap_or_default()
    }

    /// What was asked to happen to full queues so far.
    #[cfg(feature = "js-values")]
    pub(super) fn current_overflow(&self) -> Overflow {
        self.overflow.clone()
    }
}

impl TypedEventSource {
    /// A source for this URL, relative to the page's, or [asked for](Url::from_fn) before each attempt; [`Builder::open`]
    /// opens it.
    pub fn connect(url: impl Into<Url>) -> Builder {
        Builder::new(url.into())
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("url", &self.url.fixed().map(address::shown)).finish_non_exhaustive()
    }
}
