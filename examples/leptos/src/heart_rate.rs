use leptos::prelude::*;

use crate::connection::Connection;
use crate::follow::follow;
use crate::orders::Orders;

/// Beats per minute, live.
#[component]
pub fn HeartRate() -> Result<impl IntoView, Error> {
    let (rate, set_rate) = signal(None);
    let state = follow("/heart-rate", move |event| match event.map(|event| event.data) {
        Ok(Orders::HeartRate(rate)) => set_rate.set(Some(rate)),
        Ok(Orders::OrderUpdate(_)) => {}
        Err(error) => leptos::logging::error!("{error}"),
    })?;
    let reading = move || rate.get().map_or_else(|| "–".to_owned(), |rate: u32| rate.to_string());
    Ok(view! {
        <p class="reading">
            <output aria-live="off">{reading}</output>
            " "
            <span>"beats per minute"</span>
        </p>
        <Connection state />
    })
}
