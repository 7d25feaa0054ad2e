//! The signals in a page.
#![cfg(target_arch = "wasm32")]

#[path = "../../support/page.rs"]
mod page;

use leptos::prelude::*;
use page::{Feed, connect, opened, place, send, shows, until};
use typed_eventsource_leptos::{use_latest, use_reduced_events};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_source_lives_as_long_as_its_component_and_moves_with_its_url() {
    let place = place();
    let path = RwSignal::new("/1/2");
    let factor = RwSignal::new(1);
    let view = leptos::mount::mount_to(place.clone().unchecked_into(), move || {
        let sum = use_reduced_events(
            move || connect(path.get()),
            || 0,
            move |sum, event| {
                let Feed::Count(count) = event.data;
                *sum += factor.get() * count;
            },
        );
        view! { {move || sum.state.with(|state| state.status())} " " {move || sum.value.get()} }
    });
    shows(&place, "open 3").await;
    send("4");
    shows(&place, "open 7").await;

    // A signal that only the reducer reads opens nothing anew.
    factor.set(2);
    send("5");
    shows(&place, "open 17").await;
    assert_eq!(opened(), [("/1/2".to_owned(), true)]);
    factor.set(1);

    path.set("/10");
    shows(&place, "open 10").await;
    assert_eq!(opened(), [("/1/2".to_owned(), false), ("/10".to_owned(), true)]);

    drop(view);
    until(|| opened().iter().all(|(_, is_open)| !is_open), || format!("{:?}", opened())).await;
}

#[wasm_bindgen_test]
async fn the_latest_event_and_an_error_reach_the_view() {
    let place = place();
    let _view = leptos::mount::mount_to(place.clone().unchecked_into(), move || {
        let latest = use_latest::<Feed>(move || connect("/5/6/x"));
        let count =
            move || latest.value.with(|event| event.as_ref().map(|event| format!("{:?}", event.data)));
        let error = move || latest.error.with(|error| error.as_ref().map(ToString::to_string));
        view! { {count} {move || error().is_some().then_some(" and an error")} }
    });
    shows(&place, "Count(6) and an error").await;
}

#[wasm_bindgen_test]
async fn a_source_that_cannot_be_opened_is_closed_and_says_why() {
    let place = place();
    let _view = leptos::mount::mount_to(place.clone().unchecked_into(), move || {
        let latest = use_latest::<Feed>(|| connect("ftp://a.test/"));
        let error = move || latest.error.with(|error| error.as_ref().map(ToString::to_string));
        view! { {move || latest.state.with(|state| state.status())} " " {move || error().is_some()} }
    });
    shows(&place, "closed true").await;
}
