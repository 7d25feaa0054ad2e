//! One job: how far it has come follows from the time since its start.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_stream::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use tokio::time::{Instant, sleep_until};
use tokio_stream::Stream;
use typed_eventsource_axum::{Gap, Item};

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
    pub(super) id: String,
    pub(super) name: String,
    start: Instant,
    time: Duration,
}

/// What other servers have to know of a job.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    name: String,
    /// When it began, by the clock of the system, in microseconds.
    at: u64,
    micros: u64,
}

impl Record {
    /// A job that begins now.
    pub(super) fn new(name: String, time: Duration) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self { name, at: micros(now()), micros: micros(time) }
    }

    pub(super) fn job(self, id: String) -> Job {
        // In this order: what was told by another server is not ahead of this one.
        let instant = Instant::now();
        let since = now().saturating_sub(Duration::from_micros(self.at));
        let start = instant.checked_sub(since).unwrap_or(instant);
        Job { id, name: self.name, start, time: Duration::from_micros(self.micros) }
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Job {
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
    pub(super) fn after(self: Arc<Self>, mut seen: u64) -> impl Stream<Item = Item<Event>> + Send + 'static {
        stream! {
            if seen > 0 && Instant::now() < self.due(seen) {
                let lost = Gap { asked: seen.to_string(), oldest: Some("1".to_owned()) };
                yield Item::new(Event::Gap(lost));
                seen = 0;
            }
            for id in seen + 1..=LAST_ID {
                sleep_until(self.due(id)).await;
                yield Item::new(self.event(id)).id(id);
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
    use tokio_stream::StreamExt;

    use super::*;

    async fn rest(job: &Arc<Job>, seen: u64) -> Vec<Item<Event>> {
        Arc::clone(job).after(seen).collect().await
    }

    fn job(time: Duration) -> Arc<Job> {
        Arc::new(Job { id: String::new(), name: String::new(), start: Instant::now(), time })
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_goes_from_nothing_to_done_in_its_time() {
        let start = Instant::now();
        let job = job(Duration::from_secs(10));
        assert_eq!((job.percent(), job.left()), (0, Duration::from_secs(10)));
        let blocks = rest(&job, 0).await;
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        assert_eq!((job.percent(), job.left()), (100, Duration::ZERO));
        assert_eq!(blocks.len(), 52);
        let progress = |percent: u32, step: &str, id: u64| {
            Item::new(Event::Progress(Progress { percent, step: step.to_owned() })).id(id)
        };
        assert_eq!(blocks[0], progress(0, "preparing", 1));
        assert_eq!(blocks[25], progress(50, "converting", 26));
        assert_eq!(blocks[50], progress(100, "finished", 51));
        assert_eq!(blocks[51], Item::new(Event::Done(Done { seconds: 10.0 })).id(52_u64));
        assert_eq!(serde_json::to_string(&Done { seconds: 10.0 }).expect("JSON"), r#"{"seconds":10}"#);
        for seen in [0, 1, 30, 51] {
            assert_eq!(rest(&job, seen).await, blocks[seen as usize..], "at once, and the same");
        }
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_not_happened_yet_is_a_gap() {
        let time = Duration::from_millis(2500);
        let (one, other) = (job(time), job(time));
        let blocks = rest(&other, 9).await;
        let lost = Gap { asked: "9".to_owned(), oldest: Some("1".to_owned()) };
        assert_eq!(blocks[0], Item::new(Event::Gap(lost)));
        assert_eq!(blocks[1..], rest(&one, 0).await);
        assert_eq!(blocks[52], Item::new(Event::Done(Done { seconds: 2.5 })).id(52_u64));
    }

    #[test]
    fn another_server_takes_up_where_the_first_one_is() {
        let record = Record::new("Export".to_owned(), Duration::from_secs(10));
        let there = serde_json::to_string(&record).expect("JSON");
        let here = record.job("a-1".to_owned());
        let there: Record = serde_json::from_str(&there).expect("a record");
        let there = there.job("a-1".to_owned());
        assert_eq!((&*there.name, there.time), ("Export", here.time));
        let apart = there.start.max(here.start) - there.start.min(here.start);
        assert!(apart < Duration::from_secs(1), "{apart:?}");
    }
}
