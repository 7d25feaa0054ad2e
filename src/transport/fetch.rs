//! `fetch` and a stream of bytes: the request of one attempt, and what has to be known before it is sent.
//!
//! Imports go one way: `excerpt`, `head` ← `reading` ← this module → `outgoing`, `task`.

mod excerpt;
mod head;
mod outgoing;
mod reading;
mod task;

use std::rc::Rc;

use wasm_bindgen::prelude::*;

pub(crate) use self::outgoing::Outgoing;
pub(crate) use self::reading::Reading;
use self::task::Task;
use super::report::Report;
use crate::js::global;
use crate::protocol::state::Cause;
use crate::request::{Attempt, Fields, Refresh, Refreshed};

/// One attempt: its request, and the body of the response.
pub(crate) struct FetchTransport {
    reading: Rc<Reading>,
    /// The steps before the request is sent.
    task: Option<Task>,
    outgoing: Rc<Outgoing>,
    attempt: Attempt,
    /// How often credentials had been refreshed when the headers were asked for.
    refreshes: u64,
    repeated: bool,
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
            Some(headers) => send(&transport.reading, &transport.outgoing, headers)?,
            None => {
                let ask = transport.ask();
                transport.begin(ask);
            }
        }
        Ok(transport)
    }

    /// What it takes to make the same attempt once more, when the application has got new credentials; `None` if it
    /// cannot, or has already.
    pub(crate) fn again(&self) -> Option<Again> {
        let refresh = self.outgoing.request.refresh.clone().filter(|_| !self.repeated)?;
        Some(Again {
            refresh,
            before: self.refreshes,
            outgoing: Rc::clone(&self.outgoing),
            attempt: self.attempt.clone(),
            paced: self.reading.is_paced(),
        })
    }

    fn new(
        outgoing: Rc<Outgoing>,
        attempt: Attempt,
        paced: bool,
        report: impl Fn(Report) + 'static,
    ) -> Result<Self, JsValue> {
        let foreign = outgoing.request.fetch.is_some();
        let reading = Reading::new(foreign, paced, Rc::clone(&outgoing.gap_headers), report)?;
        let refreshes = outgoing.request.refresh.as_ref().map_or(0, Refresh::successes);
        Ok(Self { reading, task: None, outgoing, attempt, refreshes, repeated: false })
    }

    fn known_headers(&self) -> Option<&[(String, String)]> {
        match &self.outgoing.request.headers {
            Some(headers) => headers.fixed().map(Vec::as_slice),
            None => Some(&[]),
        }
    }

    /// Takes the steps before the request is sent.
    fn begin(&mut self, task: impl Future<Output = ()> + 'static) {
        let reading = Rc::clone(&self.reading);
        self.task = Some(Task::spawn(task, move || {
            reading.end(Cause::Network { message: "the function that gives the headers has trapped".into() });
        }));
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
            if reading.is_released() {
                return;
            }
            let sent = headers.and_then(|headers| {
                send(&reading, &outgoing, &headers).map_err(|error| global::message(&error))
            });
            if let Err(message) = sent {
                reading.end(Cause::Network { message });
            }
        }
    }

    /// Whether the next read waits for [`Reading::go_on`].
    pub(crate) fn is_put_off(&self) -> bool {
        self.reading.is_put_off()
    }

    pub(crate) fn reading(&self) -> Rc<Reading> {
        Rc::clone(&self.reading)
    }
}

impl Drop for FetchTransport {
    fn drop(&mut self) {
        self.reading.release();
        self.task.take();
    }
}

/// An attempt that is to be made once more.
pub(crate) struct Again {
    refresh: Refresh,
    before: u64,
    outgoing: Rc<Outgoing>,
    attempt: Attempt,
    paced: bool,
}

impl Again {
    /// Waits for new credentials, and makes it; without them it ends for the cause that it had.
    pub(crate) fn open(self, cause: Cause, report: impl Fn(Report) + 'static) -> Option<FetchTransport> {
        let Self { refresh, before, outgoing, attempt, paced } = self;
        let attempt = Attempt { cause: Some(cause.clone()), ..attempt };
        let mut again = FetchTransport::new(outgoing, attempt, paced, report).ok()?;
        again.repeated = true;
        let (reading, ask) = (Rc::clone(&again.reading), again.ask());
        again.begin(async move {
            match refresh.since(before).await {
                Refreshed::Well => ask.await,
                Refreshed::Failed => reading.end(cause),
                Refreshed::Trapped => {
                    reading.end(Cause::Network { message: "the refresh after a 401 has trapped".into() });
                }
            }
        });
        Some(again)
    }
}

fn send(reading: &Rc<Reading>, outgoing: &Outgoing, headers: &[(String, String)]) -> Result<(), JsValue> {
    let answer = outgoing.send(headers, &reading.signal())?;
    reading.begin(&answer)
}
