//! The bodies of requests: so many bytes each, so many of all together, and not for ever.

use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::Refusal;
use crate::next::next;

/// How much of a body that is refused is read, as a multiple of the limit, so that its sender gets to the answer.
const DISCARDED: usize = 64;

/// How long a body may be silent before its sender is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);

/// How long a body may take in all: one that trickles is not waited for either.
const PATIENCE: Duration = Duration::from_secs(120);

/// Reads the bodies of requests. A server that has many streams open has little memory for what is sent to it.
///
/// ```
/// use axum::body::Body;
/// use axum::extract::State;
/// use typed_eventsource_axum::{Bodies, Refusal, Topic};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct News {
///     title: String,
/// }
///
/// async fn publish(
///     State((bodies, topic)): State<(Bodies, Topic<News>)>,
///     body: Body,
/// ) -> Result<String, Refusal> {
///     let news = bodies.json(body, r#"{"title": "Parcel"}"#).await?;
///     Ok(topic.publish(&news).await?)
/// }
/// ```
///
/// Nothing more of a body for 30 seconds, or not all of it in two minutes, is 408.
///
/// Clones share their memory.
#[derive(Clone, Debug)]
pub struct Bodies {
    each: usize,
    way_out: &'static str,
    room: Arc<Semaphore>,
}

/// 64 KiB each, 32 MiB of all together.
impl Default for Bodies {
    fn default() -> Self {
        Self::new(64 * 1024, 32 * 1024 * 1024)
    }
}

impl Bodies {
    /// Bodies of so many bytes each, and of so many in all while they are read and used.
    #[must_use]
    pub fn new(each: usize, in_all: usize) -> Self {
        let room = Arc::new(Semaphore::new(in_all.min(Semaphore::MAX_PERMITS)));
        Self { each, way_out: "send less", room }
    }

    /// The same memory, with bodies of so many bytes each.
    #[must_use]
    pub fn of_each(&self, each: usize) -> Self {
        Self { each, ..self.clone() }
    }

    /// The advice at the end of the sentence that refuses a body. Default: `send less`.
    #[must_use]
    pub fn way_out(self, way_out: &'static str) -> Self {
        Self { way_out, ..self }
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// If it is too large (413), too slow (408), or broken off (400); and if the bodies of other requests fill the memory
    /// there is for them (503, with `Retry-After`).
    pub async fn read(&self, body: Body) -> Result<ReadBody, Refusal> {
        let mut chunks = pin!(body.into_data_stream());
        let deadline = Instant::now() + PATIENCE;
        let mut read = Arc::clone(&self.room).try_acquire_many_owned(0).ok();
        let mut bytes = Vec::new();
        let mut total = 0;
        loop {
            let chunk = timeout_at(deadline, timeout(SILENCE, next(chunks.as_mut())))
                .await
                .map_err(|_| took_too_long())?
                .map_err(|_| stopped_coming())?;
            let Some(chunk) = chunk else { break };
            let chunk =
                chunk.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
            total += chunk.len();
            if total <= self.each {
                read = read.and_then(|read| self.with(read, chunk.len()));
                if read.is_some() {
                    bytes.extend_from_slice(&chunk);
                } else {
                    // What was read is given up.
                    bytes = Vec::new();
                }
            } else if total / DISCARDED > self.each {
                break;
            }
        }
        if total <= self.each {
            return read.map(|room| ReadBody { bytes, _room: room }).ok_or_else(no_room);
        }
        let sentence = format!("the body is larger than {}: {}", size(self.each), self.way_out);
        Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence))
    }

    /// Reads the JSON of a body; no body is an empty object. `example` ends the sentence of a refusal.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); and if the JSON is none, or not that of a `T` (400).
    pub async fn json<T: DeserializeOwned>(&self, body: Body, example: &str) -> Result<T, Refusal> {
        let read = self.read(body).await?;
        let json = if read.is_empty() { b"{}" } else { &read[..] };
        serde_json::from_slice(json).map_err(|error| {
            Refusal::bad_request(format!("the body cannot be read: {error}: send JSON as in {example}"))
        })
    }

    /// Room for so many bytes more.
    fn with(&self, mut read: OwnedSemaphorePermit, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        read.merge(Arc::clone(&self.room).try_acquire_many_owned(bytes).ok()?);
        Some(read)
    }
}

/// A body that was read. Its bytes count among those of all bodies until it is dropped.
#[derive(Debug)]
pub struct ReadBody {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl Deref for ReadBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

fn no_room() -> Refusal {
    let sentence = "the bodies of other requests fill the memory there is for them: try again later";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).retry_after(1)
}

fn took_too_long() -> Refusal {
    let sentence = format!("the body was not there after {} s: send it faster", PATIENCE.as_secs());
    Refusal::new(StatusCode::REQUEST_TIMEOUT, sentence)
}

fn stopped_coming() -> Refusal {
    let sentence =
        format!("nothing more of the body came for {} s: send it without pauses", SILENCE.as_secs());
    Refusal::new(StatusCode::REQUEST_TIMEOUT, sentence)
}

fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        _ if bytes >= MIB && bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        _ if bytes >= KIB && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use async_stream::stream;
    use axum::body::Bytes;
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_not_waited_for() {
        let bodies = Bodies::new(3, 100);
        let slow = |pauses: [u64; 3]| {
            Body::from_stream(stream! {
                for pause in pauses {
                    sleep(Duration::from_secs(pause)).await;
                    yield Ok::<_, std::io::Error>(Bytes::from_static(b"a"));
                }
            })
        };
        let start = Instant::now();
        let read = bodies.read(slow([29, 29, 29])).await.map(|read| read.to_vec());
        assert_eq!(read, Ok(b"aaa".to_vec()), "slow, but it comes");
        assert_eq!(start.elapsed(), Duration::from_secs(87));
        let start = Instant::now();
        let refusal = Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "nothing more of the body came for 30 s: send it without pauses",
        );
        assert_eq!(bodies.read(slow([0, 100, 0])).await.err(), Some(refusal));
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_not_waited_for() {
        let trickle = Body::from_stream(stream! {
            loop {
                sleep(Duration::from_secs(29)).await;
                yield Ok::<_, std::io::Error>(Bytes::from_static(b"a"));
            }
        });
        let start = Instant::now();
        let refusal = Bodies::default().read(trickle).await.expect_err("a refusal");
        let sentence = "the body was not there after 120 s: send it faster";
        assert_eq!(refusal, Refusal::new(StatusCode::REQUEST_TIMEOUT, sentence));
        assert_eq!(start.elapsed(), Duration::from_secs(120));
    }

    #[tokio::test]
    async fn bodies_have_their_limits_each_and_together() {
        let bodies = Bodies::new(2048, 3000).way_out("send a link");
        let body = |bytes: usize| Body::from(vec![b'x'; bytes]);
        let first = bodies.read(body(2048)).await.expect("within the limit");
        let too_large = bodies.read(body(2049)).await.expect_err("too large");
        assert_eq!(too_large.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(too_large.to_string(), "the body is larger than 2 KiB: send a link");
        let no_room = bodies.of_each(1000).read(body(953)).await.expect_err("there is no room");
        assert_eq!(no_room.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(bodies.read(body(952)).await.map(|read| read.len()), Ok(952));
        drop(first);
        bodies.read(body(2048)).await.expect("room again");
    }

    #[tokio::test]
    async fn json_is_read_or_explained() {
        let bodies = Bodies::default();
        assert_eq!(bodies.json(Body::from("[1, 2]"), "[1]").await, Ok(vec![1, 2]));
        let refusal = bodies.json::<Vec<u32>>(Body::from("[x]"), "[1]").await.expect_err("no JSON");
        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
        assert!(refusal.to_string().ends_with(": send JSON as in [1]"), "{refusal}");
        let nothing = bodies.json::<serde_json::Value>(Body::empty(), "{}").await;
        assert_eq!(nothing, Ok(serde_json::json!({})));
    }
}
