//! What comes arrives, typed.

use serde::Deserialize;
use typed_eventsource::Transport;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, connect, next};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderUpdate {
    order_id: u32,
    status: String,
}

#[wasm_bindgen_test]
async fn both_endpoints_are_delivered_typed() {
    for transport in BOTH {
        both_endpoints(transport).await;
    }
}

async fn both_endpoints(transport: Option<Transport>) {
    let hearts = connect("/heart-rate?everyMs=10", transport).open().unwrap();
    let mut rates = hearts.subscribe::<u32>("heartRate");
    for _ in 0..3 {
        let rate = next(&mut rates).await.unwrap();
        assert!((60..100).contains(&rate.data), "{rate:?}");
    }

    let orders = connect("/orders/stream?everyMs=10", transport).open().unwrap();
    let mut updates = orders.subscribe::<OrderUpdate>("orderUpdate");
    for (id, status) in ["Placed", "Cooking", "Out for delivery", "Delivered"].iter().enumerate() {
        let update = next(&mut updates).await.unwrap();
        assert_eq!(update.data.status, *status);
        assert_eq!(update.data.order_id, 101);
        assert_eq!(*update.last_event_id, *(id + 1).to_string());
        assert_eq!(&*update.event_type, "orderUpdate");
    }
}
