//! What the application's own `fetch` answers may be anything, and may do anything while it is read.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use serde_json::json;
use typed_eventsource::{Cause, Delivery, Headers, Overflow, TypedEventSource, live_callbacks};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::any_request::cause;
use crate::harness::{Scenario, closed, next, open, quick, reconnecting, until, when};
use crate::isolation::Uncaught;

/// Every place where a foreign response is read.
const PLACES: [&str; 13] = [
    "status",
    "url",
    "headers",
    "get content-type",
    "get retry-after",
    "get mercure-last-event-id",
    "entries",
    "body",
    "locked",
    "getReader",
    "read",
    "done",
    "value",
];

/// A `fetch` the first answer of which calls `act` where `place` is read; it sends one event and stays open.
fn calling(place: &str, act: &JsValue) -> Function {
    let make = Function::new_with_args(
        "place, act",
        "let acted = false;
        const at = (here, value) => {
            if (here === place && !acted) { acted = true; act(); }
            return value;
        };
        const bytes = new TextEncoder().encode('data: 1\\n\\n');
        return () => {
            const chunks = [{ get done() { return at('done', false); }, get value() { return at('value', bytes); } }];
            const reader = {
                read: () => at('read', chunks.length ? Promise.resolve(chunks.shift()) : new Promise(() => {})),
                cancel: () => at('cancel'),
            };
            const body = {
                get locked() { return at('locked', false); },
                getReader: () => at('getReader', reader),
                cancel: () => at('cancel'),
            };
            const headers = {
                get: (name) => at(`get ${name.toLowerCase()}`, name === 'content-type' ? 'text/event-stream' : null),
                entries: () => at('entries', [['x-a', '1']][Symbol.iterator]()),
            };
            return {
                get status() { return at('status', 200); },
                get url() { return at('url', 'http://127.0.0.1/'); },
                get headers() { return at('headers', headers); },
                get body() { return at('body', body); },
            };
        };",
    );
    make.call2(&JsValue::NULL, &place.into(), act).unwrap().unchecked_into()
}

/// What is thrown, by what it says of itself.
fn thrown() -> Vec<(JsValue, &'static str)> {
    [
        ("new Error('not today')", "not today"),
        ("'in words'", "in words"),
        ("Object.create(null)", "a value without a message was thrown: object"),
        ("({ get message() { throw 1 } })", "a value without a message was thrown: object"),
        ("new Proxy({}, { get() { throw 1 } })", "a value without a message was thrown: object"),
        ("Object.assign(new Error(), { message: {} })", "a value without a message was thrown: object"),
        ("Symbol('s')", "a value without a message was thrown: symbol"),
        ("undefined", "a value without a message was thrown: undefined"),
    ]
    .map(|(expression, says)| (js_sys::eval(expression).unwrap(), says))
    .into()
}

fn connect(fetch: Function) -> typed_eventsource::Builder {
    TypedEventSource::connect("http://127.0.0.1/").retry(quick()).fetch(fetch)
}

#[wasm_bindgen_test]
async fn a_source_may_be_used_wherever_a_response_is_read() {
    let uncaught = Uncaught::listen();
    for (place, closes) in
        PLACES.into_iter().chain(["cancel"]).flat_map(|place| [(place, true), (place, false)])
    {
        let slot: Rc<RefCell<Option<Rc<TypedEventSource>>>> = Rc::default();
        let called = Rc::new(Cell::new(false));
        let act = Closure::<dyn Fn()>::new({
            let (slot, called) = (Rc::clone(&slot), Rc::clone(&called));
            move || {
                let source = slot.borrow().clone().unwrap();
                called.set(true);
                if closes {
                    source.close();
                } else {
                    source.reconnect();
                }
                drop(source.subscribe::<u32>("message"));
            }
        });
        let source = Rc::new(connect(calling(place, act.as_ref())).open().unwrap());
        *slot.borrow_mut() = Some(Rc::clone(&source));
        let mut states = source.states();
        if place == "cancel" {
            next(&mut source.subscribe::<u32>("message")).await.unwrap();
            source.reconnect();
        }
        if closes {
            until(&mut states, closed).await;
        } else {
            let mut numbers = source.subscribe::<u32>("message");
            assert_eq!(next(&mut numbers).await.unwrap().data, 1, "used in {place}");
            source.close();
        }
        assert!(called.get(), "{place} was read");
        slot.take();
        assert_eq!(source.state().status(), "closed", "used in {place}");
        assert_eq!(uncaught.count(), 0, "used in {place}");
    }
}

#[wasm_bindgen_test]
async fn what_throws_while_a_response_is_read_fails_the_attempt_and_says_so() {
    let uncaught = Uncaught::listen();
    for (place, (value, says)) in PLACES.into_iter().zip(thrown().into_iter().cycle()) {
        let throw = Function::new_with_args("value", "return () => { throw value; }");
        let throw = throw.call1(&JsValue::NULL, &value).unwrap().unchecked_into::<Function>();
        let source = connect(calling(place, &throw)).open().unwrap();
        let mut states = source.states();
        let seen = until(&mut states, |state| reconnecting(state) || closed(state)).await;
        let Cause::Network { message } = cause(seen.last()) else { panic!("{place}: {seen:?}") };
        assert!(message.contains(says), "{place}: {message:?} without {says:?}");
        until(&mut states, open).await;
        assert_eq!(uncaught.count(), 0, "thrown in {place}");
    }
}

#[wasm_bindgen_test]
async fn a_fetch_that_fails_with_any_value_fails_the_attempt_and_says_so() {
    let uncaught = Uncaught::listen();
    for way in [
        "throw value;",
        "return Promise.reject(value);",
        "return { then(_, no) { no(value); } };",
        "return { get then() { throw value; } };",
    ] {
        for (value, says) in thrown() {
            let make = Function::new_with_args("value", &format!("return () => {{ {way} }}"));
            let fetch = make.call1(&JsValue::NULL, &value).unwrap().unchecked_into();
            let source = connect(fetch).retry(quick().max_attempts(1)).open().unwrap();
            let seen = until(&mut source.states(), closed).await;
            assert_eq!(*cause(seen.last()), Cause::Network { message: says.into() }, "{way}");
        }
    }
    assert_eq!(uncaught.count(), 0);
}

/// A `fetch` whose body gives these chunks and stays open.
pub(crate) fn sending(chunks: &str) -> Function {
    Function::new_with_args(
        "url, init",
        &format!(
            "const bytes = (text) => new TextEncoder().encode(text);
            const chunks = {chunks};
            const read = async () =>
                chunks.length ? {{ done: false, value: chunks.shift() }} : new Promise(() => {{}});
            return {{
                status: 200,
                headers: new Headers({{ 'content-type': 'text/event-stream' }}),
                body: {{ locked: false, cancel() {{}}, getReader: () => ({{ read, cancel() {{}} }}) }},
            }};"
        ),
    )
}

#[wasm_bindgen_test]
async fn a_chunk_of_any_kind_is_taken_by_its_bytes() {
    let uncaught = Uncaught::listen();
    for chunk in [
        "bytes(text)",
        "bytes(text).buffer",
        "new DataView(bytes(text).buffer)",
        "new DataView(bytes('xx' + text + 'xx').buffer, 2, text.length)",
        "new Uint16Array(bytes(text).buffer)",
        "new Uint16Array(bytes('xx' + text + 'xx').buffer, 2, text.length / 2)",
        "new Int8Array(bytes(text).buffer)",
        "new Uint8ClampedArray(bytes(text).buffer)",
        "bytes('xx' + text).subarray(2)",
        "new (class Buffer extends Uint8Array { subarray() { throw 1 } })(bytes(text))",
        "new (class Buffer extends Uint8Array { get length() { throw 1 } set() { throw 1 } })(bytes(text))",
        "(() => {
            const frame = document.body.appendChild(document.createElement('iframe'));
            const bytes = new frame.contentWindow.TextEncoder().encode(text);
            frame.remove();
            return bytes;
        })()",
    ] {
        // Of an even length, and the second is cut in two by what comes after it.
        let chunks = format!("((text) => [{chunk}, bytes('a: 2\\n\\n')])('data: 1\\n\\n: !! \\ndat')");
        let source = connect(sending(&chunks)).open().unwrap();
        let mut numbers = source.subscribe::<u32>("message");
        assert_eq!(next(&mut numbers).await.unwrap().data, 1, "{chunk}");
        assert_eq!(next(&mut numbers).await.unwrap().data, 2, "{chunk}");
        assert_eq!(source.stats().attempts, 1, "{chunk}");
    }
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn a_chunk_that_is_none_fails_the_attempt_and_says_so() {
    let uncaught = Uncaught::listen();
    for chunk in [
        "'data: 1\\n\\n'",
        "7",
        "null",
        "undefined",
        "{}",
        "{ byteLength: 3 }",
        "[1]",
        "new Blob(['data'])",
        "((it) => (structuredClone(it.buffer, { transfer: [it.buffer] }), it))(bytes('data: 1\\n\\n'))",
        "Object.defineProperty(bytes('data: 1\\n\\n'), 'buffer', { get() { throw 1 } })",
        "Object.defineProperty(bytes('data: 1\\n\\n'), 'buffer', { value: 5 })",
    ] {
        let source = connect(sending(&format!("[{chunk}]"))).open().unwrap();
        let seen = until(&mut source.states(), reconnecting).await;
        let message = "the response's body has something else than bytes".into();
        assert_eq!(*cause(seen.last()), Cause::Network { message }, "{chunk}");
    }
    assert_eq!(uncaught.count(), 0);
}

/// A `fetch` whose body gives an event, in `chunk`, and does this at the second read; its headers have these entries.
fn reading(second: &str, entries: &str) -> Function {
    Function::new_no_args(&format!(
        "const chunk = new TextEncoder().encode('data: 1\\n\\n');
        const get = (name) => name.toLowerCase() === 'content-type' ? 'text/event-stream' : null;
        let reads = 0;
        const read = () => {{
            if (!reads++) return Promise.resolve({{ done: false, value: chunk }});
            {second}
            return new Promise(() => {{}});
        }};
        return {{
            status: 200,
            headers: {{ get, entries: () => ({entries}) }},
            body: {{ locked: false, cancel() {{}}, getReader: () => ({{ read, cancel() {{}} }}) }},
        }};"
    ))
}

#[wasm_bindgen_test]
async fn a_read_that_throws_loses_no_chunk_before_it() {
    let uncaught = Uncaught::listen();
    for delivery in [Delivery::Immediate, Delivery::Frame] {
        let fetch = reading("throw Error('not today');", "[]");
        let source = connect(fetch).delivery(delivery).open().unwrap();
        let (mut states, mut numbers) = (source.states(), source.subscribe::<u32>("message"));
        assert_eq!(next(&mut numbers).await.unwrap().data, 1);
        let seen = until(&mut states, reconnecting).await;
        assert_eq!(*cause(seen.last()), Cause::Network { message: "not today".into() });
    }
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn a_read_that_takes_the_chunk_before_it_back_fails_the_attempt_and_says_so() {
    let uncaught = Uncaught::listen();
    let fetch = reading("structuredClone(chunk.buffer, { transfer: [chunk.buffer] });", "[]");
    // Nothing holds the stream back: the next chunk is read before this one is handed over.
    let builder = connect(fetch).delivery(Delivery::Immediate).overflow(Overflow::DropOldest);
    let source = builder.open().unwrap();
    let seen = until(&mut source.states(), reconnecting).await;
    let message = "the response's body has something else than bytes".into();
    assert_eq!(*cause(seen.last()), Cause::Network { message });
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn headers_that_throw_while_they_are_listed_fail_the_attempt_and_say_so() {
    let uncaught = Uncaught::listen();
    for result in [
        "{ get done() { throw Error('not today') } }",
        "{ done: false, get value() { throw Error('not today') } }",
        "{ done: false, value: { get 0() { throw Error('not today') } } }",
    ] {
        let entries = format!("{{ [Symbol.iterator]: () => ({{ next: () => ({result}) }}) }}");
        let source = connect(reading("", &entries)).open().unwrap();
        let seen = until(&mut source.states(), reconnecting).await;
        let message = "the response of the application's `fetch` cannot be read: not today".into();
        assert_eq!(*cause(seen.last()), Cause::Network { message }, "{result}");
    }
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn a_body_that_is_no_web_stream_fails_the_attempt_and_says_so() {
    let uncaught = Uncaught::listen();
    for (body, says) in [
        ("undefined", "is no ReadableStream"),
        ("'data: 1'", "is no ReadableStream"),
        ("{ pipe() {}, on() {} }", "is no ReadableStream"),
        ("{ locked: false, getReader: () => 1 }", "gave no reader"),
        ("{ locked: false, getReader: () => ({}) }", "read"),
        ("{ locked: false, getReader: () => ({ read: () => 1 }) }", "gave no chunk"),
        ("{ locked: false, getReader: () => ({ read: async () => null }) }", "gave no chunk"),
    ] {
        let fetch = Function::new_no_args(&format!(
            "return {{ status: 200, headers: new Headers({{ 'content-type': 'text/event-stream' }}), body: {body} }}"
        ));
        let source = connect(fetch).open().unwrap();
        let seen = until(&mut source.states(), reconnecting).await;
        let Cause::Network { message } = cause(seen.last()) else { panic!("{body}: {seen:?}") };
        assert!(message.contains(says), "{body}: {message:?}");
    }
    assert_eq!(uncaught.count(), 0);
}

#[wasm_bindgen_test]
async fn headers_that_trap_are_a_failed_attempt() {
    for early in [true, false] {
        let uncaught = Uncaught::listen();
        let before = live_callbacks();
        let scenario = Scenario::always(json!({ "end": "hold" })).await;
        let asked = Rc::new(Cell::new(0));
        let headers = Headers::from_fn({
            let asked = Rc::clone(&asked);
            move |_| {
                asked.set(asked.get() + 1);
                let traps = asked.get() == 1;
                async move {
                    if !early {
                        crate::harness::breathe().await;
                    }
                    if traps {
                        // What a panic comes to in the end.
                        std::process::abort();
                    }
                    Ok([("x-a", "1")])
                }
            }
        });
        let builder = scenario.connect(None).retry(quick()).connect_timeout(None).headers(headers);
        let source = builder.open().unwrap();
        let seen = until(&mut source.states(), open).await;
        let lost = seen.iter().find(|state| reconnecting(state));
        assert!(matches!(cause(lost), Cause::Network { message } if message.contains("trapped")), "{seen:?}");
        assert_eq!((asked.get(), uncaught.count()), (2, 1));
        drop(source);
        // What has trapped is never dropped: its future, and the executor's hold on it.
        when("callbacks to go", || live_callbacks() <= before + 2).await;
    }
}
