//! Values of headers are secrets: no state, error or console message has any part of them.

use js_sys::{Array, Function};
use serde_json::json;
use typed_eventsource::{Builder, Headers};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{Scenario, closed, quick, until};

/// While it lives, the console is noted, and `Headers` and `Request` speak as those of Node do, which repeat a value
/// that they refuse.
struct Listening(JsValue);

impl Listening {
    fn begin() -> Self {
        let begin = Function::new_no_args(
            "const before = { Headers, Request, console: { ...console } }, said = [];
            for (const level of ['error', 'warn', 'log', 'info', 'debug'])
                console[level] = (...all) => { said.push(all.map(String).join(' ')); };
            const spoken = (value, act) => {
                try { return act(); } catch (_) {
                    throw new TypeError(`Headers.append: ${JSON.stringify(value)} is an invalid header value.`);
                }
            };
            globalThis.Headers = class Headers extends before.Headers {
                constructor(init) { spoken(init, () => new before.Headers(init)); super(init); }
                append(name, value) { spoken([name, value], () => super.append(name, value)); }
                set(name, value) { spoken([name, value], () => super.set(name, value)); }
            };
            return {
                said,
                end() {
                    globalThis.Headers = before.Headers;
                    Object.assign(console, before.console);
                },
            };",
        );
        Self(begin.call0(&JsValue::NULL).unwrap())
    }

    fn said(&self) -> String {
        let said = js_sys::Reflect::get(&self.0, &"said".into()).unwrap();
        Array::from(&said).join("\n").into()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        Function::new_with_args("it", "it.end()").call1(&JsValue::NULL, &self.0).unwrap();
    }
}

const SECRETS: [(&str, &str); 6] = [
    ("authorization", "Bearer s3cret\nx"),
    ("authorization", "Bearer s3cret\r"),
    ("authorization", "\0s3cret"),
    ("authorization", "s3cret\u{2192}"),
    ("authorization: Bearer s3cret", "1"),
    ("last-event-id", "s3cret"),
];

#[wasm_bindgen_test]
async fn no_part_of_a_headers_value_is_in_a_state_an_error_or_the_console() {
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    for (name, value) in SECRETS {
        let fixed = move |to: Builder| to.headers([(name, value)]);
        let asked =
            move |to: Builder| to.headers(Headers::from_fn(move |_| async move { Ok([(name, value)]) }));
        type Way = Box<dyn Fn(Builder) -> Result<Builder, String>>;
        let mut ways: Vec<Way> = vec![Box::new(move |to| Ok(fixed(to))), Box::new(move |to| Ok(asked(to)))];
        #[cfg(feature = "js-values")]
        for headers in [
            "{ [name]: value }",
            "[[name, value]]",
            "() => ({ [name]: value })",
            "async () => [[name, value]]",
            "() => new Map([[name, value]])",
        ] {
            let make = Function::new_with_args("name, value", &format!("return {{ headers: {headers} }}"));
            let options = make.call2(&JsValue::NULL, &name.into(), &value.into()).unwrap();
            ways.push(Box::new(move |to| to.js_options(&options).map_err(|error| error.to_string())));
        }
        for (number, way) in ways.iter().enumerate() {
            let listening = Listening::begin();
            let opened = way(scenario.connect(None).retry(quick().max_attempts(2)))
                .and_then(|builder| builder.open().map_err(|error| format!("{error} {error:?}")));
            let told = match opened {
                Ok(source) => format!("{:?}", until(&mut source.states(), closed).await),
                Err(error) => error,
            };
            let said = listening.said();
            drop(listening);
            assert!(!told.contains("s3cret") && !said.contains("s3cret"), "{number}: {told} {said}");
            if name == "authorization" {
                assert!(
                    told.contains("the header \\\"authorization\\\"")
                        || told.contains(r#"header "authorization""#),
                    "{number}: {told}"
                );
            }
        }
    }
    assert!(scenario.attempts().await.is_empty());
}
