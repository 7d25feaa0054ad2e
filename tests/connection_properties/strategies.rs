//! What happens to connections, and with which options.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use typed_eventsource::protocol::connection::{Config, LONGEST_SENT_ID, Request};
use typed_eventsource::protocol::retry::Retry;
use typed_eventsource::protocol::state::{Cause, Response, Transport};

use crate::observer::Input;

fn millis() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 1..200u64, 200..10_000u64, 10_000..200_000u64]
}

fn an_id() -> impl Strategy<Value = String> {
    (0..12u32).prop_map(|kind| match kind {
        0..3 => String::new(),
        3 => "x".repeat(LONGEST_SENT_ID),
        4 => "é".repeat(LONGEST_SENT_ID / 2 + 1),
        number => number.to_string(),
    })
}

fn a_cause() -> impl Strategy<Value = Cause> {
    let status = (select(vec![204u16, 301, 400, 401, 404, 408, 425, 429, 431, 500, 503]), option(millis()))
        .prop_map(|(status, after)| Cause::Status {
            response: Response::new(status, "").retry_after(after.map(Duration::from_millis)),
        });
    let response = Response::new(200, "text/html");
    prop_oneof![
        3 => status,
        6 => Just(Cause::Network { message: String::new() }),
        3 => Just(Cause::EndOfStream),
        2 => Just(Cause::Refused),
        1 => Just(Cause::ContentType { response }),
        1 => Just(Cause::EventTooLarge { limit: 1 }),
    ]
}

fn option<S: Strategy>(some: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone,
{
    proptest::option::of(some)
}

pub(crate) fn an_input() -> impl Strategy<Value = Input> {
    let attempt = || prop_oneof![5 => Just(0usize), 1 => 1..4usize];
    prop_oneof![
        1 => Just(Input::Start),
        8 => attempt().prop_map(|attempt| Input::Open { attempt }),
        2 => attempt().prop_map(|attempt| Input::Received { attempt }),
        4 => (attempt(), an_id()).prop_map(|(attempt, id)| Input::LastEventId { attempt, id }),
        1 => (attempt(), millis()).prop_map(|(attempt, ms)| Input::ReconnectionTime { attempt, ms }),
        5 => attempt().prop_map(|attempt| Input::Interruption { attempt }),
        8 => (attempt(), a_cause(), option(any::<bool>()))
            .prop_map(|(attempt, cause, verdict)| Input::Failure { attempt, cause, verdict }),
        1 => Just(Input::Offline),
        2 => Just(Input::Online),
        1 => Just(Input::Hidden),
        2 => Just(Input::Visible),
        2 => Just(Input::Wake),
        1 => Just(Input::Reconnect),
        5 => millis().prop_map(|ms| Input::Sleep { ms }),
        3 => Just(Input::Timeout),
        12 => Just(Input::Due),
        2 => option(any::<bool>()).prop_map(|verdict| Input::Overdue { verdict }),
    ]
}

fn a_retry() -> impl Strategy<Value = Retry> {
    (millis(), millis(), select(vec![0.0, 0.5, 1.0, 2.0, 10.0, f64::INFINITY]), option(1..6u32), millis())
        .prop_map(|(initial, max, factor, attempts, stable)| {
            let retry = Retry::default()
                .initial(Duration::from_millis(initial))
                .max(Duration::from_millis(max))
                .factor(factor)
                .stable(Duration::from_millis(stable));
            attempts.into_iter().fold(retry, Retry::max_attempts)
        })
}

prop_compose! {
    pub(crate) fn a_config()(
        transport in select(vec![None, None, Some(Transport::EventSource), Some(Transport::Fetch)]),
        (event_source, fetch) in select(vec![(true, true), (true, true), (true, false), (false, true)]),
        (cross_origin, last_event_id_param) in any::<(bool, bool)>(),
        retry in option(a_retry()),
        connect_timeout in option(1..60_000u64),
        idle in option(1..60_000u64),
        last_event_id in an_id(),
        request in select(vec![Request::Get, Request::Get, Request::Idempotent, Request::Once]),
        (resume_by_get, until) in any::<(bool, bool)>(),
    ) -> Config {
        let mut config = Config::default();
        config.transport = transport;
        config.event_source = event_source;
        config.fetch = fetch;
        config.cross_origin = cross_origin;
        config.last_event_id_param = last_event_id_param;
        config.retry = retry;
        config.connect_timeout = connect_timeout.map(Duration::from_millis);
        config.idle = idle.map(Duration::from_millis);
        config.last_event_id = last_event_id;
        config.until = until;
        // Of a GET it is the other way to resume.
        config.resume_by_get = resume_by_get && request != Request::Get;
        if request != Request::Get {
            // The browser's EventSource cannot express it.
            config.transport = Some(Transport::Fetch);
        }
        config.request = request;
        config
    }
}
