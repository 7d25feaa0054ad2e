//! A browser that goes offline, a page that is hidden, and the waits that neither may shorten.

use super::*;

#[test]
fn an_open_stream_is_kept_while_the_browser_is_offline() {
    let mut page = Page::open(fetch());
    page.offline();
    page.pass(secs(60));
    page.online();
    assert_eq!(page.story(), ["connecting", "open"]);
}

#[test]
fn after_a_failure_offline_the_network_is_waited_for() {
    let mut page = Page::open(fetch());
    page.offline();
    page.fail(network());
    assert!(page.is_paused(Pause::Offline));
    page.pass(secs(30));
    assert_eq!(page.opened.len(), 1);
    page.online();
    assert_eq!(*page.cause(), Cause::Offline);
    page.wait_it_out();
    page.answer();
}

#[test]
fn a_browser_that_is_wrong_about_its_network_is_not_waited_for_longer_than_the_longest_wait() {
    let mut page = Page::open(fetch());
    page.offline();
    for attempt in 1..4 {
        page.fail(network());
        assert!(page.is_paused(Pause::Offline));
        // The reconnection time, and the longest random part.
        page.pass(secs(31) - ms(1));
        assert_eq!(page.opened.len(), attempt);
        // Nothing that says the same again puts it off.
        page.offline();
        page.wake();
        page.pass(ms(1));
        assert_eq!(page.opened.len(), attempt + 1);
    }
    page.answer();
    assert_eq!(page.status(), "open");

    // A server that asks for more is not asked earlier.
    let mut page = Page::started(fetch());
    page.offline();
    page.fail(status_after(503, secs(60)));
    page.pass(secs(60) - ms(1));
    assert_eq!(page.opened.len(), 1);
    page.pass(secs(1) + ms(1));
    assert_eq!(page.opened.len(), 2);
}

#[test]
fn a_planned_attempt_pauses_when_the_browser_goes_offline() {
    let mut page = Page::started(fetch());
    page.fail(network());
    page.offline();
    assert!(page.is_paused(Pause::Offline));
    page.offline();
    page.pass(secs(30));
    assert_eq!(page.opened.len(), 1);
    page.online();
    page.online();
    page.wait_it_out();
    assert_eq!(page.opened.len(), 2);
}

#[test]
fn a_browser_that_reconnects_by_itself_does_not_try_offline() {
    let mut page = Page::open(auto());
    page.offline();
    page.interrupt();
    assert!(page.is_paused(Pause::Offline));

    let mut page = Page::open(event_source());
    page.receive_id("7");
    page.interrupt();
    page.offline();
    assert!(page.is_paused(Pause::Offline));
    page.online();
    page.wait_it_out();
    assert_eq!(*page.resume(), Resume::Query("7".into()));
}

#[test]
fn but_it_is_left_alone_where_only_it_knows_where_to_resume() {
    for offline_first in [true, false] {
        let mut page = Page::open(Config { last_event_id_param: false, ..event_source() });
        page.receive_id("7");
        if offline_first {
            page.offline();
            page.interrupt();
        } else {
            page.interrupt();
            page.offline();
        }
        assert!(matches!(page.state(), ConnectionState::Reconnecting { wait: None, .. }));
        page.online();
        page.answer();
        assert_eq!(page.opened.len(), 1);
    }
}

#[test]
fn an_attempt_under_way_goes_on_offline_and_is_not_followed_by_another() {
    let mut page = Page::started(fetch());
    page.offline();
    assert_eq!(page.status(), "connecting");
    page.pass(secs(30));
    assert!(page.is_paused(Pause::Offline));
}

#[test]
fn an_end_is_an_end_offline_too() {
    let mut page = Page::started(fetch());
    page.offline();
    page.fail(status(404));
    assert_eq!(page.closed().code(), "fatal");
    page.online();
    assert_eq!(page.closed().code(), "fatal");
}

#[test]
fn the_first_attempt_is_made_offline_too_and_waits_for_the_page() {
    for config in [fetch(), auto(), request(Request::Once)] {
        let mut page = Page::new(config);
        page.offline();
        page.start();
        assert_eq!(page.opened.len(), 1);
        page.answer();
        assert_eq!(page.status(), "open");
    }
    let mut page = Page::new(fetch());
    page.hide();
    assert_eq!(page.status(), "connecting", "not started, so nothing to pause");
    page.start();
    assert!(page.is_paused(Pause::Hidden));
    page.start();
    assert_eq!(page.opened.len(), 0);
    page.reconnect();
    assert_eq!(page.opened.len(), 1, "asked for");
}

#[test]
fn nothing_opens_before_the_start() {
    let mut page = Page::new(fetch());
    page.offline();
    page.hide();
    page.online();
    page.show();
    page.wake();
    page.pass(secs(3600));
    assert_eq!((page.opened.len(), page.story()), (0, vec!["connecting"]));
    page.start();
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn a_hidden_page_lets_go_and_a_visible_one_resumes() {
    type Story = fn(&mut Page);
    let stories: [Story; 4] = [
        |_| {},
        Page::answer,
        |page| page.fail(network()),
        |page| {
            page.answer();
            page.interrupt();
        },
    ];
    for story in stories {
        let mut page = Page::started(auto());
        story(&mut page);
        page.hide();
        assert!(page.is_paused(Pause::Hidden));
        page.hide();
        page.pass(secs(3600));
        page.wake();
        assert!(page.is_paused(Pause::Hidden));
        page.show();
        assert_eq!(*page.cause(), Cause::Wake);
        page.show();
        page.wait_it_out();
        page.answer();
    }
}

#[test]
fn hidden_and_offline_both_have_to_end() {
    let mut page = Page::open(fetch());
    page.hide();
    page.offline();
    page.show();
    assert!(page.is_paused(Pause::Offline));
    page.hide();
    assert!(page.is_paused(Pause::Hidden));
    page.online();
    assert!(page.is_paused(Pause::Hidden));
    page.show();
    page.wait_it_out();

    let mut page = Page::started(fetch());
    page.fail(network());
    page.offline();
    page.hide();
    page.show();
    assert!(page.is_paused(Pause::Offline));
    page.online();
    page.wait_it_out();
}

#[test]
fn an_attempt_asked_for_while_hidden_is_not_followed_by_others() {
    let mut page = Page::open(fetch());
    page.hide();
    page.reconnect();
    page.fail(network());
    assert!(page.is_paused(Pause::Hidden));
}

#[test]
fn a_request_that_may_not_be_repeated_does_not_pause() {
    let mut page = Page::open(request(Request::Once));
    page.hide();
    page.wake();
    page.show();
    page.wake();
    assert_eq!(page.story(), ["connecting", "open"]);
}

#[test]
fn nothing_shortens_a_wait_the_server_asked_for() {
    type Story = fn(&mut Page);
    let stories: [(&str, Story); 6] = [
        ("wake", Page::wake),
        ("offline", |page| {
            page.offline();
            page.online();
        }),
        ("hidden", |page| {
            page.hide();
            page.pass(secs(10));
            page.show();
        }),
        ("all", |page| {
            page.hide();
            page.offline();
            page.wake();
            page.show();
            page.pass(secs(1));
            page.online();
            page.wake();
        }),
        ("slept on", |page| {
            page.now += secs(100);
            page.wake();
        }),
        ("nothing", |_| {}),
    ];
    for (name, story) in stories {
        let mut page = Page::started(fetch());
        let asked = page.now + secs(120);
        page.fail(status_after(503, secs(120)));
        story(&mut page);
        let at = page.connection.poll_timeout().expect("an attempt is planned");
        assert!(asked <= at && at <= asked + secs(1), "{name}: {at:?}, asked {asked:?}");
    }
    // Also when the answer came while the browser was offline.
    let mut page = Page::started(fetch());
    page.offline();
    page.fail(status_after(503, secs(120)));
    page.online();
    assert!(page.wait() >= secs(120));
}

#[test]
fn a_wait_the_server_asked_for_is_over_when_it_is_over() {
    let mut page = Page::started(fetch());
    page.fail(status_after(503, secs(120)));
    page.hide();
    page.pass(secs(600));
    page.show();
    assert!(page.wait() <= ms(500));

    let mut page = Page::started(fetch());
    page.fail(status_after(503, secs(120)));
    page.reconnect();
    page.answer();
    page.wake_to_silence();
    assert!(page.wait() <= ms(500), "the server has answered since");
}

#[test]
fn a_stable_stream_that_was_let_go_of_starts_the_row_of_failures_anew() {
    type Story = fn(&mut Page);
    // Each with the time that it takes.
    let stories: [(Duration, Story); 2] = [
        (PROOF, Page::wake_to_silence),
        (ZERO, |page| {
            page.hide();
            page.show();
        }),
    ];
    for (taken, story) in stories {
        for (open, attempt) in [(STABLE, 1), (STABLE - ms(1), 4)] {
            let mut page = Page::started(fetch());
            (0..3).for_each(|_| _ = page.fail_and_retry(network()));
            page.answer();
            page.pass(open - taken);
            story(&mut page);
            page.wait_it_out();
            assert_eq!(*page.state(), ConnectionState::Connecting { attempt });
        }
    }
}
