//! Comments in idle streams, so that no proxy takes silence for death.

use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};
use typed_eventsource::protocol::encode;

/// How long a stream may be silent.
const IDLE: Duration = Duration::from_secs(15);

/// The same events, with a comment after every 15 s of silence.
pub(crate) fn keep_alive<E>(
    events: impl Stream<Item = Result<String, E>>,
) -> impl Stream<Item = Result<String, E>> {
    stream! {
        let mut events = pin!(events);
        loop {
            match timeout(IDLE, events.next()).await {
                Ok(Some(event)) => yield event,
                Ok(None) => break,
                Err(_) => yield Ok(encode::comment("keep-alive")),
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
    async fn silence_is_filled_with_comments() {
        let mut stream = pin!(keep_alive(stream! {
            yield Ok::<_, Infallible>("data: 1\n\n".to_owned());
            sleep(Duration::from_secs(40)).await;
            yield Ok("data: 2\n\n".to_owned());
        }));
        let start = Instant::now();
        let mut seen = Vec::new();
        while let Some(Ok(event)) = stream.next().await {
            seen.push((start.elapsed().as_secs(), event));
        }
        let seen: Vec<_> = seen.iter().map(|(at, event)| (*at, event.as_str())).collect();
        assert_eq!(
            seen,
            [(0, "data: 1\n\n"), (15, ": keep-alive\n\n"), (30, ": keep-alive\n\n"), (40, "data: 2\n\n")]
        );
    }
}
