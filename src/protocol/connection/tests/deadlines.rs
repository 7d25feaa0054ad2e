//! Answers that do not come, and streams that fall silent.

use super::*;

const CONNECT: Duration = Duration::from_secs(30);

fn timed_out(page: &Page) -> bool {
    matches!(page.state(), ConnectionState::Reconnecting { cause: Cause::Timeout { after: CONNECT }, .. })
}

#[test]
fn an_attempt_without_an_answer_times_out() {
    for config in [fetch(), event_source(), auto()] {
        let mut page = Page::started(config);
        page.pass(CONNECT - ms(1));
        assert_eq!(page.status(), "connecting");
        page.pass(ms(1));
        assert!(timed_out(&page), "{:?}", page.state());
        assert!(page.wait() >= secs(1));
        // The next attempt has its own thirty seconds.
        page.wait_it_out();
        page.pass(CONNECT - ms(1));
        assert_eq!(page.status(), "connecting");
        page.answer();
        page.pass(secs(3600));
        assert_eq!(page.status(), "open");
    }
}

#[test]
fn a_browser_that_does_not_come_back_times_out() {
    let mut page = Page::open(event_source());
    page.interrupt();
    page.pass(CONNECT - ms(1));
    assert!(matches!(page.state(), ConnectionState::Reconnecting { wait: None, .. }));
    page.pass(ms(1));
    assert!(timed_out(&page));
    page.wait_it_out();
    assert_eq!(page.opened.len(), 2);

    // Each of its errors shows that it is alive.
    let mut page = Page::open(event_source());
    for _ in 0..5 {
        page.interrupt();
        page.pass(secs(20));
    }
    page.answer();
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn a_timeout_moves_to_fetch_where_that_is_left_to_us() {
    let mut page = Page::started(auto());
    page.pass(CONNECT);
    page.wait_it_out();
    assert_eq!(page.transport(), Transport::Fetch);

    let mut page = Page::open(auto());
    page.receive_id("2");
    page.interrupt();
    page.pass(CONNECT);
    page.wait_it_out();
    assert_eq!((page.transport(), page.resume()), (Transport::Fetch, &Resume::Header("2".into())));
}

#[test]
fn the_connect_timeout_is_an_option() {
    let mut page = Page::started(Config { connect_timeout: Some(secs(2)), ..fetch() });
    page.pass(secs(2));
    assert_eq!(*page.cause(), Cause::Timeout { after: secs(2) });

    let mut page = Page::started(Config { connect_timeout: None, ..fetch() });
    assert_eq!(page.connection.poll_timeout(), None);
    page.pass(secs(1_000_000));
    assert_eq!(page.status(), "connecting");
}

#[test]
fn a_timeout_ends_a_request_that_may_not_be_repeated() {
    let mut page = Page::started(request(Request::Once));
    page.pass(CONNECT);
    assert_eq!(*page.closed(), CloseReason::Fatal(Cause::Timeout { after: CONNECT }));
}

#[test]
fn a_silent_stream_is_replaced_where_an_idle_time_is_set() {
    let config = Config { idle: Some(secs(20)), ..fetch() };
    let mut page = Page::open(config.clone());
    for _ in 0..10 {
        page.pass(secs(20) - ms(1));
        page.receive();
    }
    page.pass(secs(20) - ms(1));
    assert_eq!(page.status(), "open");
    page.pass(ms(1));
    assert_eq!(*page.cause(), Cause::Idle { after: secs(20) });
    page.wait_it_out();
    // A wait for an answer is no silence of the stream.
    page.pass(secs(25));
    assert_eq!(page.status(), "connecting");

    let mut page = Page::open(Config { request: Request::Once, ..config });
    page.pass(secs(20));
    assert_eq!(*page.closed(), CloseReason::Fatal(Cause::Idle { after: secs(20) }));
}

#[test]
fn a_stream_may_be_silent_for_ever_by_default() {
    let mut page = Page::open(fetch());
    assert_eq!(page.connection.poll_timeout(), None);
    page.pass(secs(1_000_000));
    assert_eq!(page.status(), "open");
}

#[test]
fn a_stream_lost_to_silence_was_stable_if_it_was_open_long_enough() {
    let mut page = Page::started(Config { idle: Some(secs(20)), ..fetch() });
    page.fail_and_retry(network());
    page.fail_and_retry(network());
    page.answer();
    page.pass(secs(20));
    assert!(matches!(page.state(), ConnectionState::Reconnecting { attempt: 2, .. }));
}

#[test]
fn a_timer_that_fires_too_early_or_for_nothing_does_no_harm() {
    type Story = fn(&mut Page);
    let stories: [Story; 6] = [
        |_| {},
        Page::start,
        |page| {
            page.start();
            page.answer();
        },
        |page| {
            page.start();
            page.answer();
            page.interrupt();
        },
        |page| {
            page.start();
            page.fail(network());
        },
        |page| {
            page.start();
            page.close(CloseReason::Closed);
        },
    ];
    for story in stories {
        let mut page = Page::new(Config { idle: Some(secs(20)), ..event_source() });
        story(&mut page);
        let (states, due) = (page.states.len(), page.connection.poll_timeout());
        page.step(Connection::handle_timeout);
        if let Some(due) = due {
            page.now = Instant::from_millis(due.as_millis() - 0.001);
            page.step(Connection::handle_timeout);
        }
        assert_eq!((page.states.len(), page.connection.poll_timeout()), (states, due));
    }
}

#[test]
fn a_timer_that_fires_late_counts_from_when_it_fires() {
    let mut page = Page::started(fetch());
    page.now += secs(600);
    page.step(Connection::handle_timeout);
    assert!(timed_out(&page));
    assert_eq!(page.connection.poll_timeout(), Some(page.now + page.wait()));
}

#[test]
fn what_is_overdue_can_be_reported_with_a_verdict() {
    for config in [fetch(), event_source(), auto()] {
        let mut page = Page::started(config);
        page.now += CONNECT;
        let (id, cause) = page.connection.overdue(page.now).expect("no answer came");
        assert_eq!((id, &cause), (page.id(), &Cause::Timeout { after: CONNECT }));
        page.step(|connection, now| connection.handle_failure(id, cause.clone(), Some(false), now));
        assert_eq!(*page.closed(), CloseReason::Fatal(cause));
    }
}

#[test]
fn nothing_is_overdue_before_its_time_nor_while_an_attempt_waits() {
    let mut page = Page::started(fetch());
    page.now += CONNECT - ms(1);
    assert_eq!(page.connection.overdue(page.now), None);
    page.fail(network());
    page.now += page.wait();
    assert_eq!(page.connection.overdue(page.now), None, "an attempt is due, not a failure");
}
