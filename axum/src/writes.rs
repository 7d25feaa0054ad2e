//! What is written to a client: blocks, several in one write where they are ready, and something in each silence.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use async_stream::stream;
use axum::body::Bytes;
use futures_core::Stream;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};
use typed_eventsource::protocol::encode;

use crate::drain::Place;
use crate::next::next;
use crate::{KeepAlive, Seat, SseError};

/// The blocks of a stream, encoded.
pub(crate) type Blocks = Pin<Box<dyn Stream<Item = Result<Bytes, SseError>> + Send>>;

/// Hears of the error that breaks a stream off.
pub(crate) type OnError = Box<dyn FnOnce(&SseError) + Send>;

/// A write has about so many bytes, if as many are ready.
const WRITE: usize = 16 * 1024;

/// Writes `first`, then the blocks, until they end or fail, or it is their turn to make place.
pub(crate) fn writes(
    first: Bytes,
    mut blocks: Blocks,
    keep_alive: KeepAlive,
    mut place: Option<Place>,
    on_error: Option<OnError>,
    seat: Option<Seat>,
) -> impl Stream<Item = Result<Bytes, SseError>> + Send {
    stream! {
        let _seat = seat;
        yield Ok(first);
        let mut last = Instant::now();
        let failed = loop {
            // An end in its turn comes before all else: a stream that is never silent has to stop, too.
            let gathered = tokio::select! {
                biased;
                reconnection_time = turn(&mut place) => {
                    yield Ok(encode::retry(reconnection_time).into());
                    break None;
                }
                gathered = gather(blocks.as_mut()) => gathered,
                () = silence(&keep_alive, last) => Gathered { write: keep_alive.block.clone(), end: None },
            };
            let Gathered { write, end } = gathered;
            if !write.is_empty() {
                yield Ok(write);
                last = Instant::now();
            }
            match end {
                None => {}
                Some(End::Clean) => break None,
                Some(End::Failed(error)) => break Some(error),
            }
        };
        if let Some(error) = failed {
            if let Some(report) = on_error {
                // It is the application's, and a panic of it would harm other streams of the same connection.
                let _ = catch_unwind(AssertUnwindSafe(|| report(&error)));
            }
            // An error takes along what is not flushed yet, which may be the head of the response.
            yield_now().await;
            yield Err(error);
        }
    }
}

async fn turn(place: &mut Option<Place>) -> std::time::Duration {
    match place {
        Some(place) => place.turn().await,
        None => pending().await,
    }
}

async fn silence(KeepAlive { every, .. }: &KeepAlive, last: Instant) {
    match every {
        Some(every) => sleep_until(last + *every).await,
        None => pending().await,
    }
}

struct Gathered {
    write: Bytes,
    end: Option<End>,
}

enum End {
    Clean,
    Failed(SseError),
}

/// Waits for a block, and takes along what is ready after it. Nothing is lost if this is dropped while it waits.
async fn gather(mut blocks: Pin<&mut (dyn Stream<Item = Result<Bytes, SseError>> + Send)>) -> Gathered {
    let ended = |write, next: Option<Result<Bytes, SseError>>| Gathered {
        write,
        end: Some(match next {
            Some(Err(error)) => End::Failed(error),
            _ => End::Clean,
        }),
    };
    let first = match next(blocks.as_mut()).await {
        Some(Ok(block)) => block,
        ended_by => return ended(Bytes::new(), ended_by),
    };
    // Most often there is one, which need not be copied.
    let mut write = Vec::new();
    while write.len().max(first.len()) < WRITE {
        match poll_fn(|context| Poll::Ready(blocks.as_mut().poll_next(context))).await {
            Poll::Pending => break,
            Poll::Ready(Some(Ok(block))) => {
                if write.is_empty() {
                    write.extend_from_slice(&first);
                }
                write.extend_from_slice(&block);
            }
            Poll::Ready(next) => return ended(if write.is_empty() { first } else { write.into() }, next),
        }
    }
    Gathered { write: if write.is_empty() { first } else { write.into() }, end: None }
}
