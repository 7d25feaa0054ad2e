//! An order, live.

use leptos::prelude::*;
use serde::Deserialize;
use typed_eventsource::TypedEventSource;
use typed_eventsource_leptos::use_reduced_events;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Orders {
    OrderUpdate { status: String },
}

#[component]
fn Order(id: ReadSignal<u32>) -> impl IntoView {
    let order = use_reduced_events(
        // Another id is another source, and the value begins anew.
        move || TypedEventSource::connect(format!("/orders/stream?orderId={}", id.get())),
        Vec::new,
        |statuses, event| {
            let Orders::OrderUpdate { status } = event.data;
            statuses.push(status);
        },
    );
    view! {
        <p>{move || order.state.with(|state| state.status())}</p>
        <p>{move || order.value.with(|statuses| statuses.join(", "))}</p>
    }
}

fn main() {
    leptos::mount::mount_to_body(|| {
        let (id, set_id) = signal(101);
        view! {
            <Order id />
            <button on:click=move |_| set_id.update(|id| *id += 1)>"Next order"</button>
        }
    });
}
