//! `fetch` and a stream of bytes.

mod excerpt;
mod outgoing;
mod task;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, ReadableStream, ReadableStreamDefaultReader, Response};

use self::excerpt::Excerpt;
pub(crate) use self::outgoing::Outgoing;
use self::task::Task;
use super::{Counted, Report, global};
use crate::protocol::state::Cause;
use crate::request::{Attempt, Fields, Refresh};

/// One attempt: its request, and the body of the response.
pub(crate) struct FetchTransport {
    reading: Rc<Reading>,
    /// What is to be done before the request is sent.
    task: Option<Task>,
    outgoing: Rc<Outgoing>,
    attempt: Attempt,
    /// How often credentials had been refreshed when the headers were asked for.
    refreshes: u64,
    repeated: bool,
}

pub(crate) struct Reading {
    controller: AbortController,
    reader: RefCell<Option<ReadableStreamDefaultReader>>,
    report: Box<dyn Fn(Report)>,
    released: Cell<bool>,
    /// Whether the response comes from the application, whose streams need not know of the abort.
    foreign: bool,
    /// Whether to ask before each read.
    paced: bool,
    /// Whether the next read waits for the word to go on.
    put_off: Cell<bool>,
    /// Of a response that is no event stream.
    excerpt: RefCell<Option<Excerpt>>,
    /// The reactions to the promise that is pending. A promise cannot be told to forget them, and would
    /// call them after they are gone: they go when it has settled, which an abort makes happen soon.
    reactions: RefCell<Option<Reactions>>,
}

struct Reactions {
    answer: Closure<dyn FnMut(JsValue)>,
    chunk: Closure<dyn FnMut(JsValue)>,
    /// To a chunk that was reported.
    reported: Closure<dyn FnMut(JsValue)>,
    failure: Closure<dyn FnMut(JsValue)>,
}

impl FetchTransport {
    /// Sends the request, at once if its headers are known. If `paced`, each read waits for [`Reading::go_on`].
    pub(crate) fn open(
        outgoing: Outgoing,
        attempt: Attempt,
        paced: bool,
        report: impl Fn(Report) + 'static,
    ) -> Result<Self, JsValue> {
        let mut transport = Self::new(Rc::new(outgoing), attempt, paced, report)?;
        match transport.known_headers() {
            Some(headers) => transport.reading.send(&transport.outgoing, headers)?,
            None => {
                let ask = transport.ask();
                transport.task = Some(Task::spawn(ask));
            }
        }
        Ok(transport)
    }

    /// The same attempt once more, when the application has got new credentials; `None` if it cannot, or
    /// has already.
    pub(crate) fn refreshed(&self, cause: &Cause, report: impl Fn(Report) + 'static) -> Option<Self> {
        if self.repeated {
            return None;
        }
        let refresh = self.outgoing.request.refresh.clone()?;
        let attempt = Attempt { cause: Some(cause.clone()), ..self.attempt.clone() };
        let mut again = Self::new(Rc::clone(&self.outgoing), attempt, self.reading.paced, report).ok()?;
        let (reading, cause) = (Rc::clone(&again.reading), cause.clone());
        let (ask, before) = (again.ask(), self.refreshes);
        again.repeated = true;
        again.task = Some(Task::spawn(async move {
            if refresh.since(before).await {
                ask.await;
            } else {
                reading.end(cause);
            }
        }));
        Some(again)
    }

    fn new(
        outgoing: Rc<Outgoing>,
        attempt: Attempt,
        paced: bool,
        report: impl Fn(Report) + 'static,
    ) -> Result<Self, JsValue> {
        let reading = Rc::new(Reading {
            controller: AbortController::new()?,
            reader: RefCell::new(None),
            report: Box::new(report),
            released: Cell::new(false),
            foreign: outgoing.request.fetch.is_some(),
            paced,
            put_off: Cell::new(false),
            excerpt: RefCell::new(None),
            reactions: RefCell::new(None),
        });
        let refreshes = outgoing.request.refresh.as_ref().map_or(0, Refresh::successes);
        Ok(Self { reading, task: None, outgoing, attempt, refreshes, repeated: false })
    }

    fn known_headers(&self) -> Option<&[(String, String)]> {
        match &self.outgoing.request.headers {
            Some(headers) => headers.fixed().map(Vec::as_slice),
            None => Some(&[]),
        }
    }

    /// Asks for the headers, and sends the request with them.
    fn ask(&self) -> impl Future<Output = ()> + 'static {
        let (reading, outgoing) = (Rc::clone(&self.reading), Rc::clone(&self.outgoing));
        let attempt = self.attempt.clone();
        async move {
            let headers = match &outgoing.request.headers {
                Some(headers) => headers.ask(attempt).await,
                None => Ok(Fields::new()),
            };
            // Asking for them may have been the end of the attempt.
            if reading.released.get() {
                return;
            }
            let sent = headers.and_then(|headers| {
                reading.send(&outgoing, &headers).map_err(|error| global::message(&error))
            });
            if let Err(message) = sent {
                reading.end(Cause::Network { message });
            }
        }
    }

    /// Whether the next read waits for [`Reading::go_on`].
    pub(crate) fn is_put_off(&self) -> bool {
        self.reading.put_off.get()
    }

    pub(crate) fn reading(&self) -> Rc<Reading> {
        Rc::clone(&self.reading)
    }

    /// The response is no event stream: the beginning of its body comes in a last report.
    pub(crate) fn excerpt(&self) {
        let reading = Rc::downgrade(&self.reading);
        let excerpt = Excerpt::new(move || {
            if let Some(reading) = reading.upgrade() {
                reading.finish_excerpt();
            }
        });
        *self.reading.excerpt.borrow_mut() = Some(excerpt);
    }
}

impl Drop for FetchTransport {
    fn drop(&mut self) {
        self.reading.released.set(true);
        self.task.take();
        self.reading.excerpt.take();
        self.reading.controller.abort();
        // Cloned: what runs then is the application's.
        let reader = self.reading.reader.borrow().clone().filter(|_| self.reading.foreign);
        if let Some(reader) = reader {
            forget(&reader.cancel());
        }
        if self.reading.put_off.get() {
            self.reading.settle();
        }
    }
}

/// Lets a promise be, whatever comes of it.
fn forget(promise: &Promise) {
    // A rejection that nobody hears of would be reported as an error of the page's.
    let _ = Promise::all_settled(&Array::of1(promise));
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
    Reactions {
        answer: reaction(answer),
        chunk: reaction(chunk),
        reported: reaction(|reading, _| reading.put_off()),
        failure: reaction(failure),
    }
}

fn answer(reading: &Rc<Reading>, value: &JsValue) {
    // Not by its class: another frame's is one too.
    let headers = if value.is_object() { global::property(value, "headers") } else { JsValue::NULL };
    if !headers.is_object() {
        return reading.end(Cause::Network { message: "fetch gave no Response".into() });
    }
    let response = value.clone().unchecked_into::<Response>();
    let body = response.body();
    if reading.released.get() {
        // It came all the same, from a `fetch` that does not know of the abort.
        if let Some(body) = &body {
            forget(&body.cancel());
        }
        return reading.settle();
    }
    (reading.report)(Report::Answered(response));
    if reading.released.get() {
        if reading.foreign
            && let Some(body) = &body
        {
            forget(&body.cancel());
        }
        return reading.settle();
    }
    match body.as_ref() {
        Some(body) if body.locked() => {
            reading.end(Cause::Network { message: "the response's body has a reader already".into() });
        }
        Some(body) => {
            let reader = reader(body);
            *reading.reader.borrow_mut() = Some(reader);
            if reading.paced && reading.excerpt.borrow().is_none() {
                reading.put_off();
            } else {
                reading.read();
            }
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
    let value = global::property(result, "value");
    if !ArrayBuffer::is_view(&value) {
        return reading
            .end(Cause::Network { message: "the response's body has something else than bytes".into() });
    }
    let bytes = value.unchecked_into::<Uint8Array>();
    let full = reading.excerpt.borrow_mut().as_mut().map(|excerpt| excerpt.push(&bytes));
    match full {
        Some(true) => {
            reading.finish_excerpt();
            reading.settle();
        }
        Some(false) => reading.read(),
        None => {
            // Asked for before the report: a subscriber that traps must not stop the stream.
            if reading.paced {
                reading.after_report();
            } else {
                reading.read();
            }
            (reading.report)(Report::Chunk(bytes));
        }
    }
}

fn failure(reading: &Rc<Reading>, error: &JsValue) {
    reading.end(Cause::Network { message: global::message(error) });
}

impl Reading {
    fn send(self: &Rc<Self>, outgoing: &Outgoing, headers: &[(String, String)]) -> Result<(), JsValue> {
        let promise = outgoing.send(headers, &self.controller.signal())?;
        let reactions = reactions(self);
        let _ = promise.then2(&reactions.answer, &reactions.failure);
        *self.reactions.borrow_mut() = Some(reactions);
        Ok(())
    }

    fn read(&self) {
        if let (Some(reader), Some(reactions)) = (&*self.reader.borrow(), &*self.reactions.borrow()) {
            let _ = reader.read().then2(&reactions.chunk, &reactions.failure);
        }
    }

    /// The next read is to be made when somebody says so.
    fn put_off(&self) {
        if self.released.get() {
            return self.settle();
        }
        self.put_off.set(true);
        (self.report)(Report::PutOff);
    }

    /// Puts the next read off, in a task of its own.
    fn after_report(&self) {
        if let Some(reactions) = &*self.reactions.borrow() {
            let _ = Promise::resolve(&JsValue::UNDEFINED).then(&reactions.reported);
        }
    }

    /// Makes the read that was put off.
    pub(crate) fn go_on(&self) {
        if self.put_off.replace(false) {
            self.read();
        }
    }

    /// No promise is pending any more.
    fn settle(&self) {
        self.reader.take();
        self.reactions.take();
    }

    /// However it ends: of an excerpt that is enough.
    fn end(&self, cause: Cause) {
        if self.excerpt.borrow().is_some() {
            self.finish_excerpt();
        } else if !self.released.get() {
            (self.report)(Report::Failed(cause));
        }
        self.settle();
    }

    fn finish_excerpt(&self) {
        let excerpt = self.excerpt.take();
        if let Some(excerpt) = excerpt {
            (self.report)(Report::Refused(excerpt.text()));
        }
    }
}
