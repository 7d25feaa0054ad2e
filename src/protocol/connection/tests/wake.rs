//! A machine that slept: what the page finds of its stream when it wakes up.

use super::*;

#[test]
fn after_a_wake_a_stream_that_stays_silent_is_replaced_within_two_seconds() {
    for config in [fetch(), auto(), request(Request::Idempotent)] {
        let mut page = Page::open(config);
        page.pass(secs(60));
        page.wake();
        assert_eq!(page.status(), "open");
        page.pass(ms(999));
        // A second wake gives it no more time.
        page.wake();
        assert_eq!(page.status(), "open");
        page.pass(ms(1));
        assert_eq!(*page.cause(), Cause::Wake);
        assert!(page.wait() <= ms(500));
        page.wait_it_out();
        page.answer();
        assert_eq!(page.opened.len(), 2);
        page.pass(secs(3600));
        assert_eq!(page.status(), "open", "the new stream is not in doubt");
    }
}

#[test]
fn after_a_wake_a_stream_that_shows_it_is_alive_is_kept() {
    let mut page = Page::open(fetch());
    page.wake();
    page.pass(ms(999));
    page.receive();
    page.pass(secs(3600));
    assert_eq!(page.story(), ["connecting", "open"]);
}

#[test]
fn a_wake_does_not_wait_for_a_browser_that_reconnects_by_itself() {
    let mut page = Page::open(event_source());
    page.interrupt();
    page.wake();
    page.wait_it_out();
    assert_eq!(page.opened.len(), 2);
}

#[test]
fn but_leaves_it_alone_where_only_it_knows_where_to_resume() {
    let mut page = Page::open(Config { last_event_id_param: false, ..event_source() });
    page.receive_id("7");
    page.interrupt();
    page.wake();
    assert!(matches!(page.state(), ConnectionState::Reconnecting { wait: None, .. }));
    page.answer();
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn a_sleep_that_is_told_twice_plans_one_attempt() {
    // By a page and by its worker: whichever comes second might plan a shorter wait.
    for seed in 0..100 {
        let mut page = Page::with_seed(fetch(), seed);
        page.start();
        page.answer();
        page.fail(network());
        page.wake();
        let planned = (page.story(), page.wait());
        page.wake();
        assert_eq!((page.story(), page.wait()), planned);
    }
}

#[test]
fn a_wake_leaves_an_attempt_under_way_alone() {
    let mut page = Page::started(fetch());
    page.wake();
    page.wake();
    assert_eq!(page.opened.len(), 1);
    page.answer();
}

#[test]
fn a_wake_offline_makes_no_attempt() {
    let mut page = Page::open(fetch());
    page.offline();
    page.wake_to_silence();
    assert!(page.is_paused(Pause::Offline));
    page.pass(secs(30));
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn what_waited_in_a_queue_since_before_the_wake_proves_nothing() {
    let mut page = Page::open(fetch());
    page.wake();
    page.pass(ms(249));
    page.receive();
    page.pass(ms(751));
    assert_eq!(*page.cause(), Cause::Wake);

    let mut page = Page::open(fetch());
    page.wake();
    page.receive();
    page.pass(ms(250));
    page.receive();
    page.pass(secs(3600));
    assert_eq!(page.status(), "open");
}

#[test]
fn after_a_wake_a_retry_after_still_counts() {
    let mut page = Page::open(fetch());
    page.wake();
    page.fail(status_after(503, secs(20)));
    assert!(page.wait() >= secs(20), "{:?}", page.wait());
}

#[test]
fn a_stream_found_broken_after_a_wake_is_replaced_soon() {
    for (config, cause) in [
        (fetch(), network()),
        (fetch(), Cause::EndOfStream),
        (event_source(), Cause::Refused),
        (auto(), Cause::Refused),
    ] {
        let mut page = Page::started(config);
        (0..3).for_each(|_| _ = page.fail_and_retry(network()));
        page.answer();
        page.receive_retry(secs(600));
        page.pass(STABLE);
        page.wake();
        page.fail(cause.clone());
        assert_eq!(*page.cause(), cause);
        assert!(retry::FLOOR <= page.wait() && page.wait() <= ms(500));
        page.wait_it_out();
        assert_eq!(*page.state(), ConnectionState::Connecting { attempt: 1 });
        // From here on it is like any other.
        page.answer();
        page.fail(network());
        assert!(page.wait() >= secs(600));
    }
}

#[test]
fn after_a_wake_the_browser_is_not_left_to_reconnect_in_its_own_time() {
    for (config, resume) in
        [(auto(), Resume::Header("7".into())), (event_source(), Resume::Query("7".into()))]
    {
        let mut page = Page::open(config);
        page.receive_id("7");
        page.wake();
        page.interrupt();
        assert!(page.wait() <= ms(500));
        page.wait_it_out();
        assert_eq!(*page.resume(), resume);
    }
    // Unless only it knows where to resume.
    let mut page = Page::open(Config { last_event_id_param: false, ..event_source() });
    page.receive_id("7");
    page.wake();
    page.interrupt();
    assert!(matches!(page.state(), ConnectionState::Reconnecting { wait: None, .. }));
}

/// A page may hear first that it woke up, or that its stream was lost while it was frozen, or that the browser has mended
/// that: each order is right. After the newest loss `reconnecting` comes before `connecting`, with a wait of ours; before
/// that one, `reconnecting` without a wait says that the browser was at it.
#[test]
fn a_stream_lost_while_the_page_was_frozen_comes_back_whatever_is_heard_first() {
    type Story<'a> = (&'a [fn(&mut Page)], &'a [&'a str]);
    fn interrupted(page: &mut Page) {
        page.interrupt();
    }
    let wake: fn(&mut Page) = Page::wake;
    let mended: fn(&mut Page) = Page::answer;
    let timer: fn(&mut Page) = |page| page.pass(ZERO);
    let stories: [Story<'_>; 5] = [
        (&[interrupted, wake], &["reconnecting network", "reconnecting wake, our wait"]),
        (&[wake, interrupted], &["reconnecting network, our wait"]),
        (&[interrupted, mended, wake], &["reconnecting network", "open", "reconnecting wake, our wait"]),
        // The browser's time was over while it was frozen.
        (
            &[interrupted, timer, wake],
            &["reconnecting network", "reconnecting timeout, our wait", "reconnecting wake, our wait"],
        ),
        (&[interrupted, wake, timer], &["reconnecting network", "reconnecting wake, our wait"]),
    ];
    for config in [auto(), event_source()] {
        for (number, (steps, story)) in stories.iter().enumerate() {
            let mut page = Page::open(config.clone());
            page.receive_id("7");
            let before = page.states.len();
            for (place, step) in steps.iter().enumerate() {
                step(&mut page);
                if place == 0 && number == 3 {
                    page.now += secs(60);
                }
            }
            // An open stream that stays silent after the wake is replaced.
            while page.status() != "connecting" {
                page.pass(ms(100));
            }
            let told = page.states[before..].iter().map(|state| match state {
                ConnectionState::Reconnecting { wait, cause, .. } => {
                    let wait = if wait.is_some() { ", our wait" } else { "" };
                    format!("reconnecting {}{wait}", cause.code())
                }
                state => state.status().to_owned(),
            });
            let expected = story.iter().copied().chain(["connecting"]);
            assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "story {number}");
            page.answer();
        }
    }
}

#[test]
fn what_was_not_heard_during_sleep_is_no_silence() {
    let mut page = Page::open(Config { idle: Some(secs(20)), ..fetch() });
    page.now += secs(60);
    page.wake();
    assert_eq!(page.connection.overdue(page.now), None);
    page.pass(ms(500));
    page.receive();
    page.pass(secs(20) - ms(1));
    assert_eq!(page.status(), "open");
    page.pass(ms(1));
    assert_eq!(*page.cause(), Cause::Idle { after: secs(20) });
}

#[test]
fn a_page_whose_timers_are_late_does_not_wait_for_another_one() {
    for (late, status) in [(ms(49), "reconnecting"), (ms(50), "connecting")] {
        let mut page = Page::open(fetch());
        page.wake();
        page.now += PROOF + late;
        page.step(Connection::handle_timeout);
        assert_eq!(page.status(), status);
    }
    let mut page = Page::open(fetch());
    page.wake();
    page.offline();
    page.now += secs(2);
    page.step(Connection::handle_timeout);
    assert!(page.is_paused(Pause::Offline));
}

#[test]
fn who_falls_asleep_while_it_has_to_prove_itself_gets_another_chance() {
    let mut page = Page::open(fetch());
    page.wake();
    page.now += secs(60);
    page.wake();
    page.pass(ms(999));
    page.receive();
    page.pass(secs(3600));
    assert_eq!(page.story(), ["connecting", "open"]);
}
