//! After a resume: events that have come before, or a gap.

use std::rc::Rc;
use std::sync::Arc;

#[cfg(feature = "fetch")]
use crate::batch::Gap;
use crate::protocol::parser::EventBytes;
use crate::protocol::replay::{Admission, Replays};
use crate::protocol::state::Transport;

/// The engine's memory of a resume.
pub(crate) struct Rules {
    /// Whether replays are dropped; `None` is where it is known which events have an id of their own.
    pub(crate) drop_replays: Option<bool>,
    /// The event type that tells of a gap.
    pub(crate) gap_event: Option<String>,
    /// The response's headers that say where the server goes on: the first one present decides.
    #[cfg(feature = "fetch")]
    pub(crate) gap_headers: Vec<String>,
}

pub(super) struct Resuming {
    drop_replays: Option<bool>,
    gap_event: Option<String>,
    #[cfg(feature = "fetch")]
    gap_headers: Rc<[String]>,
    replays: Replays,
    seed: u64,
    /// Replays that were dropped before it forgot them.
    dropped: u64,
    transport: Transport,
    /// Where the connection in use was to go on.
    asked: Rc<str>,
    /// The last event ID of the newest replay, or of the newest event over the browser's EventSource.
    last: Arc<str>,
    /// The id that came with another event than before, until that is told.
    reused: Option<String>,
}

impl Resuming {
    pub(super) fn new(rules: Rules, seed: u64) -> Self {
        let gap_event = rules.gap_event.clone().unwrap_or_default();
        Self {
            drop_replays: rules.drop_replays,
            gap_event: rules.gap_event,
            #[cfg(feature = "fetch")]
            gap_headers: rules.gap_headers.into(),
            replays: Replays::default().seed(seed).gap_event(gap_event),
            seed,
            dropped: 0,
            transport: Transport::EventSource,
            asked: "".into(),
            last: "".into(),
            reused: None,
        }
    }

    /// No event that came counts as known any more.
    pub(super) fn forget(&mut self) {
        self.dropped = self.dropped();
        let gap_event = self.gap_event.clone().unwrap_or_default();
        self.replays = Replays::default().seed(self.seed).gap_event(gap_event);
    }

    pub(super) fn handle_open(&mut self, transport: Transport, resumed_from: &str) {
        self.transport = transport;
        self.asked = resumed_from.into();
        self.last = "".into();
        self.replays.handle_open(self.drops() && !resumed_from.is_empty());
    }

    /// Whether an event has not come before, and whether it tells of a gap.
    #[inline]
    pub(super) fn admit(&mut self, event: &EventBytes<'_>) -> (bool, bool) {
        // As most are: there is nothing to be looked for, or to be remembered.
        let has_no_id = self.transport == Transport::Fetch && !event.has_own_id;
        if has_no_id && self.gap_event.is_none() { (true, false) } else { self.examine(event) }
    }

    fn examine(&mut self, event: &EventBytes<'_>) -> (bool, bool) {
        let is_gap = self.gap_event.as_ref().is_some_and(|gap| gap.as_bytes() == event.event_type);
        (self.is_new(event), is_gap)
    }

    /// Where the connection in use was to go on.
    pub(super) fn asked(&self) -> Rc<str> {
        Rc::clone(&self.asked)
    }

    /// The gap that the value of the response's header tells of.
    #[cfg(feature = "fetch")]
    pub(super) fn gap(&mut self, header: Option<String>) -> Option<Gap> {
        // A header's value is a byte string: one character for one byte.
        let bytes: Vec<u8> = header?.chars().map(|byte| byte as u8).collect();
        let got = String::from_utf8_lossy(&bytes).into_owned();
        let is_gap = !self.asked.is_empty() && got != *self.asked;
        is_gap.then(|| {
            self.replays.handle_gap();
            Gap { asked: String::from(&*self.asked), got }
        })
    }

    /// The names of the headers that tell of a gap.
    #[cfg(feature = "fetch")]
    pub(super) fn gap_headers(&self) -> Rc<[String]> {
        Rc::clone(&self.gap_headers)
    }

    /// Whether only replays have come since a resume.
    pub(super) fn is_behind(&self) -> bool {
        self.replays.is_behind()
    }

    /// Whether this is the last event ID of a replay, and the stream has been further.
    pub(super) fn is_old(&self, last_event_id: &str) -> bool {
        self.is_behind() && !self.last.is_empty() && *self.last == *last_event_id
    }

    /// The last event ID of the event that was admitted last over the browser's EventSource, as events share it.
    pub(super) fn share_last(&mut self, last_event_id: &Arc<str>) {
        if !Arc::ptr_eq(&self.last, last_event_id) {
            self.last = Arc::clone(last_event_id);
        }
    }

    /// A shared one is not compared: it may be long.
    fn is_last(&self, id: &[u8]) -> bool {
        let last = self.last.as_bytes();
        std::ptr::eq(id, last) || id == last
    }

    /// The id that came with another event than before, if that has happened since this was asked last.
    pub(super) fn take_reused(&mut self) -> Option<String> {
        self.reused.take()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped + self.replays.dropped()
    }

    /// Whether replays are dropped over the transport in use.
    fn drops(&self) -> bool {
        self.drop_replays.unwrap_or(self.transport == Transport::Fetch)
    }

    fn is_new(&mut self, event: &EventBytes<'_>) -> bool {
        if self.drop_replays == Some(false) {
            return true;
        }
        let id = event.last_event_id;
        let own = match self.transport {
            Transport::Fetch => event.has_own_id,
            // Own and carried ids look alike there. What comes with another id than before had one of its own: it is
            // remembered for when fetch takes over. Dropped it is not, unless every event is said to have its own.
            Transport::EventSource => self.drops() || !self.is_last(id),
        };
        let admission = self.replays.admit(own.then_some(id), event.event_type, event.data);
        if admission == Admission::Reused {
            self.reused = Some(String::from_utf8_lossy(id).into_owned());
        }
        let is_new = admission != Admission::Replay;
        if (!is_new || self.transport == Transport::EventSource) && !self.is_last(id) {
            self.last = String::from_utf8_lossy(id).into();
        }
        is_new
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
