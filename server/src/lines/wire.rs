//! A stream on its way over a line.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use async_stream::stream;
use axum::body::Bytes;
use tokio_stream::{Stream, StreamExt};

use super::OnLine;
use crate::block::Block;

/// The blocks as the line lets them through: some events not at all, some twice.
pub(crate) fn disturbed<E>(
    blocks: impl Stream<Item = Result<Block, E>>,
    line: Arc<OnLine>,
) -> impl Stream<Item = Result<Block, E>> {
    stream! {
        let mut blocks = pin!(blocks);
        while let Some(block) = blocks.next().await {
            let times = match &block {
                Ok(Block { has_id: true, .. }) => line.times(),
                _ => 1,
            };
            if let Ok(block) = &block && times == 2 {
                yield Ok(block.clone());
            }
            if times > 0 {
                yield block;
            }
        }
    }
}

/// The writes until the line is cut, which is an error; none after it was stalled.
pub(crate) fn wire(
    writes: impl Stream<Item = io::Result<Bytes>>,
    line: Arc<OnLine>,
) -> impl Stream<Item = io::Result<Bytes>> {
    enum Happens {
        Write(Option<io::Result<Bytes>>),
        Stall,
        Cut,
    }
    stream! {
        let mut writes = pin!(writes);
        loop {
            let happens = tokio::select! {
                biased;
                () = line.cut.cancelled() => Happens::Cut,
                () = line.stall.cancelled() => Happens::Stall,
                write = writes.next() => Happens::Write(write),
            };
            match happens {
                Happens::Write(Some(write)) => yield write,
                Happens::Write(None) => return,
                // The producer is not asked any more; what ends this now is a cut, or the client.
                Happens::Stall => {
                    line.cut.cancelled().await;
                    break;
                }
                Happens::Cut => break,
            }
        }
        // An error takes along what is not flushed yet, which may be the head of the response.
        tokio::task::yield_now().await;
        yield Err(io::Error::other("broken off, as the line was told to"));
    }
}
