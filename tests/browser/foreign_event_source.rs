//! A page can dispatch any event at an EventSource, and can put one of its own in place of the browser's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Function, Reflect};
use serde_json::json;
use typed_eventsource::{Cause, ConnectionState, Delivery, Event, Text, TypedEventSource};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::any_request::cause;
use crate::harness::{Log, NATIVE, Scenario, closed, connect, next, open, quick, reconnecting, until, when};
use crate::isolation::Uncaught;

/// While it lives, this class is the page's EventSource. Those that were made are noted.
struct Replaced(JsValue);

/// One that does nothing by itself; `tell` dispatches an event of no special class.
const OWN: &str = "class extends EventTarget {
    constructor(url) { super(); this.url = url; this.readyState = 0; made.push(this); at('new'); }
    addEventListener(...all) { at('addEventListener'); super.addEventListener(...all); }
    removeEventListener(...all) { at('removeEventListener'); super.removeEventListener(...all); }
    close() { this.readyState = 2; at('close'); }
    tell(type, properties, readyState) {
        if (readyState !== undefined) this.readyState = readyState;
        this.dispatchEvent(Object.assign(new Event(type), properties));
    }
}";

/// The browser's.
const NOTED: &str = "class extends EventSource { constructor(...all) { super(...all); made.push(this); } }";

impl Replaced {
    fn with(class: &str, at: &JsValue) -> Self {
        let replace = Function::new_with_args(
            "at",
            &format!(
                "const before = EventSource, made = [];
                globalThis.EventSource = {class};
                return {{ made, end() {{ globalThis.EventSource = before; }} }}"
            ),
        );
        Self(replace.call1(&JsValue::NULL, at).unwrap())
    }

    fn silent(class: &str) -> Self {
        Self::with(class, &Function::new_no_args(""))
    }

    fn count(&self) -> u32 {
        Array::from(&Reflect::get(&self.0, &"made".into()).unwrap()).length()
    }

    /// Calls that on the newest: `it`.
    fn newest(&self, act: &str) {
        let act = Function::new_with_args("all", &format!("const it = all.made.at(-1); {act}"));
        act.call1(&JsValue::NULL, &self.0).unwrap();
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        Function::new_with_args("all", "all.end()").call1(&JsValue::NULL, &self.0).unwrap();
    }
}

#[wasm_bindgen_test]
async fn an_event_that_no_server_sent_harms_nothing() {
    let uncaught = Uncaught::listen();
    let replaced = Replaced::silent(NOTED);
    let steps = json!([{ "send": "event: tick\nid: 1\ndata: 1\n\n" }]);
    let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }, { "end": "hold" }] })).await;
    let source = scenario.connect(NATIVE).retry(quick()).open().unwrap();
    let (mut states, mut ticks) = (source.states(), source.subscribe::<u32>("tick"));
    let _errors = source.subscribe::<Text>("error");
    until(&mut states, open).await;
    for event in [
        "new Event('tick')",
        "new CustomEvent('tick', { detail: 1 })",
        "new MessageEvent('tick', { data: 5, lastEventId: '7' })",
        "new MessageEvent('tick', { data: null })",
        "Object.defineProperty(new Event('tick'), 'data', { get() { throw Object.create(null) } })",
        "Object.assign(new Event('tick'), { data: {}, lastEventId: 7, origin: 7 })",
    ] {
        replaced.newest(&format!("it.dispatchEvent({event})"));
    }
    assert_eq!(next(&mut ticks).await.unwrap().data, 1);
    // It was none of a server's that would have set the stream back.
    let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 2).await;
    assert_eq!(attempts[1].resumed_from(), "1");
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn an_event_source_of_the_pages_own_may_have_event_classes_of_its_own() {
    let uncaught = Uncaught::listen();
    let replaced = Replaced::silent(OWN);
    let source = connect("/anywhere", NATIVE).retry(quick()).open().unwrap();
    let mut states = source.states();
    let (mut ticks, mut errors, mut opens) =
        (source.subscribe::<u32>("tick"), source.subscribe::<u32>("error"), source.subscribe::<u32>("open"));
    replaced.newest("it.tell('open', {}, 1)");
    until(&mut states, open).await;
    replaced.newest(
        "it.tell('tick', { data: '1', lastEventId: '1', origin: 'http://there' });
        it.tell('error', { data: '2' });
        it.tell('open', { data: '3' });
        it.tell('tick', { data: '4', lastEventId: 4 });",
    );
    let first = next(&mut ticks).await.unwrap();
    assert_eq!((first.data, &*first.last_event_id, &*first.origin), (1, "1", "http://there"));
    assert_eq!(next(&mut errors).await.unwrap().data, 2);
    assert_eq!(next(&mut opens).await.unwrap().data, 3);
    let last = next(&mut ticks).await.unwrap();
    assert_eq!((last.data, &*last.last_event_id), (4, ""));
    assert_eq!(source.state().status(), "open", "a server's `error` is no failure");
    replaced.newest("it.tell('error', {}, 2)");
    let seen = until(&mut states, reconnecting).await;
    assert_eq!(*cause(seen.last()), Cause::Refused);
    when("another", || replaced.count() == 2).await;
    replaced.newest("it.tell('open', {}, 1)");
    until(&mut states, open).await;
    replaced.newest(
        "Object.defineProperty(it, 'readyState', { get() { throw Error('not today') } }); it.tell('error')",
    );
    let seen = until(&mut states, reconnecting).await;
    assert_eq!(*cause(seen.last()), Cause::Network { message: "not today".into() });
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn a_source_may_be_used_wherever_an_event_source_of_the_pages_own_is_called() {
    let uncaught = Uncaught::listen();
    for place in ["new", "addEventListener", "removeEventListener", "close"] {
        let slot: Rc<RefCell<Option<Rc<TypedEventSource>>>> = Rc::default();
        let acted = Rc::new(Cell::new(0));
        let act = Closure::<dyn Fn(String)>::new({
            let (slot, acted, kept) = (Rc::clone(&slot), Rc::clone(&acted), RefCell::new(Vec::new()));
            move |here: String| {
                let source = slot.borrow().clone();
                if here == place
                    && acted.get() < 2
                    && let Some(source) = source
                {
                    acted.set(acted.get() + 1);
                    source.reconnect();
                    drop(source.subscribe::<Text>("passing"));
                    kept.borrow_mut().push(source.subscribe::<Text>("staying"));
                }
            }
        });
        let replaced = Replaced::with(OWN, act.as_ref());
        let source = Rc::new(connect("/anywhere", NATIVE).retry(quick()).open().unwrap());
        *slot.borrow_mut() = Some(Rc::clone(&source));
        drop(source.subscribe::<Text>("passing"));
        source.reconnect();
        let mut ticks = source.subscribe::<u32>("tick");
        assert_eq!(acted.get(), 2, "{place}");
        replaced.newest("it.tell('open', {}, 1); it.tell('tick', { data: '1' })");
        assert_eq!(next(&mut ticks).await.unwrap().data, 1, "{place}");
        source.close();
        slot.take();
        assert_eq!(uncaught.count(), 0, "{place}");
    }
}

#[wasm_bindgen_test]
async fn an_event_source_that_throws_fails_the_attempt_and_says_so() {
    let uncaught = Uncaught::listen();
    for place in ["new", "addEventListener", "removeEventListener", "close"] {
        let throws = Function::new_with_args(
            "place",
            "let count = 0; return (here) => { if (here === place && count++ < 1) throw Object.create(null); }",
        );
        let throws = throws.call1(&JsValue::NULL, &place.into()).unwrap();
        let replaced = Replaced::with(OWN, &throws);
        let source = connect("/anywhere", NATIVE).retry(quick()).open().unwrap();
        let mut states = source.states();
        if matches!(place, "new" | "addEventListener") {
            let seen = until(&mut states, reconnecting).await;
            let message = "a value without a message was thrown: object".to_owned();
            assert_eq!(*cause(seen.last()), Cause::Network { message }, "{place}");
            until(&mut states, |state| matches!(state, ConnectionState::Connecting { .. })).await;
        }
        source.reconnect();
        replaced.newest("it.tell('open', {}, 1)");
        until(&mut states, open).await;
        assert_eq!(uncaught.count(), 0, "{place}");
    }
}

/// While the application is asked about an interruption, and after it has trapped there, the browser may give up.
#[wasm_bindgen_test]
async fn a_question_to_the_application_swallows_no_end_of_an_event_source() {
    for traps in [false, true] {
        let uncaught = Uncaught::listen();
        let replaced = Rc::new(Replaced::silent(OWN));
        let asked = Rc::new(Cell::new(0));
        let builder = connect("/anywhere", NATIVE).retry(quick()).connect_timeout(None);
        let source = builder.should_retry({
            // Weak: what has trapped is never dropped, and would keep it.
            let (replaced, asked) = (Rc::downgrade(&replaced), Rc::clone(&asked));
            move |_, _| {
                asked.set(asked.get() + 1);
                if asked.get() == 1 {
                    if !traps {
                        replaced.upgrade().unwrap().newest("it.tell('error', {}, 2)");
                        return true;
                    }
                    // What a panic comes to in the end.
                    std::process::abort();
                }
                true
            }
        });
        let source = source.open().unwrap();
        let mut states = source.states();
        replaced.newest("it.tell('open', {}, 1)");
        until(&mut states, open).await;
        replaced.newest("it.tell('error', {}, 0)");
        if traps {
            replaced.newest("it.tell('error', {}, 2)");
        }
        when("another attempt", || replaced.count() == 2).await;
        replaced.newest("it.tell('open', {}, 1)");
        until(&mut states, open).await;
        assert_eq!(asked.get(), 2);
        assert_eq!(uncaught.count(), u32::from(traps));
        source.close();
        until(&mut states, closed).await;
    }
}

/// What waits for a frame is handed over before the state is told: a handler that traps there keeps nothing back.
#[wasm_bindgen_test]
async fn a_handler_that_traps_before_a_state_is_told_does_not_stop_the_source() {
    let uncaught = Uncaught::listen();
    let replaced = Replaced::silent(OWN);
    let builder = connect("/anywhere", NATIVE).retry(quick()).connect_timeout(None);
    let source = builder.delivery(Delivery::Every(Duration::from_secs(60))).open().unwrap();
    let log = Log::new();
    let noted = log.clone();
    let _trapping = source.on("message", |event: Event<u32>| {
        if event.data == 2 {
            // What a panic comes to in the end.
            std::process::abort();
        }
    });
    let _noting = source.on("message", move |event: Event<u32>| noted.push(event.data));
    let mut states = source.states();
    replaced.newest("it.tell('open', {}, 1)");
    until(&mut states, open).await;
    replaced.newest(
        "for (const data of ['1', '2', '3']) it.tell('message', { data, lastEventId: '' });
        it.tell('error', {}, 2);",
    );
    let seen = until(&mut states, reconnecting).await;
    assert_eq!(*cause(seen.last()), Cause::Refused);
    assert_eq!(log.take(), [1, 2, 3]);
    when("another attempt", || replaced.count() == 2).await;
    replaced.newest("it.tell('open', {}, 1)");
    until(&mut states, open).await;
    when("the trap to be told", || uncaught.count() == 1).await;
}
