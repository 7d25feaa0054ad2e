//! One line: the streams on it, and what is to befall them.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio_util::sync::CancellationToken;
use typed_eventsource_axum::Refusal;

use super::refusing::Refusing;

/// What the streams of one name share.
#[derive(Debug, Default)]
pub(crate) struct Line(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: usize,
    requests: u64,
    refused: u64,
    refusing: Option<Refusing>,
    drops: u32,
    doubles: u32,
    /// Those of the streams that are open now: one that comes later gets new ones.
    cut: CancellationToken,
    stall: CancellationToken,
}

/// The answer of `GET /lines/{line}`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(super) open: usize,
    pub(super) requests: u64,
    pub(super) refused: u64,
}

impl Line {
    /// Puts a stream on the line.
    pub(crate) fn enter(self: Arc<Self>) -> Result<OnLine, Refusal> {
        let mut state = self.lock();
        state.requests += 1;
        if let Some(refusal) = state.refusing.as_mut().and_then(Refusing::next) {
            state.refused += 1;
            return Err(refusal);
        }
        state.open += 1;
        let (cut, stall) = (state.cut.clone(), state.stall.clone());
        drop(state);
        Ok(OnLine { line: self, cut, stall })
    }

    pub(super) fn cut(&self) {
        mem::take(&mut self.lock().cut).cancel();
    }

    pub(super) fn stall(&self) {
        mem::take(&mut self.lock().stall).cancel();
    }

    pub(super) fn refuse(&self, refusing: Refusing) {
        self.lock().refusing = Some(refusing);
        self.cut();
    }

    pub(super) fn drop_next(&self) {
        let mut state = self.lock();
        state.drops = state.drops.saturating_add(1);
    }

    pub(super) fn double_next(&self) {
        let mut state = self.lock();
        state.doubles = state.doubles.saturating_add(1);
    }

    /// Whether nobody would miss it.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.lock();
        state.open == 0 && !state.refusing.as_ref().is_some_and(Refusing::lasts)
    }

    pub(super) fn report(&self) -> Report {
        let State { open, requests, refused, .. } = *self.lock();
        Report { open, requests, refused }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream's place on its line. Dropped: the stream is over.
#[derive(Debug)]
pub(crate) struct OnLine {
    line: Arc<Line>,
    pub(super) cut: CancellationToken,
    pub(super) stall: CancellationToken,
}

impl OnLine {
    /// Whether some event is to be kept back, or sent twice.
    pub(super) fn disturbs(&self) -> bool {
        let state = self.line.lock();
        state.drops > 0 || state.doubles > 0
    }

    /// How many times the next event with an id is to be sent.
    pub(super) fn times(&self) -> usize {
        let mut state = self.line.lock();
        if state.drops > 0 {
            state.drops -= 1;
            0
        } else if state.doubles > 0 {
            state.doubles -= 1;
            2
        } else {
            1
        }
    }
}

impl Drop for OnLine {
    fn drop(&mut self) {
        self.line.lock().open -= 1;
    }
}
