//! All adapters are tested with these functions. A feed in the page takes the place of the network.

use std::time::Duration;

use gloo_timers::future::sleep;
use js_sys::{Function, Reflect};
use serde::Deserialize;
use typed_eventsource::{Builder, TypedEventSource};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, window};

/// What the feeds send.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Feed {
    /// How many.
    Count(u32),
}

/// Each feed stays open. It begins with the events that its path names: `/3/4` sends 3, then 4.
pub(crate) fn connect(path: &str) -> Builder {
    let fetch = Function::new_with_args(
        "url, { signal }",
        r#"
        const feeds = (globalThis.feeds ??= []);
        const feed = { path: new URL(url).pathname, isOpen: true };
        feeds.push(feed);
        const body = new ReadableStream({
          start(controller) {
            feed.send = (data) => controller.enqueue(new TextEncoder().encode(`event: count\ndata: ${data}\n\n`));
            feed.path.slice(1).split("/").forEach(feed.send);
          },
          cancel() { feed.isOpen = false; },
        });
        signal.addEventListener("abort", () => { feed.isOpen = false; });
        return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
        "#,
    );
    TypedEventSource::connect(path).fetch(fetch)
}

/// Sends something more over the newest feed.
pub(crate) fn send(data: &str) {
    let newest = feeds().pop().expect("a feed");
    let send: Function = Reflect::get(&newest, &"send".into()).expect("a feed").unchecked_into();
    send.call1(&JsValue::NULL, &data.into()).expect("the feed is open");
}

/// The paths of all feeds, and whether they are open.
pub(crate) fn opened() -> Vec<(String, bool)> {
    let of = |feed: &JsValue, name: &str| Reflect::get(feed, &name.into()).expect("a feed");
    let opened =
        |feed: &JsValue| (of(feed, "path").as_string().unwrap_or_default(), of(feed, "isOpen").is_truthy());
    feeds().iter().map(opened).collect()
}

fn feeds() -> Vec<JsValue> {
    let feeds = Reflect::get(&js_sys::global(), &"feeds".into()).unwrap_or_default();
    feeds.dyn_into::<js_sys::Array>().map(|feeds| feeds.to_vec()).unwrap_or_default()
}

/// A new place in the page, for one test's view. The feeds of tests before are forgotten.
pub(crate) fn place() -> Element {
    Reflect::set(&js_sys::global(), &"feeds".into(), &js_sys::Array::new()).expect("a page");
    let document = window().and_then(|window| window.document()).expect("a page");
    let place = document.create_element("section").expect("an element");
    document.body().expect("a body").append_child(&place).expect("a page");
    place
}

/// Waits until the page shows this, and nothing of another text.
pub(crate) async fn shows(place: &Element, text: &str) {
    until(
        || place.text_content().unwrap_or_default() == text,
        || format!("{:?} instead of {text:?}", place.text_content()),
    )
    .await;
}

/// Waits until something holds.
pub(crate) async fn until(holds: impl Fn() -> bool, instead: impl Fn() -> String) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{}", instead());
}
