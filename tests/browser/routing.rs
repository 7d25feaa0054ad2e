//! What a handler may do to subscriptions, its own included, and when that takes effect.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use typed_eventsource::{Event, Subscription, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, Log, Scenario, next, open, until, when};

/// Three events of one type and one that says that they are over, in one chunk.
const THREE: &str = "event: n\ndata: 1\n\nevent: n\ndata: 2\n\nevent: n\ndata: 3\n\nevent: end\ndata\n\n";

/// Where a handler finds what it is to let go of.
type Slot<T> = Rc<RefCell<Option<T>>>;

async fn ended(source: &TypedEventSource) {
    next(&mut source.subscribe::<Text>("end")).await.unwrap();
}

#[wasm_bindgen_test]
async fn one_that_subscribes_inside_a_handler_gets_the_later_events_only() {
    for transport in BOTH {
        let source = Rc::new(Scenario::sent(THREE).await.connect(transport).open().unwrap());
        let log = Log::new();
        let inner: Slot<Subscription> = Slot::default();
        let outer = source.on("n", {
            let (source, log, inner) = (Rc::downgrade(&source), log.clone(), Rc::clone(&inner));
            move |event: Event<u32>| {
                log.push(("outer", event.data));
                if event.data == 1 {
                    let log = log.clone();
                    let added = source
                        .upgrade()
                        .unwrap()
                        .on("n", move |event: Event<u32>| log.push(("inner", event.data)));
                    *inner.borrow_mut() = Some(added);
                }
            }
        });
        ended(&source).await;
        let expected = [("outer", 1), ("outer", 2), ("inner", 2), ("outer", 3), ("inner", 3)];
        assert_eq!(log.take(), expected, "over {transport:?}");
        drop((outer, inner.take()));
    }
}

#[wasm_bindgen_test]
async fn a_new_event_type_subscribed_to_inside_a_handler_arrives_from_the_same_chunk() {
    for transport in BOTH {
        let source = Rc::new(Scenario::sent(THREE).await.connect(transport).open().unwrap());
        let log = Log::new();
        let inner: Slot<Subscription> = Slot::default();
        let outer = source.on("n", {
            let (source, log, inner) = (Rc::downgrade(&source), log.clone(), Rc::clone(&inner));
            move |_: Event<u32>| {
                let log = log.clone();
                let added = source.upgrade().unwrap().on("end", move |_: Event<Text>| log.push("end"));
                *inner.borrow_mut() = Some(added);
            }
        });
        when("the event", || log.len() > 0).await;
        // Each of the three replaced the one before.
        assert_eq!(log.take(), ["end"], "over {transport:?}");
        drop((outer, inner.take()));
    }
}

#[wasm_bindgen_test]
async fn a_handler_may_unsubscribe_itself() {
    for transport in BOTH {
        let source = Scenario::sent(THREE).await.connect(transport).open().unwrap();
        let log = Log::new();
        let own: Slot<Subscription> = Slot::default();
        *own.borrow_mut() = Some(source.on("n", {
            let (log, own) = (log.clone(), Rc::clone(&own));
            move |event: Event<u32>| {
                log.push(event.data);
                if event.data == 2 {
                    own.take().unwrap().unsubscribe();
                }
            }
        }));
        ended(&source).await;
        assert_eq!(log.take(), [1, 2], "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn a_handler_may_unsubscribe_another_whose_turn_is_still_to_come() {
    for transport in BOTH {
        let source = Scenario::sent(THREE).await.connect(transport).open().unwrap();
        let log = Log::new();
        let other: Slot<Subscription> = Slot::default();
        let first = source.on("n", {
            let (log, other) = (log.clone(), Rc::clone(&other));
            move |event: Event<u32>| {
                log.push(("first", event.data));
                if event.data == 2 {
                    drop(other.take());
                }
            }
        });
        let noting = |name| {
            let log = log.clone();
            source.on("n", move |event: Event<u32>| log.push((name, event.data)))
        };
        *other.borrow_mut() = Some(noting("other"));
        let last = noting("last");
        ended(&source).await;
        let expected =
            [("first", 1), ("other", 1), ("last", 1), ("first", 2), ("last", 2), ("first", 3), ("last", 3)];
        assert_eq!(log.take(), expected, "over {transport:?}");
        drop((first, last));
    }
}

#[wasm_bindgen_test]
async fn after_a_handler_closed_the_source_nothing_is_delivered() {
    for transport in BOTH {
        let scenario = Scenario::sent(THREE).await;
        let source = Rc::new(scenario.connect(transport).open().unwrap());
        let log = Log::new();
        let closing = source.on("n", {
            let (source, log) = (Rc::downgrade(&source), log.clone());
            move |event: Event<u32>| {
                log.push(("closing", event.data));
                if event.data == 2 {
                    source.upgrade().unwrap().close();
                }
            }
        });
        let other = source.on("n", {
            let log = log.clone();
            move |event: Event<u32>| log.push(("other", event.data))
        });
        scenario.left().await;
        assert_eq!(log.take(), [("closing", 1), ("other", 1), ("closing", 2)], "over {transport:?}");
        drop((closing, other));
    }
}

#[wasm_bindgen_test]
async fn a_handler_may_drop_the_source_and_itself() {
    for transport in BOTH {
        let scenario = Scenario::sent(THREE).await;
        let held: Slot<(TypedEventSource, Subscription)> = Slot::default();
        let log = Log::new();
        let source = scenario.connect(transport).open().unwrap();
        let mut end = source.subscribe::<Text>("end");
        let subscription = source.on("n", {
            let (held, log) = (Rc::clone(&held), log.clone());
            move |event: Event<u32>| {
                log.push(event.data);
                drop(held.take());
            }
        });
        *held.borrow_mut() = Some((source, subscription));
        scenario.left().await;
        assert_eq!(log.take(), [1], "over {transport:?}");
        assert!(crate::harness::rest(&mut end).await.is_empty(), "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn who_subscribes_twice_gets_each_event_once_each_time() {
    for transport in BOTH {
        let steps = serde_json::json!([{ "events": { "to": 1000, "type": "n", "everyMs": 5 } }]);
        let source = Scenario::once(steps, "hold").await.connect(transport).open().unwrap();
        until(&mut source.states(), open).await;
        let log = Log::new();
        let noting = |name| {
            let log = log.clone();
            source.on("n", move |event: Event<serde_json::Value>| {
                log.push((name, event.data["n"].as_u64().unwrap()));
            })
        };
        let (one, two) = (noting("one"), noting("two"));
        when("four events", || log.len() >= 8).await;
        drop(two);
        let both = log.take();
        let first = both[0].1;
        for (index, pair) in both.chunks_exact(2).enumerate() {
            let n = first + index as u64;
            assert_eq!(pair, [("one", n), ("two", n)], "over {transport:?}");
        }
        // The type is listened to until the last has gone, and again when one comes back.
        when("more events", || log.len() >= 3).await;
        assert!(log.take().iter().all(|(name, _)| *name == "one"), "over {transport:?}");
        drop(one);
        let again = noting("again");
        when("events again", || log.len() >= 2).await;
        assert!(log.take().iter().all(|(name, _)| *name == "again"), "over {transport:?}");
        drop(again);
    }
}

#[wasm_bindgen_test]
async fn a_subscription_does_not_keep_the_source_open() {
    for transport in BOTH {
        let scenario = Scenario::sent(THREE).await;
        let source = Rc::new(scenario.connect(transport).open().unwrap());
        let weak: Weak<TypedEventSource> = Rc::downgrade(&source);
        let subscription = source.on("n", |_: Event<u32>| ());
        ended(&source).await;
        drop(source);
        assert!(weak.upgrade().is_none());
        scenario.left().await;
        drop(subscription);
    }
}
