use leptos::prelude::*;
use typed_eventsource::TypedEventSource;
use typed_eventsource_leptos::use_reduced_events;

use crate::connection::Connection;
use crate::orders::Orders;

/// Beats per minute, live.
#[component]
pub fn HeartRate() -> impl IntoView {
    let rate = use_reduced_events(
        || TypedEventSource::connect("/heart-rate"),
        || None,
        |rate, event| {
            if let Orders::HeartRate(newest) = event.data {
                *rate = Some(newest);
            }
        },
    );
    let reading = move || rate.value.get().map_or_else(|| "–".to_owned(), |rate: u32| rate.to_string());
    view! {
        <p class="reading">
            <output aria-live="off">{reading}</output>
            " "
            <span>"beats per minute"</span>
        </p>
        <Connection state=rate.state error=rate.error />
    }
}
