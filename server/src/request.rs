//! What is read from requests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, RangeInclusive};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_stream::StreamExt;

use crate::refusal::Refusal;

/// The query parameter that stands in for the header in a new `EventSource`, which cannot set one.
pub(crate) const LAST_EVENT_ID_PARAM: &str = "lastEventId";

/// How much of a body that is refused is read, as a multiple of the limit, so that its sender gets to the answer.
const DISCARDED: usize = 64;

/// How long a body may be silent before its sender is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);

/// How long a body may take in all: one that trickles is not waited for either.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes of all the bodies that are being read, by whatever server in this process.
static ROOM: Semaphore = Semaphore::const_new(32 * 1024 * 1024);

/// A body that was read. Its bytes count among those of all bodies until it is dropped.
#[derive(Debug)]
pub(crate) struct Read {
    bytes: Vec<u8>,
    room: SemaphorePermit<'static>,
}

impl Read {
    /// Reads on, if there is room; else what was read is given up.
    fn with(mut self, chunk: &[u8]) -> Option<Self> {
        self.room.merge(ROOM.try_acquire_many(u32::try_from(chunk.len()).ok()?).ok()?);
        self.bytes.extend_from_slice(chunk);
        Some(self)
    }
}

impl Deref for Read {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The parameters of a query; of several with one name, the last.
pub(crate) fn query(uri: &Uri) -> Result<BTreeMap<String, String>, Refusal> {
    let Query(query) = Query::try_from_uri(uri).map_err(|_| {
        Refusal::bad_request(format!("the query of {uri} cannot be read: encode it as a form"))
    })?;
    Ok(query)
}

/// The value of a header as UTF-8, which is how browsers send a last event ID.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// Where the client wants to resume: the header `Last-Event-ID`, else the query parameter.
///
/// The header wins because it is newer: a browser that reestablishes a connection repeats the address it began with.
pub(crate) fn last_event_id(
    headers: &HeaderMap,
    query: &BTreeMap<String, String>,
    param: &str,
) -> Option<String> {
    header(headers, "last-event-id")
        .map(Cow::into_owned)
        .into_iter()
        .chain(query.get(param).cloned())
        .find(|id| !id.is_empty())
}

/// The number in a parameter.
pub(crate) fn number(query: &BTreeMap<String, String>, param: &str) -> Result<Option<u64>, Refusal> {
    query.get(param).map(|value| parse(value, &format!("the parameter {param}"))).transpose()
}

/// Reads a number, or says what is none.
pub(crate) fn parse(value: &str, what: &str) -> Result<u64, Refusal> {
    value.parse().map_err(|_| Refusal::bad_request(format!("{what} is {value:?}: send a whole number")))
}

/// The milliseconds in a parameter, within bounds.
pub(crate) fn millis(
    query: &BTreeMap<String, String>,
    param: &str,
    bounds: RangeInclusive<u64>,
) -> Result<Option<Duration>, Refusal> {
    Ok(within(query, param, bounds, " milliseconds")?.map(Duration::from_millis))
}

/// The number in a parameter, within bounds; `unit` ends the sentence of a refusal.
pub(crate) fn within(
    query: &BTreeMap<String, String>,
    param: &str,
    bounds: RangeInclusive<u64>,
    unit: &str,
) -> Result<Option<u64>, Refusal> {
    match number(query, param)? {
        Some(number) if !bounds.contains(&number) => Err(Refusal::bad_request(format!(
            "{param} is {number}: send {} to {}{unit}",
            bounds.start(),
            bounds.end()
        ))),
        number => Ok(number),
    }
}

/// A request's body, if it has no more than `limit` bytes; `way_out` ends the sentence of the refusal.
pub(crate) async fn body(body: Body, limit: usize, way_out: &str) -> Result<Read, Refusal> {
    let mut chunks = body.into_data_stream();
    let deadline = Instant::now() + PATIENCE;
    let next = async |chunks: &mut BodyDataStream| {
        timeout_at(deadline, timeout(SILENCE, chunks.next()))
            .await
            .map_err(|_| took_too_long())?
            .map_err(|_| stopped_coming())
    };
    let mut read = ROOM.try_acquire_many(0).ok().map(|room| Read { bytes: Vec::new(), room });
    let mut total = 0;
    while let Some(chunk) = next(&mut chunks).await? {
        let chunk = chunk.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
        total += chunk.len();
        if total <= limit {
            read = read.and_then(|read| read.with(&chunk));
        } else if total / DISCARDED > limit {
            break;
        }
    }
    if total <= limit {
        return read.ok_or_else(no_room);
    }
    let sentence = format!("the body is larger than {}: {way_out}", size(limit));
    Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence))
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

/// The JSON of a request's body; `example` ends the sentence of a refusal. No body is an empty object.
pub(crate) async fn json<T: DeserializeOwned>(body: Body, limit: usize, example: &str) -> Result<T, Refusal> {
    let way_out = "send less, or start the server with a larger --max-body-bytes";
    let read = self::body(body, limit, way_out).await?;
    let json = if read.is_empty() { b"{}" } else { &read[..] };
    serde_json::from_slice(json).map_err(|error| {
        Refusal::bad_request(format!("the body cannot be read: {error}: send JSON as in {example}"))
    })
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
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_not_waited_for() {
        let slow = |pauses: [u64; 3]| {
            Body::from_stream(stream! {
                for pause in pauses {
                    sleep(Duration::from_secs(pause)).await;
                    yield Ok::<_, std::io::Error>(Bytes::from_static(b"a"));
                }
            })
        };
        let start = Instant::now();
        let read = body(slow([29, 29, 29]), 3, "").await.map(|read| read.to_vec());
        assert_eq!(read, Ok(b"aaa".to_vec()), "slow, but it comes");
        assert_eq!(start.elapsed(), Duration::from_secs(87));
        let start = Instant::now();
        let refusal = Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "nothing more of the body came for 30 s: send it without pauses",
        );
        assert_eq!(body(slow([0, 100, 0]), 3, "").await.err(), Some(refusal));
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
        let refusal = body(trickle, 1000, "").await.expect_err("a refusal");
        let sentence = "the body was not there after 120 s: send it faster";
        assert_eq!(refusal, Refusal::new(StatusCode::REQUEST_TIMEOUT, sentence));
        assert_eq!(start.elapsed(), Duration::from_secs(120));
    }
}
