//! A stream is followed through whatever befalls it.

mod server;

use std::future::pending;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use typed_eventsource::protocol::connection::Config;
use typed_eventsource::protocol::retry::Retry;
use typed_eventsource::protocol::state::{Cause, CloseReason, ConnectionState};
use typed_eventsource_native::{Item, follow};

use server::{Answer, End, serve};

/// Longer than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Without random waits.
fn config(max_attempts: u32) -> Config {
    let mut config = Config::default();
    let retry = Retry::default().initial(Duration::ZERO).max(Duration::ZERO);
    config.retry = Some(retry.max_attempts(max_attempts));
    config
}

/// What was told until the end, and what the server was asked.
struct Followed {
    /// Data and last event ID of each event.
    events: Vec<(String, String)>,
    states: Vec<ConnectionState>,
    reason: CloseReason,
    asked: Vec<String>,
}

async fn followed(answers: impl IntoIterator<Item = Answer>, config: Config) -> Followed {
    let (url, asked) = serve(answers).await;
    let (mut events, mut states) = (Vec::new(), Vec::new());
    let tell = |item| match item {
        Item::Event(event) => events.push((event.data, event.last_event_id.to_string())),
        Item::State(state) => states.push((*state).clone()),
    };
    let reason = timeout(PATIENCE, follow(&url, config, pending(), tell)).await.expect("an end");
    assert_eq!(states.last(), Some(&ConnectionState::Closed { reason: reason.clone() }));
    let asked = asked.lock().expect("no panic").clone();
    Followed { events, states, reason, asked }
}

#[tokio::test]
async fn a_stream_is_resumed_until_the_server_has_nothing_more_to_say() {
    let answers = [
        Answer::refusal("503 Service Unavailable\r\nretry-after: 0"),
        // The second event breaks off in its middle, and has to come again.
        Answer::stream("id: 1\ndata: a\n\nid: 2\ndata: b", End::Abort),
        // A block without data counts too.
        Answer::stream("id: 2\ndata: b\n\nid: 3\n\n", End::Close),
        Answer::stream("data: c\n\n", End::Close),
    ];
    let followed = followed(answers, config(9)).await;
    let events: Vec<_> = followed.events.iter().map(|(data, id)| (&data[..], &id[..])).collect();
    assert_eq!(events, [("a", "1"), ("b", "2"), ("c", "3")]);
    assert_eq!(followed.asked, ["", "", "1", "3", "3"]);
    assert_eq!(followed.reason, CloseReason::NoContent);
    let names: Vec<_> = followed.states.iter().map(ConnectionState::status).collect();
    let once = ["connecting", "open", "reconnecting"];
    assert_eq!(names, [&["reconnecting"], &once[..], &once, &once, &["connecting", "closed"]].concat());
}

#[tokio::test]
async fn it_gives_up_where_another_attempt_cannot_help() {
    let followed = followed([Answer::refusal("404 Not Found")], config(9)).await;
    assert!(
        matches!(&followed.reason, CloseReason::Fatal(Cause::Status { response }) if response.status == 404),
        "{:?}",
        followed.reason
    );
    assert_eq!(followed.asked, [""]);
}

#[tokio::test]
async fn it_gives_up_when_no_attempt_is_left() {
    let answers = [Answer::refusal("503 Service Unavailable"), Answer::stream("data: a\n\n", End::Abort)];
    let followed = followed(answers, config(2)).await;
    assert!(
        matches!(&followed.reason, CloseReason::AttemptsExhausted(Cause::Network { .. })),
        "{:?}",
        followed.reason
    );
    assert_eq!(followed.asked, ["", ""]);
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    let answers = [
        Answer::stream("retry: 150\n\n", End::Close),
        Answer::refusal("503 Service Unavailable\r\nretry-after: 1"),
    ];
    let followed = followed(answers, config(9)).await;
    let waits = followed.states.iter().filter_map(|state| match state {
        ConnectionState::Reconnecting { wait, .. } => *wait,
        _ => None,
    });
    let waits: Vec<_> = waits.map(|wait| wait.as_millis()).collect();
    assert!(matches!(waits[..], [150, 1000..=2000]), "{waits:?}");
}

#[tokio::test]
async fn silence_and_a_stop_are_noticed() {
    let answers = [Answer::stream("", End::Hold), Answer::stream("data: a\n\n", End::Hold)];
    let (url, _) = serve(answers).await;
    let mut config = config(9);
    config.idle = Some(Duration::from_millis(200));
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let mut causes = Vec::new();
    let tell = |item| match item {
        Item::Event(_) => _ = stop.take().map(|stop| stop.send(())),
        Item::State(state) => {
            if let ConnectionState::Reconnecting { cause, .. } = &*state {
                causes.push(cause.clone());
            }
        }
    };
    let stopped = async { _ = stopped.await };
    let reason = timeout(PATIENCE, follow(&url, config, stopped, tell)).await.expect("an end");
    assert_eq!(reason, CloseReason::Closed);
    assert_eq!(causes, [Cause::Idle { after: Duration::from_millis(200) }]);
}
