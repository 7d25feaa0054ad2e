//! What fills silence, so that no proxy and no watchdog takes it for death.

use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

use crate::block::Block;

/// When a stream has been silent for too long, and what is sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// A comment, which clients read over.
    Comments(Duration),
    /// An event of the type `heartbeat`, which those see who see no comments.
    Heartbeats(Duration),
}

impl Default for Silence {
    fn default() -> Self {
        Self::Comments(Duration::from_secs(15))
    }
}

const HEARTBEAT: &str = "event: heartbeat\ndata: 1\n\n";

/// The same blocks, and something in between whenever nothing was sent for long.
pub(crate) fn keep_alive<E>(
    blocks: impl Stream<Item = Result<Block, E>>,
    silence: Silence,
) -> impl Stream<Item = Result<Block, E>> {
    let (patience, filling) = match silence {
        Silence::Comments(patience) => (patience, Block::comment("keep-alive")),
        Silence::Heartbeats(patience) => (patience, Block::from(HEARTBEAT)),
    };
    stream! {
        let mut blocks = pin!(blocks);
        loop {
            match timeout(patience, blocks.next()).await {
                Ok(Some(block)) => yield block,
                Ok(None) => break,
                Err(_) => yield Ok(filling.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled() {
        let table = [
            (Silence::default(), 15, ": keep-alive\n\n"),
            (Silence::Heartbeats(Duration::from_secs(18)), 18, HEARTBEAT),
        ];
        for (silence, every, filling) in table {
            let blocks = stream! {
                yield Ok::<_, Infallible>(Block::from("data: 1\n\n"));
                sleep(Duration::from_secs(40)).await;
                yield Ok(Block::from("data: 2\n\n"));
            };
            let mut stream = pin!(keep_alive(blocks, silence));
            let start = Instant::now();
            let mut seen = Vec::new();
            while let Some(Ok(block)) = stream.next().await {
                seen.push((start.elapsed().as_secs(), block));
            }
            let expected = [(0, "data: 1\n\n"), (every, filling), (2 * every, filling), (40, "data: 2\n\n")];
            assert_eq!(seen, expected.map(|(at, block)| (at, Block::from(block))));
        }
    }
}
