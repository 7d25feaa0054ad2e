//! `GET /heart-rate`: an endless stream of `heartRate` events, one a second.
//!
//! Each carries beats per minute, a number within 60 and 100. Id n is due at the server's start + n · `everyMs` (10 to
//! 60000): a stream begins with the present, and a resume gets what happened meanwhile, as far as the newest 600.

use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_eventsource_axum::{Gap, Refusal};

use crate::stream_request::StreamRequest;

const KEPT: u64 = 600;

/// The events of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// Beats per minute.
    HeartRate(u32),
    /// Some are missing here.
    Gap(Gap),
}

pub(crate) async fn stream(request: StreamRequest) -> Result<Response, Refusal> {
    let every = request.pace(10..=60_000, 1000)?;
    request.timeline(KEPT, every, |id, _| Event::HeartRate(beats_per_minute(id)), Event::Gap)
}

/// Calm breathing with a little unrest on top, always within 60 and 100.
fn beats_per_minute(second: u64) -> u32 {
    // Exact for longer than any server runs.
    let second = second as f64;
    let rate = 80.0 + 13.4 * (second / 9.0).sin() + 6.0 * (second * 1.7).sin();
    // Within 61 and 99 by construction, so that the conversion loses the fraction only.
    rate.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_moves_within_its_bounds() {
        let rates: Vec<_> = (0..10_000).map(beats_per_minute).collect();
        assert!(rates.iter().all(|rate| (61..=99).contains(rate)));
        assert!(rates.windows(2).filter(|pair| pair[0] != pair[1]).count() > 5_000);
    }
}
