//! A stream on its way over a line.

use std::io;
use std::pin::pin;

use async_stream::stream;
use axum::Error;
use axum::body::{Body, Bytes};
use tokio_stream::StreamExt;
use typed_eventsource_axum::Drain;

use super::OnLine;

/// The body as the line lets it through: some events not at all, some twice; until the line is cut, which is an error; and
/// nothing any more after it was stalled.
pub(crate) fn wire(body: Body, line: OnLine, drain: Drain) -> Body {
    enum Happens {
        Write(Option<Result<Bytes, Error>>),
        Stall,
        Cut,
    }
    Body::from_stream(stream! {
        let mut writes = pin!(body.into_data_stream());
        loop {
            let happens = tokio::select! {
                biased;
                () = line.cut.cancelled() => Happens::Cut,
                () = line.stall.cancelled() => Happens::Stall,
                write = writes.next() => Happens::Write(write),
            };
            match happens {
                Happens::Write(Some(write)) => yield write.map(|write| disturbed(write, &line)),
                Happens::Write(None) => return,
                // The producer is not asked any more; what ends this now is a cut, the server, or the client.
                Happens::Stall => tokio::select! {
                    () = line.cut.cancelled() => break,
                    () = drain.begun() => return,
                },
                Happens::Cut => break,
            }
        }
        // An error takes along what is not flushed yet, which may be the head of the response.
        tokio::task::yield_now().await;
        yield Err(Error::new(io::Error::other("broken off, as the line was told to")));
    })
}

/// Whole blocks without the events that the line keeps back, and with those twice that it doubles. Only events with an id
/// are disturbed: those a client can miss and notice.
fn disturbed(write: Bytes, line: &OnLine) -> Bytes {
    if !line.disturbs() {
        return write;
    }
    let mut changed: Option<Vec<u8>> = None;
    let mut start = 0;
    while start < write.len() {
        let end = write[start..].windows(2).position(|pair| pair == b"\n\n");
        let end = end.map_or(write.len(), |at| start + at + 2);
        let block = &write[start..end];
        let has = |name: &[u8]| block.split(|byte| *byte == b'\n').any(|field| field.starts_with(name));
        let times = if has(b"id") && has(b"data") { line.times() } else { 1 };
        if times != 1 {
            changed.get_or_insert_with(|| write[..start].to_vec());
        }
        if let Some(changed) = &mut changed {
            changed.extend(block.repeat(times));
        }
        start = end;
    }
    changed.map_or(write, Bytes::from)
}
