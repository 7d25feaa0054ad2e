use leptos::prelude::*;
use typed_eventsource::TypedEventSource;
use typed_eventsource_leptos::use_reduced_events;

use crate::connection::Connection;
use crate::orders::{OrderUpdate, Orders, Stage};

/// How far an order has come, live. Another order is another source.
#[component]
pub fn Order(#[prop(into)] order_id: Signal<u32>) -> impl IntoView {
    let order = use_reduced_events(
        move || TypedEventSource::connect(format!("/orders/stream?orderId={}", order_id.get())),
        Vec::<OrderUpdate>::new,
        |updates, event| {
            if let Orders::OrderUpdate(update) = event.data {
                updates.push(update);
            }
        },
    );
    let updates = order.value;
    let reached = move || updates.with(|updates| updates.last().map(|update| update.status));
    let at = move |stage| {
        updates.with(|updates| {
            let update = updates.iter().find(|update| update.status == stage)?;
            Some(view! { <time datetime=update.at.clone()>{time_of_day(&update.at)}</time> })
        })
    };
    let stage = move |stage: Stage| {
        let done = move || reached() >= Some(stage);
        let current = move || (reached() == Some(stage)).then_some("step");
        view! {
            <li class:done=done aria-current=current>
                {stage.name()}
                {move || at(stage)}
            </li>
        }
    };
    view! {
        <p class="note">"Order " {order_id}</p>
        <ol class="stages">{Stage::ALL.map(stage)}</ol>
        <Connection state=order.state error=order.error />
    }
}

/// Of an RFC 3339 time in UTC.
fn time_of_day(at: &str) -> String {
    format!("{} UTC", at.get(11..19).unwrap_or(at))
}
