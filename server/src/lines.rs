//! `/lines`: streams under a name, whose connections a demonstration or a test disturbs while they run.
//!
//! A stream that is asked for with `?line=name` is on the line of that name. `POST`, without a body, answers 204:
//!
//! | route | does |
//! |---|---|
//! | `/lines/{line}/cut` | breaks the open streams off, as a network would |
//! | `/lines/{line}/refuse?forMs=4000` | breaks them off, and refuses requests of the line for so long, 100 to 60000 |
//! | `/lines/{line}/refuse?times=2` | breaks them off, and refuses so many requests, 1 to 1000, that come within a minute, or `forMs` |
//! | `/lines/{line}/stall` | lets the open streams carry no byte any more, until their clients leave |
//! | `/lines/{line}/drop` | keeps the next event with an id back, as if it had been sent |
//! | `/lines/{line}/double` | sends the next event with an id twice |
//!
//! A refusal is a 503 with `Retry-After: 1`, unless `status=` (400 to 599) and `retryAfter=` (0 to 600 seconds) say
//! otherwise, and its body is a sentence. A 401 comes with `WWW-Authenticate: Bearer`. The newest order counts.
//!
//! `GET /lines/{line}` answers `{"open", "requests", "refused"}`. A line is there once a stream was asked for or refused
//! under its name, and is forgotten when it is idle and others need its place.
//!
//! A client that does not read is out of reach: it notices a cut when it reads on, and keeps its place until then. On
//! Linux a connection ends whose client has taken nothing of what waits for it for a minute.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use axum::{Json, Router};
use typed_eventsource_axum::Refusal;

use crate::App;
use crate::request;

mod line;
mod refusing;
mod wire;

use line::Report;
pub(crate) use line::{Line, OnLine};
use refusing::Refusing;
pub(crate) use wire::wire;

const NAME_BYTES: RangeInclusive<usize> = 1..=64;

/// The lines that are known by their names.
#[derive(Debug)]
pub(crate) struct Lines {
    remembered: Mutex<Remembered>,
    limit: NonZeroUsize,
}

#[derive(Debug, Default)]
struct Remembered {
    uses: u64,
    /// Each with the number of its last use.
    by_name: HashMap<String, (u64, Arc<Line>)>,
}

impl Lines {
    pub(crate) fn new(limit: NonZeroUsize) -> Self {
        Self { remembered: Mutex::default(), limit }
    }

    /// Puts a stream on the line of this name, unless the line refuses it.
    pub(crate) fn enter(&self, name: &str) -> Result<OnLine, Refusal> {
        self.line(name)?.enter()
    }

    /// The line of this name, a new one if need be.
    fn line(&self, name: &str) -> Result<Arc<Line>, Refusal> {
        check(name)?;
        let mut remembered = self.lock();
        remembered.uses += 1;
        let uses = remembered.uses;
        if let Some((last_use, line)) = remembered.by_name.get_mut(name) {
            *last_use = uses;
            return Ok(Arc::clone(line));
        }
        if remembered.by_name.len() >= self.limit.get() {
            // Whoever is about to enter or to refuse holds it already, by a clone that was made under this lock.
            let unused = |line: &Arc<Line>| Arc::strong_count(line) == 1 && line.is_idle();
            let idle = remembered.by_name.iter().filter(|(_, (_, line))| unused(line));
            let oldest = idle.min_by_key(|(_, (last_use, _))| *last_use).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { return Err(self.all_busy()) };
            remembered.by_name.remove(&oldest);
        }
        let line = Arc::<Line>::default();
        remembered.by_name.insert(name.to_owned(), (uses, Arc::clone(&line)));
        Ok(line)
    }

    /// The line of this name, if there is one.
    fn known(&self, name: &str) -> Result<Arc<Line>, Refusal> {
        check(name)?;
        let line = self.lock().by_name.get(name).map(|(_, line)| Arc::clone(line));
        line.ok_or_else(|| {
            Refusal::not_found(format!("there is no line {name:?}: open a stream with ?line={name} first"))
        })
    }

    fn all_busy(&self) -> Refusal {
        let limit = self.limit;
        let sentence = format!(
            "all {limit} lines are busy: close a stream, or start the server with a larger --max-lines"
        );
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).retry_after(1)
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(name: &str) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if NAME_BYTES.contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Refusal::bad_request("the name of a line is 1 to 64 letters, digits, - or _: choose such a name"))
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/{line}", get(report))
        .route("/{line}/cut", on_known(Line::cut))
        .route("/{line}/stall", on_known(Line::stall))
        .route("/{line}/drop", on_known(Line::drop_next))
        .route("/{line}/double", on_known(Line::double_next))
        .route("/{line}/refuse", post(refuse))
}

fn on_known(action: fn(&Line)) -> axum::routing::MethodRouter<Arc<App>> {
    post(move |State(app): State<Arc<App>>, Path(name): Path<String>| async move {
        action(&*app.lines.known(&name)?);
        Ok::<_, Refusal>(StatusCode::NO_CONTENT)
    })
}

async fn report(State(app): State<Arc<App>>, Path(name): Path<String>) -> Result<Json<Report>, Refusal> {
    Ok(Json(app.lines.known(&name)?.report()))
}

async fn refuse(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<StatusCode, Refusal> {
    let refusing = Refusing::asked(&request::query(&uri)?)?;
    app.lines.line(&name)?.refuse(refusing);
    Ok(StatusCode::NO_CONTENT)
}

/// Whole seconds, rounded up: a client that comes in time is not refused again.
pub(crate) fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn lines(limit: usize) -> Lines {
        Lines::new(NonZeroUsize::new(limit).expect("not zero"))
    }

    #[test]
    fn a_name_is_plain() {
        let lines = lines(10);
        for name in ["a", "A-Z_09", &"x".repeat(64)] {
            lines.enter(name).expect(name);
        }
        for name in ["", "a b", "é", "a/b", &"x".repeat(65)] {
            assert!(lines.enter(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_line_that_was_idle_longest_is_forgotten() {
        let lines = lines(3);
        let busy = lines.enter("busy").expect("a line");
        for name in ["a", "b", "a", "c"] {
            drop(lines.enter(name).expect("a line"));
        }
        for (name, there) in [("busy", true), ("a", true), ("b", false), ("c", true)] {
            assert_eq!(lines.known(name).is_ok(), there, "{name}");
        }
        let (one, other) = (lines.enter("a").expect("a line"), lines.enter("c").expect("a line"));
        assert!(lines.enter("d").is_err(), "all are busy");
        drop((busy, one, other));
        lines.enter("d").expect("room again");
        assert_eq!(lines.lock().by_name.len(), 3);
    }

    #[test]
    fn a_line_is_not_forgotten_while_somebody_is_about_to_enter() {
        let lines = lines(1);
        let about_to_enter = lines.line("a").expect("a line");
        let other = thread::scope(|scope| scope.spawn(|| lines.enter("b").is_err()).join());
        assert!(other.expect("no panic"), "the place is taken");
        let entered = about_to_enter.enter().expect("a stream");
        assert_eq!(lines.known("a").expect("the line").report().open, 1);
        drop(entered);
        lines.enter("b").expect("the place of the other");
    }

    #[test]
    fn who_has_entered_is_reached() {
        let lines = lines(1);
        thread::scope(|scope| {
            for name in ["a", "b"] {
                let lines = &lines;
                scope.spawn(move || {
                    for _ in 0..20_000 {
                        let Ok(entered) = lines.enter(name) else { continue };
                        lines.known(name).expect("the line that was entered").cut();
                        assert!(entered.cut.is_cancelled(), "another line of this name");
                    }
                });
            }
        });
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_not_forgotten_while_it_lasts() {
        let lines = lines(1);
        for (param, value, seconds) in [("forMs", "4000", 4), ("times", "1", 60)] {
            let query = [(param.to_owned(), value.to_owned())].into();
            lines.line("a").expect("a line").refuse(Refusing::asked(&query).expect("a good query"));
            assert!(lines.enter("b").is_err(), "{param}");
            tokio::time::advance(Duration::from_secs(seconds)).await;
            drop(lines.enter("b").expect("the place of the other"));
        }
    }
}
