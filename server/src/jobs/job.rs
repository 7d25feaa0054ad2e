//! One job: how far it has come follows from the time since its start.

use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use tokio::time::{Instant, sleep_until};
use tokio_stream::Stream;
use typed_eventsource::protocol::encode::EncodeError;

use crate::block::Block;
use typed_eventsource_axum::Gap;

use crate::resume::gap;

/// Two percent each.
const STEPS: u32 = 50;

/// The first event tells that nothing is done yet; the last one comes with the last step.
pub(super) const LAST_ID: u64 = STEPS as u64 + 2;

/// The events of a job's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// How far it has come.
    Progress(Progress),
    /// It is over.
    Done(Done),
    /// The client asked for what has not happened yet: this is the start of the job.
    Gap(Gap),
}

/// How far a job has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Of a hundred.
    pub percent: u32,
    /// What is being done, in words.
    pub step: String,
}

/// A job is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// How long it took.
    #[serde(serialize_with = "short")]
    pub seconds: f64,
}

/// Without a fraction where there is none: 10, not 10.0.
fn short<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if seconds.fract() == 0.0 {
        // Jobs are minutes long at most.
        serializer.serialize_u32(*seconds as u32)
    } else {
        serializer.serialize_f64(*seconds)
    }
}

/// Something that takes time.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) name: String,
    start: Instant,
    time: Duration,
}

impl Job {
    pub(super) fn new(id: u64, name: String, time: Duration) -> Self {
        Self { id, name, start: Instant::now(), time }
    }

    /// How long it still runs.
    pub(super) fn left(&self) -> Duration {
        self.time.saturating_sub(self.start.elapsed())
    }

    pub(super) fn percent(&self) -> u32 {
        let part = self.start.elapsed().as_secs_f64() / self.time.as_secs_f64();
        (part * 100.0).min(100.0) as u32
    }

    /// When an event is due.
    fn due(&self, id: u64) -> Instant {
        self.start + self.time * step(id) / STEPS
    }

    fn event(&self, id: u64) -> Event {
        if id == LAST_ID {
            return Event::Done(Done { seconds: self.time.as_secs_f64() });
        }
        let percent = step(id) * 100 / STEPS;
        let step = match percent {
            0..10 => "preparing",
            10..40 => "reading",
            40..80 => "converting",
            80..100 => "checking",
            _ => "finished",
        };
        Event::Progress(Progress { percent, step: step.to_owned() })
    }

    /// The events that follow `seen`, each when it is due.
    pub(super) fn after(
        self: Arc<Self>,
        mut seen: u64,
    ) -> impl Stream<Item = Result<Block, EncodeError>> + Send + 'static {
        stream! {
            if seen > 0 && Instant::now() < self.due(seen) {
                yield Block::event_without_id(&Event::Gap(gap(seen, Some(1))));
                seen = 0;
            }
            for id in seen + 1..=LAST_ID {
                sleep_until(self.due(id)).await;
                yield Block::event(&self.event(id), id);
            }
        }
    }
}

/// How many steps are done when an event is due.
fn step(id: u64) -> u32 {
    u32::try_from(id.saturating_sub(1)).unwrap_or(STEPS).min(STEPS)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio_stream::StreamExt;

    use super::*;

    async fn rest(job: &Arc<Job>, seen: u64) -> Vec<String> {
        let mut stream = pin!(Arc::clone(job).after(seen));
        let mut blocks = Vec::new();
        while let Some(block) = stream.next().await {
            blocks.push(String::from_utf8(block.expect("a block").bytes.into()).expect("UTF-8"));
        }
        blocks
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_goes_from_nothing_to_done_in_its_time() {
        let start = Instant::now();
        let job = Arc::new(Job::new(1, String::new(), Duration::from_secs(10)));
        assert_eq!((job.percent(), job.left()), (0, Duration::from_secs(10)));
        let blocks = rest(&job, 0).await;
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        assert_eq!((job.percent(), job.left()), (100, Duration::ZERO));
        assert_eq!(blocks.len(), 52);
        let progress = |percent: u32, step: &str, id: u64| {
            format!("event: progress\ndata: {{\"percent\":{percent},\"step\":\"{step}\"}}\nid: {id}\n\n")
        };
        assert_eq!(blocks[0], progress(0, "preparing", 1));
        assert_eq!(blocks[25], progress(50, "converting", 26));
        assert_eq!(blocks[50], progress(100, "finished", 51));
        assert_eq!(blocks[51], "event: done\ndata: {\"seconds\":10}\nid: 52\n\n");
        for seen in [0, 1, 30, 51] {
            assert_eq!(rest(&job, seen).await, blocks[seen as usize..], "at once, and the same");
        }
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_not_happened_yet_is_a_gap() {
        let job = Arc::new(Job::new(1, String::new(), Duration::from_millis(2500)));
        let blocks = rest(&Arc::new(Job::new(2, String::new(), Duration::from_millis(2500))), 9).await;
        assert_eq!(blocks[0], "event: gap\ndata: {\"asked\":\"9\",\"oldest\":\"1\"}\n\n");
        assert_eq!(blocks[1..], rest(&job, 0).await);
        assert_eq!(blocks[52], "event: done\ndata: {\"seconds\":2.5}\nid: 52\n\n");
    }
}
