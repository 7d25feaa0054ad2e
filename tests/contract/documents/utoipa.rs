//! Prints the OpenAPI document of an application with event streams.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::openapi::OpenApiVersion;
use utoipa::{OpenApi, ToSchema};

/// What the kitchen tells.
#[derive(Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "camelCase")]
enum Kitchen {
    /// Degrees.
    Heat(u32),
    OrderUpdate(Order),
    Closed,
}

/// An order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Order {
    /// Its number.
    order_id: u64,
    status: Status,
    note: Option<String>,
    tags: HashMap<String, u8>,
}

#[derive(Serialize, ToSchema)]
enum Status {
    Placed,
    Delivered,
}

#[utoipa::path(
    get,
    path = "/kitchen/{id}/stream",
    params(("id" = u32, Path)),
    responses((status = 200, description = "The kitchen's events.", content_type = "text/event-stream", item_schema = Kitchen))
)]
fn kitchen() {}

#[utoipa::path(
    get,
    path = "/orders",
    responses((status = 200, description = "Orders.", content_type = "text/event-stream", item_schema = Order))
)]
fn orders() {}

#[derive(OpenApi)]
#[openapi(paths(kitchen, orders), components(schemas(Kitchen, Order, Status)))]
struct Api;

fn main() {
    let mut document = Api::openapi();
    document.openapi = OpenApiVersion::Version32;
    println!("{}", document.to_pretty_json().expect("a document"));
}
