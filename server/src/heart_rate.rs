//! `GET /heart-rate`: an endless stream of `heartRate` events without ids, one a second.
//!
//! Each carries beats per minute, a number from 60 to 100. `?everyMs=` sets another pace, 10 to 60000.

use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::Stream;
use typed_eventsource::protocol::event::ServerSentEvent;

use crate::{App, Refusal, request};

const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn stream(State(app): State<Arc<App>>, uri: Uri) -> Result<Response, Refusal> {
    let every = request::pace(&request::query(&uri)?, EVERY)?;
    Ok(app.streams.events(beats(every)))
}

fn beats(every: Duration) -> impl Stream<Item = ServerSentEvent<u32>> {
    stream! {
        let mut ticks = interval(every);
        // A client that was slow gets the present, not a burst of the past.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for second in 0_u32.. {
            ticks.tick().await;
            yield ServerSentEvent::new(beats_per_minute(second)).event_type("heartRate");
        }
    }
}

/// Calm breathing with a little unrest on top, always from 60 to 100.
fn beats_per_minute(second: u32) -> u32 {
    let second = f64::from(second);
    let rate = 80.0 + 14.0 * (second / 9.0).sin() + 6.0 * (second * 1.7).sin();
    // In range by construction, so that the conversion loses the fraction only.
    rate.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_moves_within_its_bounds() {
        let rates: Vec<_> = (0..10_000).map(beats_per_minute).collect();
        assert!(rates.iter().all(|rate| (60..=100).contains(rate)));
        assert!(rates.windows(2).filter(|pair| pair[0] != pair[1]).count() > 5_000);
    }
}
