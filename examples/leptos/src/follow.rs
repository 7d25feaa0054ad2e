use futures_util::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use typed_eventsource::{ConnectionState, Error, Event, SubscriptionError, TypedEventSource};

/// Follows an event stream as long as the component lives that asks for it: calls the handler for each event,
/// and gives the state of the connection.
///
/// The type names the event types: `follow::<Orders>` listens to those of its variants.
pub fn follow<E: DeserializeOwned + 'static>(
    url: &str,
    mut handler: impl FnMut(Result<Event<E>, SubscriptionError>) + 'static,
) -> Result<ReadSignal<ConnectionState>, Error> {
    let source = TypedEventSource::connect(url).open()?;
    let mut events = source.events::<E>()?;
    let mut states = source.states();
    let (state, set_state) = signal(source.state());
    // Belongs to the component: when that goes, the source is dropped, which closes it and ends both streams.
    StoredValue::new_local(source);
    spawn_local(async move {
        while let Some(event) = events.next().await {
            handler(event);
        }
    });
    spawn_local(async move {
        while let Some(state) = states.next().await {
            // The last one comes when the component, and its signals, are gone already.
            let _ = set_state.try_set(state);
        }
    });
    Ok(state)
}
