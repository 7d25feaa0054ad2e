//! The hooks in a page.
#![cfg(target_arch = "wasm32")]

#[path = "../../support/page.rs"]
mod page;

use page::{Feed, connect, opened, place, send, shows, until};
use typed_eventsource_yew::{use_latest, use_reduced_events};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

#[derive(Clone, PartialEq, Properties)]
struct SumProps {
    path: AttrValue,
}

#[component]
fn Sum(props: &SumProps) -> Html {
    let sum = use_reduced_events(
        props.path.clone(),
        |path| connect(path),
        || 0,
        |sum, event| {
            let Feed::Count(count) = event.data;
            *sum += count;
        },
    );
    let text = format!("{} {}", sum.state().status(), sum.value());
    html! { text }
}

#[wasm_bindgen_test]
async fn a_source_lives_as_long_as_its_component_and_moves_with_its_url() {
    let place = place();
    let mut view =
        yew::Renderer::<Sum>::with_root_and_props(place.clone(), SumProps { path: "/1/2".into() }).render();
    shows(&place, "open 3").await;
    send("4");
    shows(&place, "open 7").await;

    view.update(SumProps { path: "/10".into() });
    shows(&place, "open 10").await;
    let first_is_closed = || opened() == [("/1/2".to_owned(), false), ("/10".to_owned(), true)];
    until(first_is_closed, || format!("{:?}", opened())).await;

    view.destroy();
    until(|| opened().iter().all(|(_, is_open)| !is_open), || format!("{:?}", opened())).await;
}

#[component]
fn Latest() -> Html {
    let latest = use_latest::<Feed, _>((), |_| connect("/5/6/x"));
    let count = latest.value().as_ref().map(|event| format!("{:?}", event.data));
    let error = latest.error().map(|_| " and an error");
    html! { <>{ count }{ error }</> }
}

#[wasm_bindgen_test]
async fn the_latest_event_and_an_error_reach_the_view() {
    let place = place();
    yew::Renderer::<Latest>::with_root(place.clone()).render();
    shows(&place, "Count(6) and an error").await;
}
