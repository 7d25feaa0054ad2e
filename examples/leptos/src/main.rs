//! A page that follows an order and a heart rate over server-sent events.

mod connection;
mod heart_rate;
mod order;
mod orders;

use leptos::prelude::*;

use heart_rate::HeartRate;
use order::Order;

fn main() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let order_id = RwSignal::new(101);
    view! {
        <header>
            <h1>"typed-eventsource with Leptos"</h1>
            <p>"Two event streams, one enum."</p>
        </header>
        <main>
            <Panel title="Heart rate" path="/heart-rate">
                <HeartRate />
            </Panel>
            <Panel title="Order" path="/orders/stream">
                <Order order_id />
                <button type="button" on:click=move |_| order_id.update(|id| *id += 1)>
                    "Next order"
                </button>
            </Panel>
        </main>
    }
}

/// A part of the page.
#[component]
fn Panel(title: &'static str, path: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="panel">
            <h2>{title}" "<code>{path}</code></h2>
            {children()}
        </section>
    }
}
