//! An order, live.

use serde::Deserialize;
use typed_eventsource::TypedEventSource;
use typed_eventsource_yew::use_reduced_events;
use yew::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Orders {
    OrderUpdate { status: String },
}

#[derive(PartialEq, Properties)]
struct OrderProps {
    id: u32,
}

#[component]
fn Order(props: &OrderProps) -> Html {
    let order = use_reduced_events(
        // Another id is another source, and the value begins anew.
        props.id,
        |id| TypedEventSource::connect(format!("/orders/stream?orderId={id}")),
        Vec::new,
        |statuses, event| {
            let Orders::OrderUpdate { status } = event.data;
            statuses.push(status);
        },
    );
    let statuses = order.value().join(", ");
    html! {
        <>
            <p>{ order.state().status() }</p>
            <p>{ statuses }</p>
        </>
    }
}

#[component]
fn App() -> Html {
    let id = use_state(|| 101);
    let next = {
        let id = id.clone();
        move |_| id.set(*id + 1)
    };
    html! {
        <>
            <Order id={*id} />
            <button onclick={next}>{ "Next order" }</button>
        </>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
