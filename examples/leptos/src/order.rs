use leptos::prelude::*;

use crate::connection::Connection;
use crate::follow::follow;
use crate::orders::{OrderUpdate, Orders, Stage};

/// How far an order has come, live.
#[component]
pub fn Order(order_id: u32) -> Result<impl IntoView, Error> {
    let updates = RwSignal::new(Vec::<OrderUpdate>::new());
    let url = format!("/orders/stream?orderId={order_id}");
    let state = follow(&url, move |event| match event.map(|event| event.data) {
        Ok(Orders::OrderUpdate(update)) => updates.update(|updates| updates.push(update)),
        Ok(Orders::HeartRate(_)) => {}
        Err(error) => leptos::logging::error!("{error}"),
    })?;
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
    Ok(view! {
        <p class="note">"Order " {order_id}</p>
        <ol class="stages">{Stage::ALL.map(stage)}</ol>
        <Connection state />
    })
}

/// Of an RFC 3339 time in UTC.
fn time_of_day(at: &str) -> String {
    format!("{} UTC", at.get(11..19).unwrap_or(at))
}
