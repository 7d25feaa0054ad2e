//! Publishes, one after the other, whatever becomes of it.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::Failure;
use crate::counters::Counters;
use crate::ledger::Position;
use crate::wire::Wire;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// `turn` is held for each, and whoever else holds it has a pause.
pub(crate) async fn publish(wire: Wire, counters: Arc<Counters>, turn: Arc<Mutex<()>>, every: Duration) {
    let mut turns = interval(every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 1_u64.. {
        turns.tick().await;
        let _turn = turn.lock().await;
        // One that fails may be published all the same: another one has another title.
        let position = timeout(ANSWER, post(&wire, number)).await;
        counters.publication(position.ok().and_then(Result::ok));
    }
}

async fn post(wire: &Wire, number: u64) -> Result<Position, Failure> {
    // 100 bytes, with what is around it.
    let body = format!(r#"{{"title": "event {number:020}"}}"#);
    let request = Request::post(wire.url("/notifications")).body(Full::from(body))?;
    let response = wire.send(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if status != 201 {
        return Err(format!("the server answered {status}").into());
    }
    let published: serde_json::Value = serde_json::from_slice(&body)?;
    let position = published["id"].as_str().and_then(Position::of);
    position.ok_or_else(|| "an ID without a number".into())
}
