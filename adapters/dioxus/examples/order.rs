//! An order, live.

use dioxus::prelude::*;
use serde::Deserialize;
use typed_eventsource::TypedEventSource;
use typed_eventsource_dioxus::use_reduced_events;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Orders {
    OrderUpdate { status: String },
}

#[component]
fn Order(id: ReadSignal<u32>) -> Element {
    let order = use_reduced_events(
        // Another id is another source, and the value begins anew.
        move || TypedEventSource::connect(format!("/orders/stream?orderId={id}")),
        Vec::new,
        |statuses, event| {
            let Orders::OrderUpdate { status } = event.data;
            statuses.push(status);
        },
    );
    let state = order.state.read();
    let statuses = order.value.read().join(", ");
    rsx! {
        p { "{state.status()}" }
        p { "{statuses}" }
    }
}

#[component]
fn App() -> Element {
    let mut id = use_signal(|| 101);
    rsx! {
        Order { id }
        button { onclick: move |_| id += 1, "Next order" }
    }
}

fn main() {
    dioxus::launch(App);
}
