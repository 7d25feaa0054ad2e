//! What all clients count together.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ledger::{Counts, Ledger, Position};

/// Reconnections are counted by so much time.
const SLICE: Duration = Duration::from_millis(100);

pub(crate) struct Counters {
    clients: Vec<Mutex<Ledger>>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// How many were published, and how many were not, since the beginning of all.
    published: u64,
    newest: Position,
    /// Since the counters began anew.
    sent: u64,
    failed: u64,
    reconnections: Vec<Instant>,
    /// What each event says: it must say the same to everybody.
    said: HashMap<String, String>,
    altered: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counters {
    pub(crate) fn new(clients: usize) -> Self {
        let clients = (0..clients).map(|_| Mutex::new(Ledger::new())).collect();
        Self { clients, shared: Mutex::default() }
    }

    pub(crate) fn begin(&self) {
        for client in &self.clients {
            lock(client).begin();
        }
        let mut shared = lock(&self.shared);
        let Shared { published, newest, .. } = std::mem::take(&mut *shared);
        *shared = Shared { published, newest, ..Shared::default() };
    }

    pub(crate) fn client(&self, number: usize) -> MutexGuard<'_, Ledger> {
        lock(&self.clients[number])
    }

    /// A client has got an event that says this.
    pub(crate) fn got(&self, number: usize, id: &str, says: &str) {
        self.client(number).event(id);
        let mut shared = lock(&self.shared);
        match shared.said.get(id) {
            Some(said) => shared.altered += u64::from(said != says),
            None => _ = shared.said.insert(id.to_owned(), says.to_owned()),
        }
    }

    pub(crate) fn reconnects(&self) {
        lock(&self.shared).reconnections.push(Instant::now());
    }

    pub(crate) fn reconnected(&self) -> usize {
        lock(&self.shared).reconnections.len()
    }

    pub(crate) fn publication(&self, position: Option<Position>) {
        let mut shared = lock(&self.shared);
        match position {
            Some(position) => {
                shared.published += 1;
                shared.sent += 1;
                shared.newest = position;
            }
            None => shared.failed += 1,
        }
    }

    pub(crate) fn published(&self) -> u64 {
        lock(&self.shared).published
    }

    pub(crate) fn failed(&self) -> u64 {
        lock(&self.shared).failed
    }

    pub(crate) fn newest(&self) -> Position {
        lock(&self.shared).newest.clone()
    }

    pub(crate) fn all_have(&self, position: &Position) -> bool {
        self.clients.iter().all(|client| lock(client).has(position))
    }

    /// How many streams are open.
    pub(crate) fn open(&self) -> usize {
        self.clients.iter().filter(|client| lock(client).open.is_some()).count()
    }

    /// Whether the streams of all have been open for so long.
    pub(crate) fn all_open_for(&self, time: Duration) -> bool {
        self.clients.iter().all(|client| lock(client).open.is_some_and(|since| since.elapsed() >= time))
    }

    pub(crate) fn report(&self) -> Value {
        let mut all = Counts::default();
        for client in &self.clients {
            let Counts { received, lost, doubled, gaps, silence } = lock(client).counts;
            all.received += received;
            all.lost += lost;
            all.doubled += doubled;
            all.gaps += gaps;
            all.silence = all.silence.max(silence);
        }
        let shared = lock(&self.shared);
        let (peak, mean) = wave(&shared.reconnections);
        json!({
            "sent": shared.sent, "failed": shared.failed, "received": all.received, "lost": all.lost,
            "doubled": all.doubled, "altered": shared.altered, "gaps": all.gaps,
            "silenceMs": u64::try_from(all.silence.as_millis()).unwrap_or(u64::MAX),
            "reconnections": shared.reconnections.len(), "peak": peak, "mean": mean,
        })
    }
}

/// The most reconnections in a slice of time, and the mean from the first to the last of them.
fn wave(reconnections: &[Instant]) -> (usize, f64) {
    let Some(first) = reconnections.iter().min() else { return (0, 0.0) };
    let mut slices: HashMap<u128, usize> = HashMap::new();
    for at in reconnections {
        *slices.entry((*at - *first).as_millis() / SLICE.as_millis()).or_default() += 1;
    }
    let count = slices.keys().max().map_or(1, |last| last + 1);
    (slices.values().copied().max().unwrap_or(0), reconnections.len() as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_peak_and_its_mean() {
        assert_eq!(wave(&[]), (0, 0.0));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(wave(&[at(0)]), (1, 1.0));
        assert_eq!(wave(&[at(450), at(0), at(420), at(401), at(950)]), (3, 0.5));
    }
}
