//! The state machine keeps its rules, whatever happens in whatever order.

use std::time::Duration;

use typed_eventsource::protocol::connection::{Config, LONGEST_SENT_ID, Request};
use typed_eventsource::protocol::retry::Retry;
use typed_eventsource::protocol::state::{Cause, Response, Transport};

use super::bytes::Bytes;
use super::observer::{Input, Observer};

/// After so many steps nothing new happens, and each takes longer than the one before.
const MOST_INPUTS: usize = 256;

/// What an input stands for.
#[derive(Debug)]
struct Case {
    config: Config,
    seed: u64,
    inputs: Vec<Input>,
}

impl Case {
    fn read(bytes: &[u8]) -> Self {
        let bytes = &mut Bytes::new(bytes);
        Self {
            config: config(bytes),
            seed: bytes.number(),
            inputs: std::iter::from_fn(|| (!bytes.is_empty()).then(|| input(bytes)))
                .take(MOST_INPUTS)
                .collect(),
        }
    }
}

/// Panics where the state machine does, and where it breaks a rule.
pub fn check(bytes: &[u8]) {
    let case = Case::read(bytes);
    // Shown with the output of a test that fails.
    #[cfg(test)]
    println!("{case:#?}");
    let mut observer = Observer::new(case.config, case.seed);
    for input in &case.inputs {
        observer.happen(input);
    }
    observer.leave_alone();
    observer.happen(&Input::Close);
    assert_eq!(observer.state().status(), "closed");
    // In particular none that comes too late.
    for input in &case.inputs {
        observer.happen(input);
    }
}

fn input(bytes: &mut Bytes<'_>) -> Input {
    let byte = bytes.byte();
    // Mostly the newest one.
    let attempt = usize::from(byte >> 5).saturating_sub(4);
    match byte % 32 {
        0..3 => Input::Due,
        3..5 => Input::Open { attempt },
        5..8 => Input::Failure { attempt, cause: cause(bytes), verdict: bytes.option(Bytes::flag) },
        8..10 => Input::Interruption { attempt },
        10..12 => Input::LastEventId { attempt, id: id(bytes) },
        12..14 => Input::Sleep { ms: bytes.number() },
        14 => Input::Received { attempt },
        15 => Input::ReconnectionTime { attempt, ms: bytes.number() },
        16..18 => Input::Start,
        18..20 => Input::Timeout,
        20 => Input::Overdue { verdict: bytes.option(Bytes::flag) },
        21 => Input::Offline,
        22..24 => Input::Online,
        24 => Input::Hidden,
        25..27 => Input::Visible,
        27..29 => Input::Wake,
        29..31 => Input::Reconnect,
        _ => Input::Close,
    }
}

fn id(bytes: &mut Bytes<'_>) -> String {
    match bytes.byte() {
        0 => "x".repeat(LONGEST_SENT_ID),
        1 => "é".repeat(LONGEST_SENT_ID / 2 + 1),
        length => String::from_utf8_lossy(bytes.take(usize::from(length % 8))).into_owned(),
    }
}

fn cause(bytes: &mut Bytes<'_>) -> Cause {
    match bytes.byte() % 8 {
        0 => Cause::Network { message: String::new() },
        1 => Cause::EndOfStream,
        2 => Cause::Refused,
        3 => Cause::ContentType { response: response(bytes) },
        4 => Cause::EventTooLarge { limit: 1 },
        _ => Cause::Status { response: response(bytes) },
    }
}

fn response(bytes: &mut Bytes<'_>) -> Response {
    let status =
        bytes.pick(&[503, 500, 429, 408, 425, 204, 400, 401, 404, 431, 301, 0, 100, 200, 599, 600, u16::MAX]);
    Response::new(status, "").retry_after(bytes.option(duration))
}

fn duration(bytes: &mut Bytes<'_>) -> Duration {
    Duration::from_millis(bytes.number())
}

fn timeout(bytes: &mut Bytes<'_>) -> Duration {
    duration(bytes).max(Duration::from_millis(1))
}

fn retry(bytes: &mut Bytes<'_>) -> Retry {
    let retry = Retry::default()
        .initial(duration(bytes))
        .max(duration(bytes))
        .factor(bytes.pick(&[2.0, 1.0, 0.0, 0.5, 10.0, -1.0, f64::MAX, f64::INFINITY, f64::NAN]))
        .stable(duration(bytes));
    match bytes.byte() {
        0 => retry,
        attempts => retry.max_attempts(attempts.into()),
    }
}

fn config(bytes: &mut Bytes<'_>) -> Config {
    let mut config = Config::default();
    config.transport = bytes.pick(&[None, Some(Transport::EventSource), Some(Transport::Fetch)]);
    (config.event_source, config.fetch) = bytes.pick(&[(true, true), (true, false), (false, true)]);
    config.cross_origin = bytes.flag();
    config.last_event_id_param = !bytes.flag();
    config.retry = bytes.option(retry);
    config.connect_timeout = bytes.option(timeout);
    config.idle = bytes.option(timeout);
    config.last_event_id = bytes.option(id).unwrap_or_default();
    (config.request, config.resume_by_get, config.until) = bytes.pick(&[
        (Request::Get, false, false),
        (Request::Idempotent, false, false),
        (Request::Once, false, true),
        (Request::Get, false, true),
        (Request::Idempotent, true, true),
        (Request::Once, true, false),
    ]);
    if config.request != Request::Get {
        // The browser's EventSource cannot express it.
        config.transport = Some(Transport::Fetch);
    }
    config
}
