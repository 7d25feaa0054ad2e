//! The contract of the stream, which needs nothing of the server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The events of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// The order went on.
    OrderUpdate(OrderUpdate),
}

/// The data of an `orderUpdate` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderUpdate {
    /// The number of the order.
    pub order_id: u64,
    /// How far the order has come.
    pub status: Status,
    /// When it came there: RFC 3339, in UTC.
    pub at: String,
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Status {
    Placed,
    Cooking,
    #[serde(rename = "Out for delivery")]
    OutForDelivery,
    Delivered,
}
