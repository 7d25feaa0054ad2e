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
use self::outgoing::Target;
pub(crate) use self::reading::Reading;
use self::task::Task;
use super::report::Report;
use super::url;
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
            Some(headers) => {
                send(&transport.reading, &transport.outgoing, &transport.outgoing.target(), headers)?;
            }
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

    /// Those that need not be asked for, if nothing else has to be.
    fn known_headers(&self) -> Option<&[(String, String)]> {
        if self.outgoing.is_asked() {
            return None;
        }
        match &self.outgoing.request.headers {
            Some(headers) => headers.fixed().map(Vec::as_slice),
            None => Some(&[]),
        }
    }

    /// Takes the steps before the request is sent.
    fn begin(&mut self, task: impl Future<Output = ()> + 'static) {
        let reading = Rc::clone(&self.reading);
        self.task = Some(Task::spawn(task, move || {
            let message = "the function that gives the URL, the headers or the body has trapped".into();
            reading.end(Cause::Network { message });
        }));
    }

    /// Asks for the URL, the headers and the body, and sends the request with them.
    fn ask(&self) -> impl Future<Output = ()> + 'static {
        let (reading, outgoing) = (Rc::clone(&self.reading), Rc::clone(&self.outgoing));
        let attempt = self.attempt.clone();
        async move {
            let asked = asked(&reading, &outgoing, attempt).await;
            // Asking for them may have been the end of the attempt.
            if reading.is_released() {
                return;
            }
            let sent = asked.and_then(|(target, headers)| {
                send(&reading, &outgoing, &target, &headers).map_err(|error| global::message(&error).into())
            });
            match sent {
                Ok(()) => {}
                Err(Wrong::Answer(message)) => reading.end(Cause::Network { message }),
                Err(Wrong::Url(message)) => reading.end_for_good(Cause::Network { message }),
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

/// Why a request cannot be made with what was asked for.
enum Wrong {
    /// Another attempt may get another answer.
    Answer(String),
    /// It would hardly get another URL.
    Url(String),
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self::Answer(message)
    }
}

/// Asks for what the application gives for each attempt, one after the other.
async fn asked(
    reading: &Rc<Reading>,
    outgoing: &Outgoing,
    attempt: Attempt,
) -> Result<(Target, Fields), Wrong> {
    let request = &outgoing.request;
    let mut target = outgoing.target();
    if let Some(url) = &request.url {
        let answer = url.ask(attempt.clone()).await?;
        let wrong = |why| ["the URL that the function gave ", why].concat();
        target = outgoing.aim(url::allowed(&answer).map_err(|why| Wrong::Url(wrong(why)))?);
        reading.aimed(&target.url, target.is_by_header());
    }
    let headers = match &request.headers {
        Some(headers) => headers.ask(attempt.clone()).await?,
        None => Fields::new(),
    };
    if let Some(body) = request.body.as_ref().filter(|_| !outgoing.by_get) {
        target.body = Some(body.ask(attempt).await?);
    }
    Ok((target, headers))
}

fn send(
    reading: &Rc<Reading>,
    outgoing: &Outgoing,
    target: &Target,
    headers: &[(String, String)],
) -> Result<(), JsValue> {
    let answer = outgoing.send(target, headers, &reading.signal())?;
    reading.begin(&answer)
}
