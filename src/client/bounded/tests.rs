use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: u32) -> Instant {
    Instant::from_millis(f64::from(seconds) * 1e3)
}

fn full(policy: Policy, items: std::ops::RangeInclusive<u32>) -> Bounded<u32> {
    let mut queue = Bounded::new(3, policy);
    for item in items {
        queue.push(None, item);
    }
    queue
}

fn rest(queue: &mut Bounded<u32>) -> Vec<Next<u32>> {
    std::iter::from_fn(|| queue.take()).collect()
}

use Next::{Item, Lagged};

#[test]
fn the_oldest_make_room() {
    let mut queue = full(Policy::DropOldest, 1..=3);
    assert_eq!(queue.push(None, 4), Pushed::Dropped(1));
    assert_eq!(queue.push(None, 5), Pushed::Dropped(2));
    assert_eq!(queue.dropped(), 2);
    assert_eq!(rest(&mut queue), [Lagged(2), Item(3), Item(4), Item(5)]);
    assert_eq!(queue.push(None, 6), Pushed::Queued);
    assert_eq!(rest(&mut queue), [Item(6)]);
}

#[test]
fn what_is_lost_is_told_once_and_where_it_is_missing() {
    let mut queue = full(Policy::DropOldest, 1..=4);
    assert_eq!(queue.take(), Some(Lagged(1)));
    queue.push(None, 5);
    assert_eq!(rest(&mut queue), [Lagged(1), Item(3), Item(4), Item(5)]);
    let mut one = Bounded::new(1, Policy::DropOldest);
    for item in 1..=5 {
        one.push(None, item);
    }
    assert_eq!(rest(&mut one), [Lagged(4), Item(5)]);
}

#[test]
fn the_newest_find_no_room() {
    let mut queue = full(Policy::DropNewest, 1..=3);
    assert_eq!(queue.push(None, 4), Pushed::Dropped(4));
    assert_eq!(queue.push(None, 5), Pushed::Dropped(5));
    assert_eq!(queue.take(), Some(Item(1)));
    assert_eq!(queue.push(None, 6), Pushed::Queued);
    assert_eq!(rest(&mut queue), [Item(2), Item(3), Lagged(2), Item(6)]);
    assert_eq!(queue.dropped(), 2);
    let mut queue = full(Policy::DropNewest, 1..=4);
    assert_eq!(rest(&mut queue), [Item(1), Item(2), Item(3), Lagged(1)]);
}

#[test]
fn the_latest_of_a_key_takes_the_place_of_an_older_one() {
    let mut queue = Bounded::new(3, Policy::Latest);
    for (key, item) in [("a", 1), ("b", 2)] {
        assert_eq!(queue.push(Some(key), item), Pushed::Queued);
    }
    assert_eq!(queue.push(Some("a"), 3), Pushed::Dropped(1));
    assert_eq!(queue.push(Some("a"), 4), Pushed::Dropped(3));
    assert_eq!(queue.dropped(), 2);
    // Not lost: it was replaced, as asked for.
    assert_eq!(rest(&mut queue), [Item(4), Item(2)]);
    // What was taken has no place any more.
    assert_eq!(queue.push(Some("a"), 5), Pushed::Queued);
    assert_eq!(queue.push(Some("b"), 6), Pushed::Queued);
    assert_eq!(queue.take(), Some(Item(5)));
    assert_eq!(queue.push(Some("a"), 7), Pushed::Queued);
    assert_eq!(queue.push(Some("b"), 8), Pushed::Dropped(6));
    assert_eq!(rest(&mut queue), [Item(8), Item(7)]);
}

#[test]
fn more_keys_than_places_drop_the_oldest() {
    let mut queue = Bounded::new(2, Policy::Latest);
    for (key, item) in [("a", 1), ("b", 2), ("c", 3)] {
        queue.push(Some(key), item);
    }
    assert_eq!(queue.push(Some("a"), 4), Pushed::Dropped(2));
    assert_eq!(rest(&mut queue), [Lagged(2), Item(3), Item(4)]);
    assert!(queue.places.is_empty());
}

#[test]
fn one_that_refuses_keeps_what_it_has() {
    let mut queue = full(Policy::Refuse, 1..=3);
    assert_eq!(queue.push(None, 4), Pushed::Refused(4));
    assert_eq!(rest(&mut queue), [Item(1), Item(2), Item(3)]);
}

#[test]
fn one_that_holds_takes_everything_and_holds_while_it_is_full() {
    let mut queue = full(Policy::Hold(SECOND), 1..=2);
    assert_eq!(queue.hold(at(1)), Ok(None));
    (3..=5).for_each(|item| assert_eq!(queue.push(None, item), Pushed::Queued));
    assert_eq!(queue.hold(at(2)), Ok(Some(at(3))));
    // From when it was seen to be full, until something is taken.
    assert_eq!(queue.hold(Instant::from_millis(2500.0)), Ok(Some(at(3))));
    queue.take();
    assert_eq!(queue.hold(at(4)), Ok(Some(at(5))));
    queue.take();
    queue.take();
    assert_eq!(queue.hold(at(4)), Ok(None));
    assert_eq!(rest(&mut queue), [Item(4), Item(5)]);
    assert_eq!(queue.dropped(), 0);
}

#[test]
fn one_that_nobody_reads_is_given_up_until_somebody_does() {
    let mut queue = full(Policy::Hold(SECOND), 1..=5);
    assert_eq!(queue.hold(at(1)), Ok(Some(at(2))));
    assert_eq!(queue.hold(at(2)), Err(vec![1, 2]));
    assert_eq!(queue.hold(at(9)), Ok(None));
    assert_eq!(queue.push(None, 6), Pushed::Dropped(3));
    assert_eq!(queue.take(), Some(Lagged(3)));
    assert_eq!(queue.hold(at(9)), Ok(None), "to be told is not to take");
    assert_eq!(queue.take(), Some(Item(4)));
    (7..=8).for_each(|item| assert_eq!(queue.push(None, item), Pushed::Queued));
    assert_eq!(queue.hold(at(9)), Ok(Some(at(10))));
    assert_eq!(queue.dropped(), 3);
}

#[test]
fn the_other_policies_hold_nobody_back() {
    for policy in [Policy::DropOldest, Policy::DropNewest, Policy::Latest, Policy::Refuse] {
        assert_eq!(full(policy, 1..=5).hold(at(1)), Ok(None), "{policy:?}");
    }
}
