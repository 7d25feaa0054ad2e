//! What an old connection still reports is not heard, and after the end nothing is.

use super::*;

type Story = fn(&mut Page);
type Report = fn(&mut Connection, AttemptId, Instant);

/// Stories that leave at least one old attempt behind, one for each state they end in.
const STORIES: [(&str, Story); 8] = [
    ("connecting", |page| {
        page.fail_and_retry(network());
    }),
    ("open", |page| {
        page.fail_and_retry(network());
        page.answer();
    }),
    ("reconnecting", |page| {
        page.answer();
        page.fail(network());
    }),
    ("the browser reconnecting", |page| {
        page.fail_and_retry(network());
        page.answer();
        page.interrupt();
    }),
    ("offline", |page| {
        page.offline();
        page.fail(network());
    }),
    ("hidden", |page| {
        page.answer();
        page.hide();
    }),
    ("waking", |page| {
        page.answer();
        page.wake_to_silence();
    }),
    ("closed", |page| page.close(CloseReason::Closed)),
];

const REPORTS: [(&str, Report); 10] = [
    ("open", |connection, id, now| connection.handle_open(id, None, now)),
    ("received", Connection::handle_received),
    ("id", |connection, id, _| connection.handle_last_event_id(id, "stale")),
    ("retry", |connection, id, _| connection.handle_reconnection_time(id, secs(77))),
    ("interruption", Connection::handle_interruption),
    ("network", |connection, id, now| connection.handle_failure(id, network(), None, now)),
    ("fatal", |connection, id, now| connection.handle_failure(id, status(404), None, now)),
    ("204", |connection, id, now| connection.handle_failure(id, status(204), None, now)),
    ("refused", |connection, id, now| connection.handle_failure(id, Cause::Refused, Some(false), now)),
    ("end", |connection, id, now| connection.handle_failure(id, Cause::EndOfStream, Some(true), now)),
];

#[test]
fn an_old_connection_has_no_say_in_any_state() {
    for (state, story) in STORIES {
        for (report, input) in REPORTS {
            let mut page = Page::started(Config { idle: Some(secs(20)), ..event_source() });
            story(&mut page);
            page.now += ms(10);
            let (states, before) = (page.states.len(), format!("{:?}", page.connection));
            let old: Vec<_> =
                page.opened.iter().map(|(id, ..)| *id).filter(|id| page.live != Some(*id)).collect();
            assert!(!old.is_empty(), "{state}");
            for id in old {
                page.step(|connection, now| input(connection, id, now));
            }
            assert_eq!(page.states.len(), states, "{report} while {state}");
            assert_eq!(format!("{:?}", page.connection), before, "{report} while {state}");
        }
    }
}

#[test]
fn one_that_fails_twice_fails_once() {
    let mut page = Page::started(fetch());
    let id = page.id();
    page.fail(network());
    let (wait, states) = (page.wait(), page.states.len());
    page.step(|connection, now| connection.handle_failure(id, network(), None, now));
    assert_eq!((page.wait(), page.states.len()), (wait, states));
}

#[test]
fn nothing_comes_after_the_end() {
    let ends: [(&str, Config, Story); 7] = [
        ("closed", fetch(), |page| page.close(CloseReason::Closed)),
        ("no content", fetch(), |page| page.fail(status(204))),
        ("fatal", fetch(), |page| page.fail(status(404))),
        ("ended", request(Request::Once), |page| page.fail(Cause::EndOfStream)),
        ("refused", event_source(), |page| {
            (0..5).for_each(|_| _ = page.fail_and_retry(Cause::Refused));
            page.fail(Cause::Refused);
        }),
        ("exhausted", Config { retry: Some(Retry::default().max_attempts(1)), ..fetch() }, |page| {
            page.fail(network());
        }),
        ("closed while paused", fetch(), |page| {
            page.hide();
            page.close(CloseReason::Overflow);
        }),
    ];
    for (name, config, end) in ends {
        let mut page = Page::started(config);
        let id = page.id();
        end(&mut page);
        let (reason, attempts) = (page.closed().clone(), page.opened.len());
        for (_, input) in REPORTS {
            page.step(|connection, now| input(connection, id, now));
        }
        // `step` fails on any command after the end.
        page.start();
        page.offline();
        page.hide();
        page.wake();
        page.online();
        page.show();
        page.wake();
        page.reconnect();
        page.close(CloseReason::Aborted);
        page.pass(secs(100_000));
        page.step(Connection::handle_timeout);
        assert_eq!((page.closed(), page.opened.len()), (&reason, attempts), "{name}");
        assert_eq!(page.connection.poll_timeout(), None);
    }
}
