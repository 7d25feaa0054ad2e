//! `GET /readings`: an endless stream of binary data, which an event stream carries as base64.
//!
//! Each `reading` event carries eight little-endian 32-bit floats, one per sensor, from -1 to 1. Id n is due at the
//! server's start + n · `everyMs` (10 to 60000, default 1000); a resume gets the newest 600 at most.

use std::f64::consts::TAU;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_eventsource_axum::{Gap, Refusal, Text};

use crate::stream_request::StreamRequest;

const KEPT: u64 = 600;
const SENSORS: u32 = 8;

/// The events of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// Eight little-endian 32-bit floats as base64, which is no JSON.
    Reading(Text),
    /// Some are missing here.
    Gap(Gap),
}

pub(crate) async fn stream(request: StreamRequest) -> Result<Response, Refusal> {
    let every = request.pace(10..=60_000, 1000)?;
    request.timeline(KEPT, every, |id, _| Event::Reading(Text(reading(id))), Event::Gap)
}

/// The reading with an id: always the same.
fn reading(id: u64) -> String {
    // Each sensor has a wave of its own.
    let value = |sensor: f64| (TAU * (id as f64 / (20.0 + 5.0 * sensor) + sensor / 8.0)).sin() as f32;
    let bytes: Vec<u8> = (0..SENSORS).flat_map(|sensor| value(f64::from(sensor)).to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_eight_floats() {
        let floats = |id| {
            let bytes = STANDARD.decode(reading(id)).expect("base64");
            let (floats, rest) = bytes.as_chunks::<4>();
            assert_eq!((floats.len(), rest.len()), (8, 0));
            floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<_>>()
        };
        assert!(floats(5).iter().all(|value| (-1.0..=1.0).contains(value)));
        // A quarter of the first sensor's wave.
        assert!((floats(5)[0] - 1.0).abs() < 1e-6);
        assert_ne!(floats(5), floats(6));
        assert_eq!(floats(5), floats(5));
    }
}
