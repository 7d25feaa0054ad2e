//! The signals in a page.
#![cfg(target_arch = "wasm32")]

#[path = "../../support/page.rs"]
mod page;

use dioxus::prelude::*;
use dioxus::web::Config;
use page::{Feed, connect, opened, place, send, shows, until};
use typed_eventsource_dioxus::{use_latest, use_reduced_events};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

type View = dioxus::prelude::Element;

wasm_bindgen_test_configure!(run_in_browser);

fn mount(app: fn() -> View) -> Element {
    let place = place();
    let dom = VirtualDom::new(app);
    dioxus::web::launch::launch_virtual_dom(dom, Config::new().rootelement(place.clone()));
    place
}

fn click(place: &Element, class: &str) {
    let button = place.query_selector(class).expect("a selector").expect("a button");
    button.unchecked_into::<HtmlElement>().click();
}

#[component]
fn Sum(path: ReadSignal<String>) -> View {
    let sum = use_reduced_events(
        move || connect(&path.read()),
        || 0,
        |sum, event| {
            let Feed::Count(count) = event.data;
            *sum += count;
        },
    );
    let state = sum.state.read();
    rsx! { "{state.status()} {sum.value}" }
}

#[component]
fn Sums() -> View {
    let mut path = use_signal(|| Some("/1/2".to_owned()));
    rsx! {
        if let Some(path) = path() { Sum { path } }
        button { class: "next", onclick: move |_| path.set(Some("/10".to_owned())) }
        button { class: "leave", onclick: move |_| path.set(None) }
    }
}

#[wasm_bindgen_test]
async fn a_source_lives_as_long_as_its_component_and_moves_with_its_url() {
    let place = mount(Sums);
    shows(&place, "open 3").await;
    send("4");
    shows(&place, "open 7").await;

    click(&place, ".next");
    shows(&place, "open 10").await;
    let first_is_closed = || opened() == [("/1/2".to_owned(), false), ("/10".to_owned(), true)];
    until(first_is_closed, || format!("{:?}", opened())).await;

    click(&place, ".leave");
    until(|| opened().iter().all(|(_, is_open)| !is_open), || format!("{:?}", opened())).await;
}

#[component]
fn Latest() -> View {
    let latest = use_latest::<Feed>(|| connect("/5/6/x"));
    let count = latest.value.read().as_ref().map(|event| format!("{:?}", event.data)).unwrap_or_default();
    let error = latest.error.read().as_ref().map(|_| " and an error").unwrap_or_default();
    rsx! { "{count}{error}" }
}

#[wasm_bindgen_test]
async fn the_latest_event_and_an_error_reach_the_view() {
    let place = mount(Latest);
    shows(&place, "Count(6) and an error").await;
}
