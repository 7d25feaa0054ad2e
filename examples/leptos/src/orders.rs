//! What goes over the wire.
//!
//! The page decodes these types, and a server in Rust encodes the same ones: it takes this file from a crate that
//! both depend on, and `typed-eventsource` without default features.
//!
//! ```ignore
//! use typed_eventsource::protocol::encode;
//!
//! let update = OrderUpdate { order_id: 101, status: Stage::Placed, at: now() };
//! let block = encode::variant(&Orders::OrderUpdate(update))?.id(1).encode()?;
//! // event: orderUpdate
//! // data: {"orderId":101,"status":"Placed","at":"2026-05-04T12:00:00Z"}
//! // id: 1
//! ```

use serde::{Deserialize, Serialize};

/// The events: the variant is the event type, its content the data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Orders {
    /// Beats per minute.
    HeartRate(u32),
    /// An order has come further.
    OrderUpdate(OrderUpdate),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderUpdate {
    pub order_id: u32,
    pub status: Stage,
    /// When: RFC 3339, in UTC.
    pub at: String,
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Stage {
    Placed,
    Cooking,
    #[serde(rename = "Out for delivery")]
    OutForDelivery,
    Delivered,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Placed, Self::Cooking, Self::OutForDelivery, Self::Delivered];

    pub fn name(self) -> &'static str {
        match self {
            Self::Placed => "Placed",
            Self::Cooking => "Cooking",
            Self::OutForDelivery => "Out for delivery",
            Self::Delivered => "Delivered",
        }
    }
}

#[cfg(test)]
mod tests {
    use typed_eventsource::protocol::{decode, encode};

    use super::*;

    #[test]
    fn a_server_encodes_what_the_page_decodes() {
        let at = "2026-05-04T12:00:00Z".to_owned();
        let update = Orders::OrderUpdate(OrderUpdate { order_id: 101, status: Stage::OutForDelivery, at });
        let data = r#"{"orderId":101,"status":"Out for delivery","at":"2026-05-04T12:00:00Z"}"#;
        let block = encode::variant(&update).and_then(|event| event.id(3).encode()).expect("an enum of ours");
        assert_eq!(block, format!("event: orderUpdate\ndata: {data}\nid: 3\n\n"));
        assert_eq!(decode::variant::<Orders>("orderUpdate", data).expect("the data fits"), update);
    }
}
