//! A page that follows an order and a heart rate over server-sent events.

mod connection;
mod follow;
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
                // Another order is another component: the source of the one before is dropped, and closed, with it.
                {move || view! { <Order order_id=order_id.get() /> }}
                <button type="button" on:click=move |_| order_id.update(|id| *id += 1)>
                    "Next order"
                </button>
            </Panel>
        </main>
    }
}

/// A part of the page, which says so where its stream cannot be opened.
#[component]
fn Panel(title: &'static str, path: &'static str, children: Children) -> impl IntoView {
    let fallback = |errors: ArcRwSignal<Errors>| {
        let messages =
            move || errors.get().into_iter().map(|(_, error)| error.to_string()).collect::<Vec<_>>();
        view! { <p class="note" role="alert">{move || messages().join("; ")}</p> }
    };
    view! {
        <section class="panel">
            <h2>{title}" "<code>{path}</code></h2>
            <ErrorBoundary fallback>{children()}</ErrorBoundary>
        </section>
    }
}
