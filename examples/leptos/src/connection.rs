use leptos::prelude::*;
use typed_eventsource::{CloseReason, ConnectionState, Transport};
use typed_eventsource_leptos::SharedError;

/// Shows the state of a connection, in a word and with what it carries, and the newest error.
#[component]
pub fn Connection(
    state: ReadSignal<ConnectionState>,
    error: ReadSignal<Option<SharedError>>,
) -> impl IntoView {
    let message = move || error.with(|error| error.as_ref().map(ToString::to_string));
    view! {
        <p class="connection" role="status" data-status=move || state.with(ConnectionState::status)>
            <strong>{move || state.with(ConnectionState::status)}</strong>
            " "
            {move || state.with(details)}
        </p>
        {move || message().map(|message| view! { <p class="note" role="alert">{message}</p> })}
    }
}

fn details(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Connecting { attempt } => format!("attempt {attempt}"),
        ConnectionState::Open { transport, resumed_from, .. } => {
            let over = match transport {
                Transport::EventSource => "the browser's EventSource",
                Transport::Fetch => "fetch",
            };
            match &**resumed_from {
                "" => format!("over {over}"),
                id => format!("over {over}, resumed after event {id}"),
            }
        }
        ConnectionState::Reconnecting { attempt, wait: Some(wait), cause } => {
            format!("attempt {attempt} in {:.1} s: {cause}", wait.as_secs_f64())
        }
        ConnectionState::Reconnecting { attempt, wait: None, cause } => {
            format!("attempt {attempt} when the browser decides: {cause}")
        }
        // The way of an order is over: no failure.
        ConnectionState::Closed { reason: CloseReason::NoContent } => "complete".into(),
        ConnectionState::Closed { reason } => reason.to_string(),
        // Whatever a later version adds has a name at least.
        _ => String::new(),
    }
}
