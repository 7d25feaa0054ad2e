//! What the npm package's TypeScript sees of the engine. It is as small as can be: numbers, strings, and
//! one call for the events of a whole chunk.

// `#[wasm_bindgen]` writes the unsafe code that crosses to JavaScript.
#![allow(unsafe_code)]
#![allow(missing_docs, reason = "documented where it is used, in TypeScript")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::prelude::*;
use web_sys::{Headers, MessageEvent};

use crate::batch::Batch;
use crate::engine::{self, Options, Sink};
use crate::protocol::connection::Config;
use crate::protocol::retry::Retry;
use crate::protocol::state::{Cause, CloseReason, ConnectionState, Transport};
use crate::transport::{global, url};

#[wasm_bindgen]
extern "C" {
    /// The TypeScript client.
    pub type EngineHost;

    #[wasm_bindgen(method)]
    fn message(this: &EngineHost, event: &MessageEvent);

    #[wasm_bindgen(method)]
    fn batch(this: &EngineHost, text: &str, lengths: Vec<u32>, origin: &str);

    #[allow(clippy::too_many_arguments, reason = "an object would cost more code on both sides")]
    #[wasm_bindgen(method)]
    fn state(
        this: &EngineHost,
        status: &str,
        attempt: u32,
        wait_ms: f64,
        transport: &str,
        resumed_from: &str,
        reason: &str,
        cause: &str,
        message: &str,
        http_status: u16,
        headers: Option<Headers>,
    );

    #[wasm_bindgen(method, js_name = shouldRetry)]
    fn should_retry(
        this: &EngineHost,
        attempt: u32,
        retryable: bool,
        cause: &str,
        message: &str,
        http_status: u16,
        headers: Option<Headers>,
    ) -> bool;
}

const WITH_CREDENTIALS: u32 = 1;
const WILDCARD: u32 = 2;
const RETRY: u32 = 4;
const SHOULD_RETRY: u32 = 8;

#[wasm_bindgen]
pub struct Engine(engine::Engine);

#[wasm_bindgen]
impl Engine {
    /// Starts at once. `numbers`: initialMs, maxMs, factor, maxAttempts, stableMs, connectTimeoutMs,
    /// eventLimit; infinity is no limit.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: EngineHost,
        url: String,
        transport: &str,
        flags: u32,
        numbers: &[f64],
        last_event_id: String,
        last_event_id_param: Option<String>,
    ) -> Engine {
        let number = |index: usize| numbers.get(index).copied().unwrap_or(f64::INFINITY);
        let limit = |index| Some(number(index)).filter(|number| number.is_finite());
        let mut retry = Retry::default()
            .initial(millis(number(0)))
            .max(millis(number(1)))
            .factor(number(2))
            .stable(millis(number(4)));
        retry.max_attempts = limit(3).map(|attempts| attempts as u32);
        let config = Config {
            transport: match transport {
                "eventsource" => Some(Transport::EventSource),
                "fetch" => Some(Transport::Fetch),
                _ => None,
            },
            event_source: flags & WILDCARD == 0 && global::has("EventSource"),
            cross_origin: url::origin(&url) != global::origin(),
            retry: (flags & RETRY != 0).then_some(retry),
            connect_timeout: limit(5).map(millis),
            last_event_id,
            last_event_id_param: last_event_id_param.is_some(),
            ..Config::default()
        };
        let options = Options {
            url,
            with_credentials: flags & WITH_CREDENTIALS != 0,
            last_event_id_param,
            event_limit: number(6) as usize,
        };
        let sink = Host { host, ask: flags & SHOULD_RETRY != 0, headers: RefCell::new(None) };
        let engine = engine::Engine::new(options, config, Rc::new(sink));
        engine.start();
        Engine(engine)
    }

    pub fn listen(&self, event_type: &str) {
        self.0.listen(event_type);
    }

    pub fn unlisten(&self, event_type: &str) {
        self.0.unlisten(event_type);
    }

    pub fn reconnect(&self) {
        self.0.reconnect();
    }

    pub fn close(&self, reason: &str) {
        self.0.close(match reason {
            "aborted" => CloseReason::Aborted,
            "ended" => CloseReason::Ended,
            "overflow" => CloseReason::Overflow,
            _ => CloseReason::Closed,
        });
    }
}

fn millis(millis: f64) -> Duration {
    Duration::from_millis(millis as u64)
}

struct Host {
    host: EngineHost,
    ask: bool,
    /// Of the newest response: a state or a failure that carries a response carries this one's.
    headers: RefCell<Option<Headers>>,
}

impl Host {
    fn headers_of(&self, cause: Option<&Cause>) -> (u16, Option<Headers>) {
        match cause.and_then(Cause::response) {
            Some(response) => (response.status, self.headers.borrow().clone()),
            None => (0, None),
        }
    }
}

impl Sink for Host {
    fn message(&self, event: &MessageEvent) {
        self.host.message(event);
    }

    fn batch(&self, batch: Batch) {
        self.host.batch(batch.text(), batch.lengths(), batch.origin());
    }

    fn headers(&self, headers: &Headers) -> Vec<(String, String)> {
        *self.headers.borrow_mut() = Some(headers.clone());
        Vec::new()
    }

    fn verdict(&self, attempt: u32, cause: &Cause) -> Option<bool> {
        let (status, headers) = self.headers_of(Some(cause));
        self.ask.then(|| {
            let (code, message) = (cause.code(), cause.message());
            self.host.should_retry(attempt, cause.is_retryable(), code, &message, status, headers)
        })
    }

    fn state(&self, state: &ConnectionState) {
        let mut attempt = 0;
        let mut wait_ms = f64::NAN;
        let (mut transport, mut resumed_from, mut reason) = ("", "", "");
        let mut cause = None;
        let mut opened = None;
        match state {
            ConnectionState::Connecting { attempt: number } => attempt = *number,
            ConnectionState::Open { transport: by, resumed_from: id, response } => {
                (transport, resumed_from) = (by.name(), id);
                opened = response.as_ref();
            }
            ConnectionState::Reconnecting { attempt: number, wait, cause: why } => {
                attempt = *number;
                cause = Some(why);
                wait_ms = wait.map_or(f64::NAN, |wait| wait.as_secs_f64() * 1000.0);
            }
            ConnectionState::Paused { why } => reason = why.name(),
            ConnectionState::Closed { reason: why } => {
                reason = why.code();
                cause = why.cause();
            }
        }
        let (status, headers) = match opened {
            Some(response) => (response.status, self.headers.borrow().clone()),
            None => self.headers_of(cause),
        };
        let (code, message) = cause.map_or(("", String::new()), |cause| (cause.code(), cause.message()));
        self.host.state(
            state.status(),
            attempt,
            wait_ms,
            transport,
            resumed_from,
            reason,
            code,
            &message,
            status,
            headers,
        );
    }
}
