use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use http_body_util::BodyDataStream;
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Body, Client, Response, Url};
use typed_eventsource::protocol::connection::{AttemptId, Connection, Resume};
use typed_eventsource::protocol::state::{Cause, Response as Head};
use typed_eventsource::protocol::stream::{Event, EventStream};

/// What an attempt has to say.
pub(crate) enum Report {
    /// The answer came, and is an event stream.
    Answered(Head),
    /// An event came.
    Event(Event),
    /// It is over.
    Failed(Cause),
}

/// One request, and the events of its answer.
pub(crate) struct Attempt {
    pub(crate) id: AttemptId,
    last_event_id: String,
    phase: Phase,
}

enum Phase {
    Asking(Pin<Box<dyn Future<Output = reqwest::Result<Response>>>>),
    Reading(Box<EventStream<BodyDataStream<Body>>>),
}

impl Attempt {
    /// Asks the server to go on as `resume` says. The events go on with the last event ID that is `known`.
    pub(crate) fn start(id: AttemptId, client: &Client, mut url: Url, resume: &Resume, known: &str) -> Self {
        let mut header = None;
        match resume {
            Resume::FromStart => {}
            // It asks for nothing but GETs.
            Resume::Header(id) | Resume::Get(id) => header = HeaderValue::from_bytes(id.as_bytes()).ok(),
            Resume::Query(id) => _ = url.query_pairs_mut().append_pair("lastEventId", id),
        }
        let mut request =
            client.get(url).header(ACCEPT, "text/event-stream").header(CACHE_CONTROL, "no-store");
        if let Some(id) = header {
            request = request.header(HeaderName::from_static("last-event-id"), id);
        }
        Self { id, last_event_id: known.to_owned(), phase: Phase::Asking(Box::pin(request.send())) }
    }

    /// The next report. It may be dropped at any time: nothing is lost, the next call goes on.
    pub(crate) async fn next(&mut self) -> Report {
        match &mut self.phase {
            Phase::Asking(answer) => match answer.await {
                Ok(response) => match head(&response).check() {
                    Ok(head) => {
                        let body = BodyDataStream::new(response.into());
                        let id = std::mem::take(&mut self.last_event_id);
                        self.phase = Phase::Reading(Box::new(EventStream::with_last_event_id(body, id)));
                        Report::Answered(head)
                    }
                    Err(cause) => Report::Failed(cause),
                },
                Err(error) => Report::Failed(Cause::Network { message: innermost(&error) }),
            },
            Phase::Reading(events) => match events.next().await {
                Some(Ok(event)) => Report::Event(event),
                Some(Err(error)) => Report::Failed(error.into()),
                None => Report::Failed(Cause::EndOfStream),
            },
        }
    }

    /// Tells the connection what was read beside events.
    pub(crate) fn note(&self, connection: &mut Connection) {
        if let Phase::Reading(events) = &self.phase {
            connection.handle_last_event_id(self.id, &events.last_event_id());
            if let Some(time) = events.reconnection_time() {
                connection.handle_reconnection_time(self.id, time);
            }
        }
    }
}

fn head(response: &Response) -> Head {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    // A date would need a calendar. Without one the wait is the connection's own.
    let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    Head::new(response.status().as_u16(), header(CONTENT_TYPE).unwrap_or_default()).retry_after(retry_after)
}

/// What is at the bottom of an error: "error sending request" tells nobody anything.
fn innermost(mut error: &dyn std::error::Error) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
