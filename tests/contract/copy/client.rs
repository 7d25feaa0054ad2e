//! A Rust client of the demo's orders.

use orders::{Event, OrderUpdate, Status};

fn show(event: Event) -> String {
    let Event::OrderUpdate(OrderUpdate { order_id, status, at }) = event;
    let (id, at): (u64, String) = (order_id, at);
    let stage = match status {
        Status::Placed | Status::Cooking | Status::OutForDelivery => "on its way",
        Status::Delivered => "there",
    };
    format!("{id} is {stage} since {at}")
}

fn main() {
    let data = std::env::args().nth(1).unwrap_or_default();
    let event = typed_eventsource::protocol::decode::variant("orderUpdate", &data);
    println!("{}", event.map_or_else(|error| error.to_string(), show));
}
