//! Follows an event stream: the library's protocol, driven by tokio instead of a browser.
//!
//! The protocol decides, and knows neither clock nor socket. An `Attempt` carries out one request. [`follow`] brings
//! both together.

mod attempt;
mod clock;

use std::future::pending;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::Arc;

use reqwest::{Client, Url};
use tokio::select;
use typed_eventsource::protocol::connection::{AttemptId, Command, Config, Connection};
use typed_eventsource::protocol::state::{CloseReason, ConnectionState};
use typed_eventsource::protocol::stream::Event;

use attempt::{Attempt, Report};
use clock::Clock;

/// What is told to whoever follows.
#[derive(Debug)]
pub enum Item {
    /// An event came.
    Event(Event),
    /// The state of the connection has changed.
    State(Arc<ConnectionState>),
}

enum Happened {
    Reported(AttemptId, Report),
    Due,
    Stopped,
}

/// Follows the stream at `url` until there is a reason to stop: the server has nothing more to say, another attempt
/// cannot help or must not be made, or `stopped` completes.
pub async fn follow(
    url: &Url,
    mut config: Config,
    stopped: impl Future<Output = ()>,
    mut tell: impl FnMut(Item),
) -> CloseReason {
    // There is no EventSource here. What the protocol calls fetch is a request whose status and headers are seen.
    config.event_source = false;
    let client = Client::new();
    let clock = Clock::start();
    let mut stopped = pin!(stopped);
    // The seed of the waits, which must not be the same everywhere.
    let mut connection = Connection::new(config, RandomState::new().hash_one(()));
    let mut current: Option<Attempt> = None;
    connection.handle_start(clock.now());
    loop {
        while let Some(command) = connection.poll() {
            match command {
                Command::Open { id, resume, .. } => {
                    let known = connection.last_event_id();
                    current = Some(Attempt::start(id, &client, url.clone(), &resume, known));
                }
                // Dropped, a request is aborted.
                Command::Release(_) => current = None,
                Command::Notify(state) => {
                    tell(Item::State(Arc::clone(&state)));
                    if let ConnectionState::Closed { reason } = &*state {
                        return reason.clone();
                    }
                }
            }
        }
        // Whatever is dropped here unfinished goes on in the next round.
        let happened = select! {
            reported = next(&mut current) => reported,
            () = clock.sleep_until(connection.poll_timeout()) => Happened::Due,
            () = &mut stopped => Happened::Stopped,
        };
        let now = clock.now();
        if let Some(attempt) = &current {
            // Before anything that may end the attempt: the next one resumes from there.
            attempt.note(&mut connection);
        }
        match happened {
            Happened::Reported(id, Report::Answered(head)) => connection.handle_open(id, Some(head), now),
            Happened::Reported(id, Report::Event(event)) => {
                connection.handle_received(id, now);
                tell(Item::Event(event));
            }
            Happened::Reported(id, Report::Failed(cause)) => connection.handle_failure(id, cause, None, now),
            Happened::Due => connection.handle_timeout(now),
            Happened::Stopped => connection.close(CloseReason::Closed),
        }
    }
}

/// What the attempt in use reports next; nothing, for ever, where there is none.
async fn next(current: &mut Option<Attempt>) -> Happened {
    match current {
        Some(attempt) => Happened::Reported(attempt.id, attempt.next().await),
        None => pending().await,
    }
}
