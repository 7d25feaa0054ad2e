//! Every queue is bounded, and what happens when it is full is the application's choice.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use typed_eventsource::{
    CloseReason, ConnectionState, Error, Event, Events, Overflow, SubscriptionError, Text, Transport,
    TypedEventSource, live_callbacks,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::engine::Engine;
use crate::harness::{
    BOTH, FETCH, Log, NATIVE, Scenario, connect, next, open, quick, reconnecting, rest, until, when,
};

/// What comes out of a stream: data, or how many events are missing.
#[derive(Debug, PartialEq)]
enum Read {
    Data(u32),
    Lagged(u64),
    Overflow,
}

use Read::{Data, Lagged};

fn read(item: Result<Event<u32>, SubscriptionError>) -> Read {
    match item {
        Ok(event) => Data(event.data),
        Err(SubscriptionError::Lagged { dropped }) => Lagged(dropped),
        Err(SubscriptionError::Overflow) => Read::Overflow,
        Err(error) => panic!("{error}"),
    }
}

async fn read_some(events: &mut Events<u32>, count: usize) -> Vec<Read> {
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(read(next(events).await));
    }
    items
}

/// The limit that so many events of [`burst`] fit into.
const fn room(events: usize) -> usize {
    110 * events
}

/// Six events of two types, then the end of them, and one more for whoever reads on.
async fn burst(transport: Option<Transport>, overflow: Overflow) -> (TypedEventSource, Events<u32>) {
    let events: String = (1..=6).map(|n| format!("id: {n}\ndata: {n}\n\n")).collect();
    let scenario = Scenario::sent(&[&events, "event: end\ndata\n\n"].concat()).await;
    let source = scenario.connect(transport).buffer(room(4)).overflow(overflow);
    let source = source.open().unwrap();
    let slow = source.subscribe::<u32>("message");
    let mut end = source.subscribe::<Text>("end");
    next(&mut end).await.unwrap();
    (source, slow)
}

#[wasm_bindgen_test]
async fn the_oldest_are_dropped_or_the_newest() {
    for transport in BOTH {
        let (source, mut slow) = burst(transport, Overflow::DropOldest).await;
        when("two to be dropped", || slow.dropped() == 2).await;
        let expected = [Lagged(2), Data(3), Data(4), Data(5), Data(6)];
        assert_eq!(read_some(&mut slow, 5).await, expected, "over {transport:?}");
        assert_eq!(source.stats().dropped, 2);

        let (source, mut slow) = burst(transport, Overflow::DropNewest).await;
        when("two to be dropped", || slow.dropped() == 2).await;
        let expected = [Data(1), Data(2), Data(3), Data(4), Lagged(2)];
        assert_eq!(read_some(&mut slow, 5).await, expected, "over {transport:?}");
        source.close();
        assert!(rest(slow).await.is_empty());
    }
}

#[wasm_bindgen_test]
async fn of_each_key_only_the_newest_waits() {
    for transport in BOTH {
        let parity =
            Overflow::latest_by_key(|event| (event.data.parse::<u32>().unwrap_or(0) % 2).to_string());
        let (source, mut slow) = burst(transport, parity).await;
        assert_eq!((slow.dropped(), source.stats().dropped), (4, 4));
        assert_eq!(read_some(&mut slow, 2).await, [Data(5), Data(6)], "over {transport:?}");

        // By the type of the event, if nothing else is said.
        let (source, mut slow) = burst(transport, Overflow::LatestByKey(Default::default())).await;
        assert_eq!(read_some(&mut slow, 1).await, [Data(6)], "over {transport:?}");
        source.close();
        assert!(rest(slow).await.is_empty());
    }
}

#[wasm_bindgen_test]
async fn an_event_is_decoded_when_it_is_read() {
    // That it does not decode is nobody's business once it is dropped.
    let stream = "event: n\ndata: not a number\n\nevent: n\ndata: 2\n\nevent: end\ndata\n\n";
    let latest = Overflow::LatestByKey(Default::default());
    let source = Scenario::sent(stream).await.connect(FETCH).overflow(latest).open().unwrap();
    let mut numbers = source.subscribe::<u32>("n");
    next(&mut source.subscribe::<Text>("end")).await.unwrap();
    assert_eq!(read_some(&mut numbers, 1).await, [Data(2)]);
}

#[wasm_bindgen_test]
async fn a_key_function_may_close_the_source_and_subscribe() {
    let scenario = Scenario::sent("data: 1\n\ndata: 2\n\n").await;
    let place: Rc<std::cell::RefCell<Option<TypedEventSource>>> = Rc::default();
    let (inner, keys) = (Rc::clone(&place), Log::new());
    let noted = keys.clone();
    let latest = Overflow::latest_by_key(move |event| {
        noted.push(event.data.to_owned());
        let source = inner.borrow();
        let source = source.as_ref().unwrap();
        drop(source.subscribe::<u32>("other"));
        source.close();
        String::new()
    });
    *place.borrow_mut() = Some(scenario.connect(FETCH).overflow(latest).open().unwrap());
    let numbers = place.borrow().as_ref().unwrap().subscribe::<u32>("message");
    assert!(rest(numbers).await.is_empty());
    assert_eq!(keys.take(), ["1"]);
    place.take();
}

#[wasm_bindgen_test]
async fn a_full_queue_closes_the_source_if_that_is_asked_for() {
    for transport in BOTH {
        let events: String = (1..=6).map(|n| format!("id: {n}\ndata: {n}\n\n")).collect();
        let scenario = Scenario::sent(&events).await;
        let source = scenario.connect(transport).buffer(room(4)).overflow(Overflow::Error).open().unwrap();
        let slow = source.subscribe::<u32>("message");
        let seen = rest(source.states()).await;
        assert_eq!(seen.last(), Some(&ConnectionState::Closed { reason: CloseReason::Overflow }));
        let mut items: Vec<_> = rest(slow).await.into_iter().map(read).collect();
        assert_eq!(items.pop(), Some(Read::Overflow), "over {transport:?}");
        // The sixth comes with the fifth, or not at all.
        let count = items.len() as u32;
        assert!((5..=6).contains(&count), "{items:?}");
        assert!(items.into_iter().eq((1..=count).map(Data)), "over {transport:?}");
        assert_eq!(source.cursor().processed, count.to_string());
        scenario.left().await;
    }
}

/// So many events that what lies between server and page does not hold them: 800 megabytes.
const MANY: u64 = 100_000;

/// What each of them counts, about.
const LARGE: usize = 8100;

async fn flood(to: u64) -> Scenario {
    let events = json!([{ "events": { "to": to, "bytes": 8000, "perWrite": 5, "type": "n" } }]);
    Scenario::once(events, "hold").await
}

/// How many events the server has written, once it writes no more.
async fn written(scenario: &Scenario) -> u64 {
    let (mut before, mut same) = (0, 0);
    while same < 20 {
        let now = scenario.sent_events().await;
        same = if now > 0 && now == before { same + 1 } else { 0 };
        before = now;
    }
    before
}

fn number(item: Result<Event<Value>, SubscriptionError>) -> u64 {
    item.unwrap().data["n"].as_u64().unwrap()
}

#[wasm_bindgen_test]
async fn a_slow_reader_makes_the_server_wait() {
    if !Engine::here().holds_the_server_back() {
        return;
    }
    let scenario = flood(MANY).await;
    let source =
        scenario.connect(None).buffer(100 * LARGE).overflow(Overflow::backpressure()).open().unwrap();
    let (quick_log, mut slow) = (Log::new(), source.subscribe::<Text>("n"));
    let noted = quick_log.clone();
    let _handler = source.on("n", move |event: Event<Text>| noted.push(event.last_event_id));
    next(&mut slow).await.unwrap();
    let stopped = written(&scenario).await;
    assert!(stopped < MANY / 2, "{stopped} were written");
    // What had been read already is queued whole.
    let received = quick_log.len();
    assert!((100..1000).contains(&received), "{received} were received");
    // It goes on as it is read, and nothing is lost.
    let mut read = 1;
    while read < 1000 || scenario.sent_events().await == stopped {
        for _ in 0..100 {
            read += 1;
            assert_eq!(*next(&mut slow).await.unwrap().last_event_id, *read.to_string());
        }
    }
    assert!(quick_log.len() >= read);
    let stats = source.stats();
    assert_eq!((stats.dropped, slow.dropped(), stats.attempts), (0, 0, 1));
    // One that leaves holds nobody back.
    drop(slow);
    when("more", || quick_log.len() >= read + 1000).await;
}

#[wasm_bindgen_test]
async fn one_that_is_never_read_holds_the_others_back_for_so_long_only() {
    let scenario = flood(MANY).await;
    let hold = Overflow::Backpressure { hold: Duration::from_millis(200) };
    let source = scenario.connect(FETCH).buffer(100 * LARGE).overflow(hold).open().unwrap();
    let (log, mut never) = (Log::new(), source.subscribe::<Value>("n"));
    let noted = log.clone();
    let _handler = source.on("n", move |event: Event<Text>| noted.push(event.last_event_id));
    when("the first chunk", || log.len() >= 100).await;
    let begin = js_sys::Date::now();
    when("more", || log.len() >= 2000).await;
    let held = js_sys::Date::now() - begin;
    assert!(held >= 190.0, "for {held} ms");
    source.close();
    let dropped = never.dropped();
    assert!(dropped > 1000, "{dropped} were dropped");
    let Err(SubscriptionError::Lagged { dropped: missing }) = next(&mut never).await else {
        panic!("it lags")
    };
    assert_eq!(missing, dropped);
    assert_eq!(number(next(&mut never).await), dropped + 1);
}

#[wasm_bindgen_test]
async fn what_is_not_read_is_not_silent() {
    let scenario = flood(1000).await;
    // Long, so that a busy machine does not make a silence of its own.
    let idle = Duration::from_secs(2);
    let source = scenario.connect(FETCH).buffer(100 * LARGE).overflow(Overflow::backpressure()).idle(idle);
    let source = source.retry(quick()).open().unwrap();
    let mut slow = source.subscribe::<Value>("n");
    assert_eq!(number(next(&mut slow).await), 1);
    gloo_timers::future::TimeoutFuture::new(4000).await;
    assert_eq!((source.stats().attempts, open(&source.state())), (1, true));
    // But once it is read to its end, it is.
    let mut states = source.states();
    drop(slow);
    until(&mut states, reconnecting).await;
}

#[wasm_bindgen_test]
async fn a_stream_that_holds_is_let_go_of() {
    let before = live_callbacks();
    for close in [true, false] {
        let scenario = flood(1000).await;
        let source =
            scenario.connect(FETCH).buffer(10 * LARGE).overflow(Overflow::backpressure()).open().unwrap();
        let slow = source.subscribe::<Value>("n");
        when("the first chunk", || source.stats().events >= 10).await;
        if close {
            source.close();
            drop((slow, source));
        } else {
            drop((source, slow));
        }
        if Engine::here().lets_go_of_a_silent_body() {
            scenario.left().await;
        }
        when("callbacks to go", || live_callbacks() <= before).await;
    }
}

#[wasm_bindgen_test]
async fn a_full_queue_holds_back_the_next_connection_too() {
    let events = |to: u64| json!({ "steps": [{ "events": { "to": to, "type": "n", "perWrite": 50 } }], "end": "hold" });
    let scenario = Scenario::new(json!({ "attempts": [events(50), events(100)] })).await;
    let source = scenario.connect(FETCH).buffer(room(10)).overflow(Overflow::backpressure()).open().unwrap();
    let mut slow = source.subscribe::<Value>("n");
    let mut states = source.states();
    until(&mut states, open).await;
    when("the first chunk", || source.stats().events == 50).await;
    source.reconnect();
    until(&mut states, open).await;
    for _ in 0..20 {
        scenario.attempts().await;
    }
    assert_eq!(source.stats().events, 50, "of it nothing was read");
    for n in 1..=100 {
        assert_eq!(number(next(&mut slow).await), n);
    }
    assert_eq!(slow.dropped(), 0);
}

#[wasm_bindgen_test]
async fn a_handler_that_traps_does_not_stop_what_is_paced() {
    let uncaught = crate::isolation::Uncaught::listen();
    let mut steps = vec![json!({ "events": { "to": 3, "perWrite": 3 } }), json!({ "waitMs": 20 })];
    steps.push(json!({ "events": { "to": 6, "perWrite": 3 } }));
    // What is left of a chunk comes with the next one: both may have come as one.
    for _ in 0..100 {
        steps.extend([json!({ "waitMs": 50 }), json!({ "send": ":\n" })]);
    }
    let scenario = Scenario::once(json!(steps), "hold").await;
    let source = scenario.connect(FETCH).overflow(Overflow::backpressure()).open().unwrap();
    let _trapping = source.on("message", |event: Event<Value>| {
        if event.data["n"] == 2 {
            std::process::abort();
        }
    });
    let mut stream = source.subscribe::<Value>("message");
    for n in 1..=6 {
        assert_eq!(number(next(&mut stream).await), n);
    }
    assert_eq!(uncaught.count(), 1);
}

#[wasm_bindgen_test]
fn the_browsers_eventsource_cannot_be_held_back() {
    let refused = connect("/", NATIVE).overflow(Overflow::backpressure()).open().unwrap_err();
    let Error::Options(message) = refused else { panic!("{refused}") };
    assert!(message.contains("Backpressure"), "{message}");
}

#[wasm_bindgen_test]
async fn a_reader_that_takes_each_event_as_it_comes_loses_nothing() {
    let policies = [
        Overflow::auto(),
        Overflow::DropOldest,
        Overflow::DropNewest,
        Overflow::latest_by_key(|event| event.last_event_id.to_owned()),
        Overflow::Error,
    ];
    for transport in BOTH {
        for overflow in &policies {
            let steps = json!([{ "events": { "to": 5000, "perWrite": 5000 } }]);
            let scenario = Scenario::once(steps, "hold").await;
            let source = scenario.connect(transport).buffer(1).overflow(overflow.clone()).open().unwrap();
            let mut events = source.subscribe::<Value>("message");
            for n in 1..=5000 {
                assert_eq!(number(next(&mut events).await), n, "{overflow:?} over {transport:?}");
            }
            assert_eq!((source.stats().dropped, open(&source.state())), (0, true));
        }
    }
}

#[wasm_bindgen_test]
async fn by_default_fetch_is_held_back_and_eventsource_drops_the_oldest() {
    let steps = || json!([{ "events": { "to": 20, "perWrite": 10 } }]);
    let scenario = Scenario::once(steps(), "hold").await;
    let source = scenario.connect(FETCH).buffer(room(4)).open().unwrap();
    let mut slow = source.subscribe::<Value>("message");
    for n in 1..=20 {
        when("an event", || source.stats().events >= n).await;
        assert_eq!(number(next(&mut slow).await), n);
    }
    assert_eq!(slow.dropped(), 0);

    let scenario = Scenario::once(steps(), "hold").await;
    let source = scenario.connect(NATIVE).buffer(room(4)).open().unwrap();
    let mut slow = source.subscribe::<Value>("message");
    when("the events", || source.stats().events == 20).await;
    when("some to be dropped", || slow.dropped() >= 16).await;
    let Err(SubscriptionError::Lagged { dropped }) = next(&mut slow).await else { panic!("it lags") };
    assert_eq!(number(next(&mut slow).await), dropped + 1);
}
