use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: u32) -> Instant {
    Instant::from_millis(f64::from(seconds) * 1e3)
}

/// Three items fit, which weigh ten each.
fn with(policy: Policy) -> Bounded<u32> {
    Bounded::new(30, policy)
}

impl Bounded<u32> {
    fn add(&mut self, items: std::ops::RangeInclusive<u32>) {
        for item in items {
            assert_eq!(self.push(None, item, 10), None);
        }
    }

    /// Puts them in, and gives what is dropped when the reader had its turn.
    fn put(&mut self, items: std::ops::RangeInclusive<u32>) -> Trimmed<u32> {
        self.add(items);
        self.trim(true)
    }
}

fn full(policy: Policy, items: std::ops::RangeInclusive<u32>) -> Bounded<u32> {
    let mut queue = with(policy);
    queue.put(items);
    queue
}

fn rest(queue: &mut Bounded<u32>) -> Vec<Next<u32>> {
    std::iter::from_fn(|| queue.take()).collect()
}

fn dropped<const N: usize>(items: [u32; N]) -> Trimmed<u32> {
    Trimmed::Dropped(items.into())
}

use Next::{Item, Lagged};

#[test]
fn nothing_is_dropped_before_the_reader_had_its_turn() {
    for policy in [Policy::DropOldest, Policy::DropNewest, Policy::Latest, Policy::Refuse] {
        let mut queue = with(policy);
        queue.add(1..=100);
        assert!(queue.is_over());
        assert_eq!(rest(&mut queue).len(), 100, "{policy:?}");
        assert_eq!((queue.trim(false), queue.dropped()), (dropped([]), 0));
    }
}

#[test]
fn the_oldest_make_room() {
    let mut queue = full(Policy::DropOldest, 1..=3);
    // The first is kept until the reader knows.
    assert_eq!(queue.put(4..=4), dropped([]));
    assert_eq!(queue.put(5..=5), dropped([2]));
    assert_eq!(queue.dropped(), 2);
    assert_eq!(rest(&mut queue), [Lagged(2, Some(1)), Item(3), Item(4), Item(5)]);
    assert_eq!(queue.put(6..=6), dropped([]));
    assert_eq!(rest(&mut queue), [Item(6)]);
}

#[test]
fn what_is_lost_is_told_once_and_where_it_is_missing() {
    let mut queue = full(Policy::DropOldest, 1..=4);
    assert_eq!(queue.take(), Some(Lagged(1, Some(1))));
    queue.put(5..=5);
    assert_eq!(rest(&mut queue), [Lagged(1, Some(2)), Item(3), Item(4), Item(5)]);
    let mut one = Bounded::new(1, Policy::DropOldest);
    one.put(1..=5);
    assert_eq!(rest(&mut one), [Lagged(4, Some(1)), Item(5)], "one is kept, however large it is");
}

#[test]
fn the_newest_find_no_room() {
    let mut queue = full(Policy::DropNewest, 1..=3);
    assert_eq!(queue.put(4..=4), dropped([]));
    assert_eq!(queue.put(5..=5), dropped([5]));
    assert_eq!(queue.take(), Some(Item(1)));
    assert_eq!(queue.put(6..=6), dropped([]));
    assert_eq!(rest(&mut queue), [Item(2), Item(3), Lagged(2, Some(4)), Item(6)]);
    assert_eq!(queue.dropped(), 2);
    let mut queue = full(Policy::DropNewest, 1..=4);
    assert_eq!(rest(&mut queue), [Item(1), Item(2), Item(3), Lagged(1, Some(4))]);
}

#[test]
fn the_latest_of_a_key_takes_the_place_of_an_older_one() {
    let mut queue = with(Policy::Latest);
    for (key, item) in [("a", 1), ("b", 2)] {
        assert_eq!(queue.push(Some(key), item, 10), None);
    }
    assert_eq!(queue.push(Some("a"), 3, 10), Some(1));
    assert_eq!(queue.push(Some("a"), 4, 10), Some(3));
    assert_eq!((queue.trim(false), queue.dropped()), (dropped([]), 2));
    // Not lost: it was replaced, as asked for.
    assert_eq!(rest(&mut queue), [Item(4), Item(2)]);
    // What was taken has no place any more.
    assert_eq!(queue.push(Some("a"), 5, 10), None);
    assert_eq!(queue.push(Some("b"), 6, 10), None);
    assert_eq!(queue.take(), Some(Item(5)));
    assert_eq!(queue.push(Some("a"), 7, 10), None);
    assert_eq!(queue.push(Some("b"), 8, 10), Some(6));
    assert_eq!(rest(&mut queue), [Item(8), Item(7)]);
}

#[test]
fn an_item_weighs_what_the_one_in_its_place_weighed_no_more() {
    let mut queue = with(Policy::Latest);
    for size in [30, 10, 20] {
        queue.push(Some("a"), 1, size);
    }
    queue.push(Some("b"), 2, 10);
    assert!(!queue.is_over());
    queue.push(Some("b"), 3, 11);
    assert!(queue.is_over());
}

#[test]
fn more_keys_than_places_drop_the_oldest() {
    let mut queue = Bounded::new(20, Policy::Latest);
    for (key, item) in [("a", 1), ("b", 2), ("c", 3)] {
        queue.push(Some(key), item, 10);
        queue.trim(false);
    }
    queue.push(Some("a"), 4, 10);
    assert_eq!(queue.trim(false), dropped([2]));
    assert_eq!(rest(&mut queue), [Lagged(2, Some(1)), Item(3), Item(4)]);
    assert!(queue.places.is_empty());
}

#[test]
fn one_that_refuses_keeps_all_that_it_has() {
    let mut queue = full(Policy::Refuse, 1..=3);
    assert_eq!(queue.put(4..=4), Trimmed::Overflow);
    assert_eq!(rest(&mut queue), [Item(1), Item(2), Item(3), Item(4)]);
}

#[test]
fn one_that_holds_takes_everything_and_holds_while_it_is_full() {
    let mut queue = full(Policy::Hold(SECOND), 1..=2);
    assert_eq!(queue.hold(at(1)), None);
    assert_eq!(queue.put(3..=5), dropped([]));
    assert_eq!(queue.hold(at(2)), Some(at(3)));
    // From when it was seen to be full, until something is taken.
    assert_eq!(queue.hold(Instant::from_millis(2500.0)), Some(at(3)));
    queue.take();
    assert_eq!(queue.hold(at(4)), Some(at(5)));
    queue.take();
    queue.take();
    assert_eq!(queue.hold(at(4)), None);
    assert_eq!(rest(&mut queue), [Item(4), Item(5)]);
    assert_eq!(queue.dropped(), 0);
}

#[test]
fn one_that_cannot_hold_its_source_drops_the_oldest() {
    let mut queue = with(Policy::Hold(SECOND));
    queue.add(1..=5);
    assert_eq!(queue.trim(false), dropped([2]));
    assert_eq!(rest(&mut queue), [Lagged(2, Some(1)), Item(3), Item(4), Item(5)]);
}

#[test]
fn one_that_nobody_reads_is_given_up_until_somebody_does() {
    let mut queue = full(Policy::Hold(SECOND), 1..=5);
    assert_eq!(queue.hold(at(1)), Some(at(2)));
    assert_eq!(queue.hold(at(2)), None);
    assert_eq!(queue.trim(true), dropped([2]));
    assert_eq!(queue.hold(at(9)), None);
    assert_eq!(queue.put(6..=6), dropped([3]));
    assert_eq!(queue.take(), Some(Lagged(3, Some(1))));
    assert_eq!(queue.hold(at(9)), None, "to be told is not to take");
    assert_eq!(queue.take(), Some(Item(4)));
    assert_eq!(queue.put(7..=8), dropped([]));
    assert_eq!(queue.hold(at(9)), Some(at(10)));
    assert_eq!(queue.dropped(), 3);
}

#[test]
fn the_other_policies_hold_nobody_back() {
    for policy in [Policy::DropOldest, Policy::DropNewest, Policy::Latest, Policy::Refuse] {
        let mut queue = with(policy);
        queue.add(1..=5);
        assert_eq!(queue.hold(at(1)), None, "{policy:?}");
    }
}
