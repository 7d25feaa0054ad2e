//! A gap is told in the order of the stream: after what came before it, before what comes after it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::json;
use typed_eventsource::{Event, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::foreign::sending;
use crate::harness::{Log, NATIVE, Scenario, next, quick, when};
use crate::isolation::Uncaught;

fn connect(chunks: &str) -> typed_eventsource::Builder {
    TypedEventSource::connect("http://127.0.0.1/").retry(quick()).gap_event("gap").fetch(sending(chunks))
}

#[wasm_bindgen_test]
async fn gaps_are_told_in_the_order_of_the_stream() {
    let chunks = "[bytes('id: 1\\ndata\\n\\nid: 2\\ndata\\n\\nevent: gap\\ndata\\n\\nid: 3\\ndata\\n\\n'
        + 'event: gap\\nid: 9\\ndata\\n\\nevent: gap\\ndata\\n\\nid: 4\\ndata\\n\\nid: 5\\n\\n')]";
    let source = Rc::new(connect(chunks).last_event_id("0").open().unwrap());
    let mut gaps = source.gaps();
    let log = Log::new();
    let note = || {
        let (source, log) = (Rc::downgrade(&source), log.clone());
        move |event: Event<Text>| {
            let source = source.upgrade().unwrap();
            log.push((event.event_type.to_string(), event.last_event_id.to_string(), source.stats().gaps));
        }
    };
    let _handlers = [source.on("message", note()), source.on("gap", note())];
    when("all events", || log.len() == 7).await;
    let told: Vec<_> = log.take();
    let told: Vec<_> = told.iter().map(|(kind, id, gaps)| (&**kind, &**id, *gaps)).collect();
    let expected = [
        ("message", "1", 0),
        ("message", "2", 0),
        ("gap", "2", 1),
        ("message", "3", 1),
        ("gap", "9", 2),
        ("gap", "9", 3),
        ("message", "4", 3),
    ];
    assert_eq!(told, expected);
    for got in ["2", "9", "9"] {
        let gap = next(&mut gaps).await;
        assert_eq!((&*gap.asked, &*gap.got), ("0", got));
    }
    assert_eq!(source.cursor().received, "5", "the id that came last belongs to no event");
}

#[wasm_bindgen_test]
async fn a_gap_says_what_its_own_connection_had_asked_for() {
    let stream = "id: 8\ndata: 1\n\nevent: gap\ndata: 2\n\nid: 9\ndata: 3\n\n";
    let script = json!({ "attempts": [{ "steps": [{ "send": stream }], "end": "hold" }, { "end": "hold" }] });
    let scenario = Scenario::new(script).await;
    for (builder, on) in [
        (connect(&format!("[bytes({})]", json!(stream))), 1),
        // Over the browser's EventSource what comes later would not come any more.
        (scenario.connect(NATIVE).retry(quick()).gap_event("gap"), 3),
    ] {
        let source = Rc::new(builder.last_event_id("7").open().unwrap());
        let mut gaps = source.gaps();
        let handler = source.on("message", {
            let source = Rc::downgrade(&source);
            let reconnected = Cell::new(false);
            move |event: Event<u32>| {
                if event.data == on && !reconnected.replace(true) {
                    source.upgrade().unwrap().reconnect();
                }
            }
        });
        let gap = next(&mut gaps).await;
        assert_eq!((&*gap.asked, &*gap.got), ("7", "8"), "reconnected on {on}");
        drop(handler);
    }
}

#[wasm_bindgen_test]
async fn a_subscriber_that_traps_keeps_no_gap_back() {
    let uncaught = Uncaught::listen();
    // Nothing comes after this chunk.
    let chunks = "[bytes('data: 1\\n\\nevent: gap\\ndata: 2\\n\\ndata: 3\\n\\n')]";
    let source = connect(chunks).open().unwrap();
    let (mut gaps, log) = (source.gaps(), Log::new());
    let noted = log.clone();
    let trapping = source.on("message", |_: Event<u32>| {
        // What a panic comes to in the end. It is not called again.
        std::process::abort();
    });
    let other = source.on("message", move |event: Event<u32>| noted.push(event.data));
    next(&mut gaps).await;
    when("the event after the gap", || log.len() == 2).await;
    assert_eq!(log.take(), [1, 3]);
    when("the trap to be told", || uncaught.count() == 1).await;
    drop((trapping, other));
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_before_a_gap_tells_of_none() {
    let chunks = "[bytes('data: 1\\n\\nevent: gap\\ndata: 2\\n\\ndata: 3\\n\\n')]";
    let slot: Rc<RefCell<Option<TypedEventSource>>> = Rc::default();
    let source = connect(chunks).open().unwrap();
    let log = Log::new();
    let handler = source.on("message", {
        let (slot, log) = (Rc::clone(&slot), log.clone());
        move |event: Event<u32>| {
            log.push(event.data);
            slot.borrow().as_ref().unwrap().close();
        }
    });
    let gaps = source.gaps();
    *slot.borrow_mut() = Some(source);
    assert!(crate::harness::rest(gaps).await.is_empty());
    assert_eq!(log.take(), [1]);
    drop(handler);
    slot.take();
}

#[wasm_bindgen_test]
async fn a_chunk_full_of_gaps_costs_what_it_weighs() {
    // All that has to be looked at for each gap is near it: not the id, not the types, not the events.
    let chunks = "[bytes('id: ' + 'x'.repeat(4_000) + '\\ndata\\n\\n'
        + Array.from({ length: 5_000 }, (_, n) => `event: t${n}\\ndata\\n\\nevent: gap\\ndata\\n\\n`).join(''))]";
    let source = connect(chunks).open().unwrap();
    let _gaps = source.gaps();
    let mut last = source.subscribe::<Text>("t4999");
    next(&mut last).await.unwrap();
    when("all gaps", || source.stats().gaps == 5_000).await;
}
