//! Nothing that an application does keeps events from the others, or from itself.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use typed_eventsource::{Delivery, Event, Failure, Gap, Overflow, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Log, NATIVE, Scenario, next, nothing_more, quick, rest, soon, when};
use crate::isolation::Uncaught;
use crate::network::{Network, task, tasks_until};

#[wasm_bindgen_test]
async fn a_subscription_that_ends_leaves_what_the_source_itself_listens_to() {
    for transport in BOTH {
        let gap = "event: gap\nid: 7\ndata\n\n";
        // An id that only a heartbeat has is seen over the browser's EventSource if its type is listened to.
        let steps = json!([{ "send": "event: beat\nid: 1\ndata\n\n" }, { "waitMs": 30 }, { "send": gap }]);
        let scenario = Scenario::once(steps, "hold").await;
        let source = scenario.connect(transport).heartbeat_event("beat").gap_event("gap").open().unwrap();
        let mut gaps = source.gaps();
        for event_type in ["gap", "beat"] {
            drop(source.on(event_type, |_: Event<Text>| ()));
            drop(source.subscribe::<Text>(event_type));
        }
        let Gap { got, .. } = next(&mut gaps).await;
        assert_eq!(got, "7", "over {transport:?}");
        assert_eq!(source.stats().events, 2, "over {transport:?}: the heartbeat, and the gap");
    }
}

#[wasm_bindgen_test]
async fn an_empty_event_type_is_that_of_no_event() {
    let stream =
        "data: 1\n\nevent\ndata: 2\n\nevent: \ndata: 3\n\nevent: other\ndata: 4\n\nevent: end\ndata\n\n";
    for transport in BOTH {
        let source = Scenario::sent(stream).await.connect(transport).open().unwrap();
        let log = Log::new();
        let noted = log.clone();
        let _nothing = source.on("", move |event: Event<Text>| noted.push(event.data.0));
        let mut none = source.subscribe::<Text>("");
        next(&mut source.subscribe::<Text>("end")).await.unwrap();
        nothing_more(&mut none).await;
        assert!(log.take().is_empty(), "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn what_comes_from_within_a_handler_waits_until_it_returns() {
    // Of three events at once the first is handed over and the others wait; to reconnect hands over what waits.
    let steps = json!([{ "events": { "to": 3, "perWrite": 3 } }]);
    let script = json!({ "attempts": [{ "steps": steps, "end": "hold" }, { "end": "hold" }] });
    let scenario = Scenario::new(script).await;
    let delivery = Delivery::Every(Duration::from_millis(50));
    let source = Rc::new(scenario.connect(NATIVE).retry(quick()).delivery(delivery).open().unwrap());
    let mut errors = source.errors();
    let (log, weak) = (Log::new(), Rc::downgrade(&source));
    let noted = log.clone();
    let _handler = source.on("message", move |event: Event<Value>| {
        noted.push(("begin", event.data["n"].as_u64()));
        if event.data["n"] == 2 {
            weak.upgrade().unwrap().reconnect();
        }
        noted.push(("end", event.data["n"].as_u64()));
    });
    when("the events", || log.len() >= 6).await;
    let expected: Vec<_> = (1..=3).flat_map(|n| [("begin", Some(n)), ("end", Some(n))]).collect();
    assert_eq!(log.take(), expected);
    assert_eq!(source.cursor().processed, "3");
    nothing_more(&mut errors).await;
}

#[wasm_bindgen_test]
async fn a_handler_that_traps_keeps_nothing_from_the_others() {
    let uncaught = Uncaught::listen();
    let network = Network::new();
    let source = network.connect().open().unwrap();
    let log = Log::new();
    let noting = |name| {
        let log = log.clone();
        move |event: Event<u32>| log.push((name, event.data))
    };
    let _before = source.on("message", noting("before"));
    let _trapping = source.on("message", |event: Event<u32>| {
        if event.data == 2 {
            std::process::abort();
        }
    });
    let _another = source.on("message", |event: Event<u32>| {
        if event.data == 3 {
            std::process::abort();
        }
    });
    let _after = source.on("message", noting("after"));
    tasks_until("the request", || network.count() == 1).await;
    // One chunk, and no other ever.
    network.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\nid: 4\ndata: 4\n\n");
    tasks_until("the last event", || log.len() >= 8).await;
    let expected: Vec<_> = (1..=4).flat_map(|n| [("before", n), ("after", n)]).collect();
    assert_eq!(log.take(), expected);
    tasks_until("both traps to be reported", || uncaught.count() == 2).await;
    assert_eq!(source.cursor().processed, "1");
}

#[wasm_bindgen_test]
async fn a_key_that_closes_the_source_cuts_its_event_off() {
    let network = Network::new();
    let place: Rc<RefCell<Option<TypedEventSource>>> = Rc::default();
    let inner = Rc::clone(&place);
    let latest = Overflow::latest_by_key(move |event| {
        if event.data == "2" {
            inner.borrow().iter().for_each(TypedEventSource::close);
        }
        event.data.to_owned()
    });
    *place.borrow_mut() = Some(network.connect().overflow(latest).open().unwrap());
    let mut events = place.borrow().as_ref().unwrap().subscribe::<u32>("message");
    tasks_until("the request", || network.count() == 1).await;
    network.send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
    assert_eq!(next(&mut events).await.unwrap().data, 1);
    assert!(rest(&mut events).await.is_empty());
    let source = place.take().unwrap();
    assert_eq!(source.cursor().processed, "1", "nobody was given the second");
}

/// So many events that are no numbers.
async fn undecodable(count: u64) -> Scenario {
    let events: String = (1..=count).map(|n| format!("id: {n}\ndata: no number\n\n")).collect();
    Scenario::sent(&[&events, "event: end\ndata\n\n"].concat()).await
}

/// The id of the event, and how many more there are after it.
fn told(failure: &Failure) -> (&str, u64) {
    let Failure::Decode(undecoded) = failure else { panic!("{failure}") };
    (&undecoded.event.last_event_id, undecoded.more)
}

#[wasm_bindgen_test]
async fn of_events_that_cannot_be_decoded_one_a_second_is_told_and_how_many_more_there_are() {
    let source = undecodable(500).await.connect(FETCH).open().unwrap();
    let mut errors = source.errors();
    let _handler = source.on("message", |_: Event<u32>| ());
    let mut end = source.subscribe::<Text>("end");
    assert_eq!(told(&next(&mut errors).await), ("1", 0));
    let first = js_sys::Date::now();
    next(&mut end).await.unwrap();
    nothing_more(&mut errors).await;
    let second = next(&mut errors).await;
    assert_eq!(told(&second), ("2", 498));
    assert!(second.to_string().ends_with("and 498 more events after it"), "{second}");
    assert!(js_sys::Date::now() - first >= 900.0, "a second is over");
    nothing_more(&mut errors).await;
}

#[wasm_bindgen_test]
async fn what_was_not_told_by_then_is_told_when_the_source_closes() {
    let source = undecodable(500).await.connect(FETCH).open().unwrap();
    let mut errors = source.errors();
    let _handler = source.on("message", |_: Event<u32>| ());
    next(&mut source.subscribe::<Text>("end")).await.unwrap();
    source.close();
    let failures = rest(&mut errors).await;
    assert_eq!(failures.iter().map(told).collect::<Vec<_>>(), [("1", 0), ("2", 498)]);
}

#[wasm_bindgen_test]
async fn a_stream_has_every_event_that_cannot_be_decoded() {
    let source = undecodable(50).await.connect(FETCH).open().unwrap();
    let mut errors = source.errors();
    let mut numbers = source.subscribe::<u32>("message");
    for _ in 0..50 {
        next(&mut numbers).await.expect_err("it is no number");
    }
    // Told is told: whoever gives up at the last one need not see it again.
    drop(numbers);
    soon("the end", async {
        while source.stats().events < 51 {
            task().await;
        }
    })
    .await;
    assert_eq!(source.cursor().processed, "50");
    nothing_more(&mut errors).await;
}
