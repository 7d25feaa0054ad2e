//! `GET /orders/stream`: the way of one order in four `orderUpdate` events, with ids 1 to 4, two seconds apart.
//!
//! It resumes after the header `Last-Event-ID`, else after the parameter `lastEventId`, and answers 204 once all is
//! delivered, which ends a client's stream for good. An id says all that there is to know: whichever server is asked goes on.
//!
//! `?orderId=` picks the order, `?everyMs=` another pace.

use std::time::Duration;

use async_stream::stream;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::sleep;
use tokio_stream::Stream;
use typed_eventsource_axum::{Item, Refusal, Sse};

use crate::stream_request::StreamRequest;
use crate::timestamp;

mod event;

pub use event::{Event, OrderUpdate, Status};

const ORDER: u64 = 101;

/// The way of every order. The id of an update is its place here, from 1.
const WAY: [Status; 4] = [Status::Placed, Status::Cooking, Status::OutForDelivery, Status::Delivered];

pub(crate) async fn stream(request: StreamRequest) -> Result<Response, Refusal> {
    let every = request.pace(10..=60_000, 2000)?;
    let order_id = request.number("orderId")?.unwrap_or(ORDER);
    let seen = request.last_number()?.unwrap_or(0);
    let seen = usize::try_from(seen).unwrap_or(usize::MAX);
    if seen >= WAY.len() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(request.respond(Sse::variants(updates(order_id, seen, every))))
}

fn updates(order_id: u64, seen: usize, every: Duration) -> impl Stream<Item = Item<Event>> {
    stream! {
        for (id, status) in (1_u64..).zip(WAY).skip(seen) {
            let update = OrderUpdate { order_id, status, at: timestamp::now() };
            yield Item::new(Event::OrderUpdate(update)).id(id);
            if status != Status::Delivered {
                sleep(every).await;
            }
        }
    }
}
