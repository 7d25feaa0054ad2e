//! How long the waits are.

use super::*;
use crate::protocol::retry::MAX_RETRY_AFTER;

const SEEDS: u64 = 500;

/// The least and the most wait that `story` ends with, over many seeds.
#[track_caller]
fn range(config: &Config, story: impl Fn(&mut Page)) -> (Duration, Duration) {
    let waits = (0..SEEDS).map(|seed| {
        let mut page = Page::with_seed(config.clone(), seed);
        page.start();
        story(&mut page);
        page.wait()
    });
    waits.fold((Duration::MAX, ZERO), |(least, most), wait| (least.min(wait), most.max(wait)))
}

/// All waits lie between the bounds, and come near to both: they are spread over the whole width.
#[track_caller]
fn assert_spread((least, most): (Duration, Duration), from: Duration, to: Duration) {
    let near = (to - from) / 50;
    assert!(from <= least && least <= from + near, "from {from:?}, got {least:?}");
    assert!(most < to && to - near <= most, "up to {to:?}, got {most:?}");
}

#[test]
fn the_random_part_doubles_with_each_failure_up_to_thirty_seconds() {
    for (failures, bound) in [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (20, 30)] {
        let waits = range(&fetch(), |page| {
            (0..failures).for_each(|_| _ = page.fail_and_retry(network()));
            page.fail(network());
        });
        assert_spread(waits, secs(1), secs(1 + bound));
    }
}

#[test]
fn options_set_the_first_wait_its_growth_and_its_bound() {
    let retry = Retry::default().initial(ms(200)).factor(3.0).max(secs(1));
    let config = Config { retry: Some(retry), ..fetch() };
    for (failures, bound) in [(0, 200), (1, 600), (2, 1000), (3, 1000)] {
        let waits = range(&config, |page| {
            (0..failures).for_each(|_| _ = page.fail_and_retry(network()));
            page.fail(network());
        });
        assert_spread(waits, ms(200), ms(200 + bound));
    }
}

#[test]
fn the_servers_retry_replaces_the_reconnection_time_and_stays() {
    let waits = range(&fetch(), |page| {
        page.answer();
        page.receive_retry(secs(7));
        page.fail(network());
    });
    assert_spread(waits, secs(7), secs(8));

    let waits = range(&fetch(), |page| {
        page.answer();
        page.receive_retry(secs(1));
        page.receive_retry(ms(2500));
        page.fail_and_retry(Cause::EndOfStream);
        page.answer();
        page.fail(network());
    });
    assert_spread(waits, ms(2500), ms(4500));
}

#[test]
fn after_a_failure_the_wait_has_a_floor_after_a_clean_end_it_may_be_none() {
    let config = Config { retry: Some(Retry::default().max(ZERO)), ..fetch() };
    let lost = |cause: Cause| {
        range(&config, |page| {
            page.answer();
            page.receive_retry(ZERO);
            page.fail(cause.clone());
        })
    };
    for cause in [network(), status(503), Cause::Timeout { after: secs(30) }, Cause::Idle { after: secs(1) }]
    {
        assert_eq!(lost(cause), (ms(100), ms(100)));
    }
    assert_eq!(lost(Cause::EndOfStream), (ZERO, ZERO));

    // With the random part in place, `retry: 0` does not go below the floor either.
    let (least, _) = range(&fetch(), |page| {
        page.answer();
        page.receive_retry(ZERO);
        page.fail(network());
    });
    assert_eq!(least, ms(100));
}

#[test]
fn after_retry_after_the_wait_is_that_and_up_to_a_second() {
    for code in [503, 429, 408] {
        let waits = range(&fetch(), |page| {
            (0..6).for_each(|_| _ = page.fail_and_retry(network()));
            page.fail(status_after(code, secs(20)));
        });
        assert_spread(waits, secs(20), secs(21));
    }
}

#[test]
fn the_wait_is_never_less_than_the_server_asked() {
    let waits = range(&fetch(), |page| {
        page.answer();
        page.receive_retry(secs(9));
        page.fail_and_retry(network());
        page.fail(status_after(503, secs(2)));
    });
    assert_spread(waits, secs(9), secs(10));

    let waits = range(&fetch(), |page| page.fail(status_after(503, ZERO)));
    assert!(waits.0 >= ms(100), "{waits:?}");
}

#[test]
fn retry_after_holds_for_one_answer() {
    let waits = range(&fetch(), |page| {
        page.fail_and_retry(status_after(503, secs(20)));
        page.fail(status(503));
    });
    assert_spread(waits, secs(1), secs(3));
}

#[test]
fn a_stable_stream_starts_the_row_of_failures_anew_and_no_shorter_one_does() {
    let after_a_stream_of = |open: Duration, cause: fn() -> Cause| {
        range(&fetch(), move |page| {
            (0..5).for_each(|_| _ = page.fail_and_retry(network()));
            page.answer();
            page.pass(open);
            page.fail(cause());
        })
    };
    for cause in [network as fn() -> Cause, || Cause::EndOfStream] {
        assert_spread(after_a_stream_of(STABLE - ms(1), cause), secs(1), secs(31));
        assert_spread(after_a_stream_of(STABLE, cause), secs(1), secs(2));
    }
}

#[test]
fn the_time_until_the_answer_is_no_stable_stream() {
    let waits = range(&fetch(), |page| {
        page.fail_and_retry(network());
        page.pass(secs(10));
        page.answer();
        page.pass(secs(1));
        page.fail(network());
    });
    assert_spread(waits, secs(1), secs(3));
}

#[test]
fn the_option_says_how_long_a_stable_stream_is() {
    let config = Config { retry: Some(Retry::default().stable(secs(60))), ..fetch() };
    let after_a_stream_of = |open: Duration| {
        range(&config, move |page| {
            page.fail_and_retry(network());
            page.answer();
            page.pass(open);
            page.fail(network());
        })
    };
    assert_spread(after_a_stream_of(secs(59)), secs(1), secs(3));
    assert_spread(after_a_stream_of(secs(60)), secs(1), secs(2));
}

#[test]
fn a_stream_that_ends_at_once_again_and_again_is_asked_for_less_and_less_often() {
    let waits = range(&fetch(), |page| {
        (0..6).for_each(|_| {
            page.answer();
            page.fail_and_retry(Cause::EndOfStream);
        });
        page.answer();
        page.fail(Cause::EndOfStream);
    });
    assert_spread(waits, secs(1), secs(31));
}

#[test]
fn after_a_wake_the_wait_is_up_to_half_a_second() {
    let from_a_wait = range(&fetch(), |page| {
        (0..6).for_each(|_| _ = page.fail_and_retry(network()));
        page.fail(network());
        page.wake();
    });
    let from_a_stream = range(&fetch(), |page| {
        page.answer();
        page.wake_to_silence();
    });
    let from_offline = range(&fetch(), |page| {
        page.offline();
        page.fail(network());
        page.online();
    });
    let from_hidden = range(&fetch(), |page| {
        page.hide();
        page.show();
    });
    for waits in [from_a_wait, from_a_stream, from_offline, from_hidden] {
        assert_spread(waits, ZERO, ms(500));
    }
}

#[test]
fn a_wait_that_seems_endless_is_no_overflow() {
    let mut page = Page::open(fetch());
    page.receive_retry(Duration::MAX);
    page.fail(network());
    assert_eq!(page.wait(), Duration::MAX);
    page.pass(secs(3_000_000_000));
    assert_eq!(page.status(), "reconnecting");

    let mut page = Page::started(fetch());
    page.fail(status_after(503, Duration::MAX));
    page.offline();
    page.online();
    assert!(page.wait() >= MAX_RETRY_AFTER && page.wait() <= MAX_RETRY_AFTER + secs(1));
}
