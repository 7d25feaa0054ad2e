//! The answer to a request: its head, and its body chunk by chunk.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::excerpt::Excerpt;
use super::head;
use crate::js::{Counted, foreign};
use crate::protocol::state::Cause;
use crate::transport::report::Report;

#[wasm_bindgen]
extern "C" {
    /// As `ReadableStreamDefaultReader`, but its methods may be the application's.
    #[derive(Clone)]
    type Reader;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    /// The body that is read.
    type ReadResult;

    #[wasm_bindgen(method, catch, getter)]
    fn done(this: &ReadResult) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, getter)]
    fn value(this: &ReadResult) -> Result<JsValue, JsValue>;
}

/// The response of an attempt.
pub(crate) struct Reading {
    controller: AbortController,
    reader: RefCell<Option<Reader>>,
    report: Box<dyn Fn(Report)>,
    released: Cell<bool>,
    /// Whether the response comes from the application, whose streams need not know of the abort.
    foreign: bool,
    /// Whether to ask before each read.
    paced: bool,
    /// Whether the next read waits for the word to go on.
    put_off: Cell<bool>,
    /// The headers that tell of a gap.
    gap_headers: Rc<[String]>,
    /// Of a response that is no event stream.
    excerpt: RefCell<Option<Excerpt>>,
    /// The reactions to the promise that is pending. A promise cannot be told to forget them, and would
    /// call them after they are gone: they go when it has settled, which an abort makes happen soon.
    reactions: RefCell<Option<Rc<Reactions>>>,
}

type Reaction = Closure<dyn Fn(JsValue)>;

struct Reactions {
    answer: Reaction,
    chunk: Reaction,
    failure: Reaction,
    /// To a chunk that was reported.
    reported: Closure<dyn FnMut(JsValue)>,
}

impl Reading {
    pub(super) fn new(
        foreign: bool,
        paced: bool,
        gap_headers: Rc<[String]>,
        report: impl Fn(Report) + 'static,
    ) -> Result<Rc<Self>, JsValue> {
        Ok(Rc::new(Self {
            controller: AbortController::new()?,
            reader: RefCell::new(None),
            report: Box::new(report),
            released: Cell::new(false),
            foreign,
            paced,
            put_off: Cell::new(false),
            gap_headers,
            excerpt: RefCell::new(None),
            reactions: RefCell::new(None),
        }))
    }

    pub(super) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    pub(super) fn is_released(&self) -> bool {
        self.released.get()
    }

    pub(super) fn is_paced(&self) -> bool {
        self.paced
    }

    pub(super) fn is_put_off(&self) -> bool {
        self.put_off.get()
    }

    /// Waits for the answer to a request that was sent.
    pub(super) fn begin(self: &Rc<Self>, answer: &JsValue) -> Result<(), JsValue> {
        let reactions = Rc::new(reactions(self));
        self.reactions.replace(Some(Rc::clone(&reactions)));
        foreign::settle(answer, &reactions.answer, &reactions.failure).inspect_err(|_| self.settle())
    }

    /// The response is no event stream: the beginning of its body comes in a last report.
    pub(crate) fn excerpt(self: &Rc<Self>) {
        let reading = Rc::downgrade(self);
        let excerpt = Excerpt::new(move || {
            if let Some(reading) = reading.upgrade() {
                reading.finish_excerpt();
            }
        });
        self.excerpt.replace(Some(excerpt));
    }

    /// Makes the read that was put off.
    pub(crate) fn go_on(&self) {
        if self.put_off.replace(false) {
            self.read();
        }
    }

    /// However it ends: of an excerpt that is enough.
    pub(super) fn end(&self, cause: Cause) {
        if self.excerpt.borrow().is_some() {
            self.finish_excerpt();
        } else if !self.released.get() {
            (self.report)(Report::Failed(cause));
        }
        self.settle();
    }

    /// It ends, and another attempt must not be made.
    pub(super) fn end_for_good(&self, cause: Cause) {
        if !self.released.get() {
            (self.report)(Report::Fatal(cause));
        }
        self.settle();
    }

    /// The application was asked for the URL.
    pub(super) fn aimed(&self, url: &str, by_header: bool) {
        if !self.released.get() {
            (self.report)(Report::Aimed { url: url.to_owned(), by_header });
        }
    }

    /// Nothing is reported any more, and nothing read.
    pub(super) fn release(&self) {
        self.released.set(true);
        self.excerpt.take();
        self.controller.abort();
        // Cloned, since the application's code runs then.
        let reader = self.reader.borrow().clone().filter(|_| self.foreign);
        if let Some(reader) = reader {
            foreign::forget(foreign::call(&reader, "cancel", &[]));
        }
        if self.put_off.get() {
            self.settle();
        }
    }

    fn fail(&self, message: &str) {
        self.end(Cause::Network { message: message.into() });
    }

    fn read(&self) {
        // Cloned, since the application's code may run then.
        let (reader, reactions) = (self.reader.borrow().clone(), self.reactions.borrow().clone());
        if let (Some(reader), Some(reactions)) = (reader, reactions) {
            let read =
                reader.read().and_then(|chunk| foreign::settle(&chunk, &reactions.chunk, &reactions.failure));
            if let Err(thrown) = read {
                // Not at once: the chunk before it is still to be reported.
                let rejected = Promise::reject(&thrown);
                let _ = foreign::settle(&rejected, &reactions.chunk, &reactions.failure);
            }
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
        let reactions = self.reactions.borrow().clone();
        if let Some(reactions) = reactions {
            let _ = Promise::resolve(&JsValue::UNDEFINED).then(&reactions.reported);
        }
    }

    /// No promise is pending any more.
    fn settle(&self) {
        self.reader.take();
        self.reactions.take();
    }

    fn finish_excerpt(&self) {
        let excerpt = self.excerpt.take();
        if let Some(excerpt) = excerpt {
            (self.report)(Report::Refused(excerpt.text()));
        }
    }
}

fn reactions(reading: &Rc<Reading>) -> Reactions {
    // The reactions hold the reading, which holds them: the circle is cut when the last promise settles.
    let reaction = |react: fn(&Rc<Reading>, &JsValue)| {
        let reading = Rc::clone(reading);
        let counted = Counted::new();
        move |value: JsValue| {
            let _ = &counted;
            react(&reading, &value);
        }
    };
    Reactions {
        answer: Closure::new(reaction(answer)),
        chunk: Closure::new(reaction(chunk)),
        failure: Closure::new(reaction(|reading, thrown| reading.fail(&foreign::message(thrown)))),
        reported: Closure::new(reaction(|reading, _| reading.put_off())),
    }
}

fn answer(reading: &Rc<Reading>, response: &JsValue) {
    let head = head::read(response, &reading.gap_headers);
    let body = foreign::read(response, "body");
    let let_go = || {
        if let Ok(body) = &body {
            foreign::forget(foreign::call(body, "cancel", &[]));
        }
    };
    if reading.released.get() {
        // It came all the same, from a `fetch` that does not know of the abort.
        let_go();
        return reading.settle();
    }
    match head {
        Ok(head) => (reading.report)(Report::Answered(head)),
        Err(message) => {
            let_go();
            return reading.fail(&message);
        }
    }
    if reading.released.get() {
        if reading.foreign {
            let_go();
        }
        return reading.settle();
    }
    match body.and_then(|body| reader(&body)) {
        Ok(Body::Reader(reader)) => {
            reading.reader.replace(Some(reader));
            if reading.released.get() {
                // The application has closed the source in there.
                reading.release();
                reading.settle();
            } else if reading.paced && reading.excerpt.borrow().is_none() {
                reading.put_off();
            } else {
                reading.read();
            }
        }
        Ok(Body::None) => reading.end(Cause::EndOfStream),
        Ok(Body::Wrong(message)) => reading.fail(message),
        Err(thrown) => reading.fail(&foreign::message(&thrown)),
    }
}

enum Body {
    Reader(Reader),
    /// As a response has none that the status allows none.
    None,
    Wrong(&'static str),
}

fn reader(body: &JsValue) -> Result<Body, JsValue> {
    if body.is_null() {
        return Ok(Body::None);
    }
    if !body.is_object() || !foreign::read(body, "getReader")?.is_function() {
        return Ok(Body::Wrong(
            "the response's body is no ReadableStream: give `fetch` one whose responses have web streams",
        ));
    }
    if foreign::read(body, "locked")?.is_truthy() {
        return Ok(Body::Wrong("the response's body has a reader already"));
    }
    let reader = foreign::call(body, "getReader", &[])?;
    Ok(if reader.is_object() {
        Body::Reader(reader.unchecked_into())
    } else {
        Body::Wrong("the response's body gave no reader")
    })
}

const NO_BYTES: &str = "the response's body has something else than bytes";

fn chunk(reading: &Rc<Reading>, result: &JsValue) {
    let read = if result.is_object() {
        let result = result.unchecked_ref::<ReadResult>();
        result.done().and_then(|done| Ok((done.is_truthy(), result.value()?)))
    } else {
        Err(JsValue::from_str("the reader of the response's body gave no chunk"))
    };
    // After the getters, which may have been the end.
    if reading.released.get() {
        return reading.settle();
    }
    let value = match read {
        Ok((true, _)) => return reading.end(Cause::EndOfStream),
        Ok((false, value)) => value,
        Err(thrown) => return reading.fail(&foreign::message(&thrown)),
    };
    let Some(bytes) = foreign::bytes(&value) else {
        return reading.fail(NO_BYTES);
    };
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
                let length = bytes.length();
                reading.read();
                if bytes.length() != length {
                    // The application has taken the buffer back. The read is still pending.
                    return (reading.report)(Report::Failed(Cause::Network { message: NO_BYTES.into() }));
                }
            }
            (reading.report)(Report::Chunk(bytes));
        }
    }
}
