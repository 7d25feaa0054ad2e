//! `fetch` and a stream of bytes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortController, Headers, ReadableStream, ReadableStreamDefaultReader, RequestCache, RequestCredentials,
    RequestInit, Response,
};

use super::{Counted, Report, global};
use crate::protocol::state::Cause;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Promise;
}

/// One request and its response's body.
pub(crate) struct FetchTransport(Rc<Reading>);

struct Reading {
    controller: AbortController,
    reader: RefCell<Option<ReadableStreamDefaultReader>>,
    report: Box<dyn Fn(Report)>,
    released: Cell<bool>,
    /// The reactions to the promise that is pending. A promise cannot be told to forget them, and would
    /// call them after they are gone: they go when it has settled, which an abort makes happen soon.
    reactions: RefCell<Option<Reactions>>,
}

struct Reactions {
    answer: Closure<dyn FnMut(JsValue)>,
    chunk: Closure<dyn FnMut(JsValue)>,
    failure: Closure<dyn FnMut(JsValue)>,
}

impl FetchTransport {
    pub(crate) fn open(
        url: &str,
        with_credentials: bool,
        last_event_id: &str,
        report: impl Fn(Report) + 'static,
    ) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let init = request(with_credentials, last_event_id)?;
        init.set_signal(Some(&controller.signal()));
        let reading = Rc::new(Reading {
            controller,
            reader: RefCell::new(None),
            report: Box::new(report),
            released: Cell::new(false),
            reactions: RefCell::new(None),
        });
        let promise = global_fetch(url, &init);
        let reactions = reactions(&reading);
        let _ = promise.then2(&reactions.answer, &reactions.failure);
        *reading.reactions.borrow_mut() = Some(reactions);
        Ok(Self(reading))
    }
}

impl Drop for FetchTransport {
    fn drop(&mut self) {
        self.0.released.set(true);
        self.0.controller.abort();
    }
}

fn request(with_credentials: bool, last_event_id: &str) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    // [spec] Set request's header list's `Accept` to `text/event-stream`.
    headers.set("Accept", "text/event-stream")?;
    if !last_event_id.is_empty() {
        // [spec] Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8.
        // A header's value is a byte string: one character for one byte.
        let value: String = last_event_id.bytes().map(char::from).collect();
        headers.set("Last-Event-ID", &value)?;
    }
    let init = RequestInit::new();
    init.set_headers(&headers);
    // [spec] Set request's cache mode to "no-store".
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(if with_credentials {
        RequestCredentials::Include
    } else {
        RequestCredentials::SameOrigin
    });
    Ok(init)
}

fn reactions(reading: &Rc<Reading>) -> Reactions {
    // The reactions hold the reading, which holds them: the circle is cut when the last promise settles.
    let reaction = |react: fn(&Rc<Reading>, &JsValue)| {
        let reading = Rc::clone(reading);
        let counted = Counted::new();
        Closure::new(move |value: JsValue| {
            let _ = &counted;
            react(&reading, &value);
        })
    };
    Reactions { answer: reaction(answer), chunk: reaction(chunk), failure: reaction(failure) }
}

fn answer(reading: &Rc<Reading>, value: &JsValue) {
    if reading.released.get() {
        return reading.settle();
    }
    let Ok(response) = value.clone().dyn_into::<Response>() else {
        return reading.end(Cause::Network { message: "fetch gave no Response".into() });
    };
    let body = response.body();
    (reading.report)(Report::Answered(response));
    if reading.released.get() {
        return reading.settle();
    }
    match body.as_ref().map(reader) {
        Some(reader) => {
            *reading.reader.borrow_mut() = Some(reader);
            reading.read();
        }
        None => reading.end(Cause::EndOfStream),
    }
}

fn reader(body: &ReadableStream) -> ReadableStreamDefaultReader {
    // Without options, it is a default reader.
    body.get_reader().unchecked_into()
}

fn chunk(reading: &Rc<Reading>, result: &JsValue) {
    if reading.released.get() {
        return reading.settle();
    }
    if global::property(result, "done").is_truthy() {
        return reading.end(Cause::EndOfStream);
    }
    let bytes = global::property(result, "value").unchecked_into::<Uint8Array>();
    // Asked for before the report: a subscriber that traps must not stop the stream.
    reading.read();
    (reading.report)(Report::Chunk(bytes));
}

fn failure(reading: &Rc<Reading>, error: &JsValue) {
    reading.end(Cause::Network { message: global::message(error) });
}

impl Reading {
    fn read(&self) {
        if let (Some(reader), Some(reactions)) = (&*self.reader.borrow(), &*self.reactions.borrow()) {
            let _ = reader.read().then2(&reactions.chunk, &reactions.failure);
        }
    }

    /// No promise is pending any more.
    fn settle(&self) {
        self.reader.take();
        self.reactions.take();
    }

    fn end(&self, cause: Cause) {
        if !self.released.get() {
            (self.report)(Report::Failed(cause));
        }
        self.settle();
    }
}
