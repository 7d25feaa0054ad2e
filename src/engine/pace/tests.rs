use super::*;

const FAST: Duration = Duration::from_micros(3999);

/// Whether each of so many chunks like this is waited after.
fn waits(pace: &mut Pace, chunks: usize, size: usize, took: Duration) -> Vec<bool> {
    let wait = |_| {
        pace.handle_chunk(size, took);
        let waits = pace.begin_wait(Instant::default());
        pace.phase = Phase::Reading;
        waits
    };
    (0..chunks).map(wait).collect()
}

#[test]
fn auto_waits_from_the_third_fast_chunk_on() {
    let mut pace = Pace::new(Delivery::Auto);
    assert_eq!(waits(&mut pace, 4, 100, FAST), [false, false, true, true]);
}

#[test]
fn auto_does_not_wait_for_chunks_that_come_slowly() {
    let mut pace = Pace::new(Delivery::Auto);
    assert!(!waits(&mut pace, 100, 100, Pace::SLOW).contains(&true));
}

#[test]
fn a_slow_chunk_ends_the_waits() {
    let mut pace = Pace::new(Delivery::Auto);
    waits(&mut pace, 10, 100, FAST);
    assert_eq!(waits(&mut pace, 1, 100, Pace::SLOW), [false]);
    assert_eq!(waits(&mut pace, 3, 100, FAST), [false, false, true]);
}

#[test]
fn auto_looks_once_in_a_while_whether_others_still_come_fast() {
    let mut pace = Pace::new(Delivery::Auto);
    let waits = waits(&mut pace, 17 * 10, 100, FAST);
    let expected: Vec<bool> = (1..=17).map(|fast| (3..=16).contains(&fast)).collect();
    assert_eq!(waits, expected.repeat(10));
}

#[test]
fn auto_does_not_keep_a_flood_waiting() {
    let mut pace = Pace::new(Delivery::Auto);
    assert!(!waits(&mut pace, 100, Pace::LARGE, Duration::ZERO).contains(&true));
    // Nor for the odd small chunk in it.
    assert_eq!(waits(&mut pace, 2, Pace::LARGE - 1, Duration::ZERO), [false, false]);
}

#[test]
fn the_others_do_always_or_never() {
    for (delivery, wanted) in [
        (Delivery::Frame, true),
        (Delivery::Every(Duration::from_secs(1)), true),
        (Delivery::Immediate, false),
    ] {
        let mut pace = Pace::new(delivery);
        for (size, took) in [(1, FAST), (1, Duration::from_secs(9)), (Pace::LARGE, FAST)] {
            assert_eq!(waits(&mut pace, 20, size, took), [wanted; 20], "{delivery:?}");
        }
    }
}

#[test]
fn a_chunk_is_waited_after_once() {
    let mut pace = Pace::new(Delivery::Frame);
    pace.handle_chunk(1, FAST);
    let now = Instant::default();
    assert_eq!([pace.begin_wait(now), pace.is_waiting(), pace.begin_wait(now)], [true, true, false]);
}

#[test]
fn what_is_there_already_is_not_waited_after() {
    for delivery in [Delivery::Auto, Delivery::Frame] {
        let mut pace = Pace::new(delivery);
        waits(&mut pace, 5, 100, FAST);
        pace.phase = Phase::Draining;
        for _ in 0..100 {
            pace.handle_chunk(100, FAST);
            assert!(!pace.begin_wait(Instant::default()), "{delivery:?}");
        }
        pace.phase = Phase::Reading;
        assert_eq!(waits(&mut pace, 1, 100, FAST), [true], "{delivery:?}");
    }
}

#[test]
fn a_stream_that_has_to_show_that_it_is_alive_is_not_kept_waiting() {
    let mut pace = Pace::new(Delivery::Frame);
    let woke = Instant::default() + Duration::from_secs(60);
    pace.handle_wake(woke);
    for (after, wanted) in [(0, false), (999, false), (1000, true), (60_000, true)] {
        pace.handle_chunk(1, FAST);
        assert_eq!(pace.begin_wait(woke + Duration::from_millis(after)), wanted, "after {after} ms");
    }
}
