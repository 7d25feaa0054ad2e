//! One client: the protocol of the library, which decides when to reconnect and where to resume, driven by tokio.

use std::future::{Future, pending};
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

use http_body_util::{BodyDataStream, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Request, Response};
use tokio::time::sleep;
use tokio_stream::StreamExt;
use typed_eventsource::protocol::connection::{AttemptId, Command, Config, Connection};
use typed_eventsource::protocol::instant::Instant;
use typed_eventsource::protocol::state::{Cause, ConnectionState, Response as Head};
use typed_eventsource::protocol::stream::{Event, EventStream};

use crate::Failure;
use crate::counters::Counters;
use crate::wire::Wire;

type Events = EventStream<BodyDataStream<Incoming>>;

/// What the request in use is at.
enum Phase {
    Asking(Pin<Box<dyn Future<Output = Result<Response<Incoming>, Failure>> + Send>>),
    Reading(Box<Events>),
}

enum Happened {
    Answered(Result<Response<Incoming>, Failure>),
    Read(Option<Result<Event, Cause>>),
    Due,
}

/// Follows the stream for ever.
pub(crate) async fn follow(wire: Arc<Wire>, counters: Arc<Counters>, number: usize) {
    let start = Moment::now();
    let now = || Instant::default() + start.elapsed();
    let mut config = Config::default();
    // There is no EventSource here.
    config.event_source = false;
    // Each has waits of its own.
    let mut connection = Connection::new(config, RandomState::new().hash_one(number));
    let mut current: Option<(AttemptId, Phase)> = None;
    let mut attempts = 0;
    connection.handle_start(now());
    loop {
        while let Some(command) = connection.poll() {
            match command {
                Command::Open { id, .. } => {
                    attempts += 1;
                    if attempts > 1 {
                        counters.reconnects();
                    }
                    let asking = ask(Arc::clone(&wire), connection.last_event_id().to_owned());
                    current = Some((id, Phase::Asking(Box::pin(asking))));
                }
                Command::Release(_) => current = None,
                Command::Notify(state) => {
                    if let ConnectionState::Closed { reason } = &*state {
                        // A client that gave up has not got the next event, which is told.
                        eprintln!("client {number} gave up: {reason:?}");
                        return;
                    }
                }
            }
        }
        let due = connection.poll_timeout();
        let happened = tokio::select! {
            happened = next(&mut current) => happened,
            () = until(due.map(|due| due.since(now()))) => Happened::Due,
        };
        let Some((id, phase)) = &mut current else {
            connection.handle_timeout(now());
            continue;
        };
        if let Phase::Reading(events) = phase {
            counters.client(number).begins_after(&events.last_event_id());
            connection.handle_last_event_id(*id, &events.last_event_id());
            if let Some(time) = events.reconnection_time() {
                connection.handle_reconnection_time(*id, time);
            }
        }
        let opens = matches!(&happened, Happened::Answered(Ok(_)));
        let goes_on = matches!(&happened, Happened::Read(Some(Ok(_))) | Happened::Due);
        if !goes_on {
            counters.client(number).open = opens.then(Moment::now);
        }
        match happened {
            Happened::Answered(Ok(response)) => match head(&response).check() {
                Ok(head) => {
                    let known = connection.last_event_id().to_owned();
                    let body = BodyDataStream::new(response.into_body());
                    *phase = Phase::Reading(Box::new(EventStream::with_last_event_id(body, known)));
                    connection.handle_open(*id, Some(head), now());
                }
                Err(cause) => {
                    counters.client(number).open = None;
                    connection.handle_failure(*id, cause, None, now());
                }
            },
            Happened::Answered(Err(error)) => {
                let cause = Cause::Network { message: error.to_string() };
                connection.handle_failure(*id, cause, None, now());
            }
            Happened::Read(Some(Ok(event))) => {
                connection.handle_received(*id, now());
                match &*event.event_type {
                    "gap" => counters.client(number).gap(),
                    _ => counters.got(number, &event.last_event_id, &event.data),
                }
            }
            Happened::Read(Some(Err(cause))) => connection.handle_failure(*id, cause, None, now()),
            Happened::Read(None) => connection.handle_failure(*id, Cause::EndOfStream, None, now()),
            Happened::Due => connection.handle_timeout(now()),
        }
    }
}

/// A server that stops says another reconnection time, which is to hold once.
async fn ask(wire: Arc<Wire>, last: String) -> Result<Response<Incoming>, Failure> {
    let mut request =
        Request::get(wire.url("/notifications?retryMs=1000")).header(ACCEPT, "text/event-stream");
    if !last.is_empty() {
        request = request.header("last-event-id", last);
    }
    wire.send(request.body(Full::default())?).await
}

/// What happens next to the request in use. Dropped, it goes on with the next call.
async fn next(current: &mut Option<(AttemptId, Phase)>) -> Happened {
    match current {
        Some((_, Phase::Asking(answer))) => Happened::Answered(answer.await),
        Some((_, Phase::Reading(events))) => {
            Happened::Read(events.next().await.map(|event| event.map_err(Cause::from)))
        }
        None => pending().await,
    }
}

async fn until(wait: Option<Duration>) {
    match wait {
        Some(wait) => sleep(wait).await,
        None => pending().await,
    }
}

fn head(response: &Response<Incoming>) -> Head {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    Head::new(response.status().as_u16(), header(CONTENT_TYPE).unwrap_or_default()).retry_after(retry_after)
}
