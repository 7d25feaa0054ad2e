//! How far the events are processed, and the id that is stored of it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

use super::cursor::{Contiguous, Progressed};
use super::error::Failure;
use super::failures::Failures;
use super::outcome::Outcome;
use super::persist::Place;
use crate::transport::Counted;

/// How long the processed last event ID may wait to be stored, in milliseconds.
const SAVE_EVERY: u32 = 250;

/// Lives as long as the source, and as long as somebody keeps an event of it.
pub(super) struct Progress {
    me: Weak<Self>,
    cursor: RefCell<Contiguous>,
    failures: Rc<Failures>,
    saving: Option<Saving>,
}

struct Saving {
    place: Place,
    /// Whether there is something to be saved.
    due: Cell<bool>,
    /// Whether the last time failed: that is told once, not four times a second.
    failed: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    _page: PageHide,
}

/// An event that a subscriber keeps, and its outcome there once the ticket is dropped.
pub(super) struct Ticket {
    progress: Rc<Progress>,
    number: u64,
    outcome: Outcome,
}

impl Progress {
    pub(super) fn new(last_event_id: String, failures: Rc<Failures>, place: Option<Place>) -> Rc<Self> {
        Rc::new_cyclic(|me: &Weak<Self>| {
            let saving = place.map(|place| Saving {
                place,
                due: Cell::new(false),
                failed: Cell::new(false),
                timer: RefCell::default(),
                _page: PageHide::new({
                    let me = me.clone();
                    move || me.upgrade().iter().for_each(|progress| progress.save())
                }),
            });
            let cursor = RefCell::new(Contiguous::new(last_event_id));
            Self { me: me.clone(), cursor, failures, saving }
        })
    }

    pub(super) fn processed(&self) -> String {
        self.cursor.borrow().processed().to_owned()
    }

    /// Somebody keeps the current event.
    pub(super) fn keep(self: &Rc<Self>) -> Ticket {
        let number = self.cursor.borrow_mut().keep();
        // Dropped without an outcome: the subscriber has left.
        Ticket { number, progress: Rc::clone(self), outcome: Outcome::Left }
    }

    /// See [`Contiguous::note`].
    pub(super) fn note(&self, outcome: Outcome) {
        self.cursor.borrow_mut().note(outcome);
    }

    /// See [`Contiguous::finish`].
    #[inline]
    pub(super) fn finish(&self, id: Option<&Arc<str>>) {
        let progressed = {
            let mut cursor = self.cursor.borrow_mut();
            if id.is_none() && cursor.pass() {
                return;
            }
            cursor.finish(id)
        };
        self.tell(progressed);
    }

    /// See [`Contiguous::reopen`].
    pub(super) fn reopen(&self, before: &Arc<str>) -> bool {
        let (is_cut_off, progressed) = self.cursor.borrow_mut().reopen(before);
        self.tell(progressed);
        is_cut_off
    }

    /// Stores the processed id, if it is not stored yet.
    pub(super) fn save(&self) {
        let Some(saving) = &self.saving else { return };
        saving.timer.take();
        if !saving.due.replace(false) {
            return;
        }
        // Without a borrow: the storage may be the application's.
        let saved = saving.place.save(&self.processed());
        saving.due.set(saving.due.get() || saved.is_err());
        let failed_before = saving.failed.replace(saved.is_err());
        if let (Err(message), false) = (saved, failed_before) {
            self.failures.report(Failure::Persist { message });
        }
    }

    fn tell(&self, Progressed { moved, skipped }: Progressed) {
        if let Some(saving) = self.saving.as_ref().filter(|_| moved) {
            saving.due.set(true);
            let mut timer = saving.timer.borrow_mut();
            if timer.is_none() {
                let (me, counted) = (self.me.clone(), Counted::new());
                *timer = Some(Timeout::new(SAVE_EVERY, move || {
                    let _counted = counted;
                    me.upgrade().iter().for_each(|progress| progress.save());
                }));
            }
        }
        for last_event_id in skipped {
            self.failures.report(Failure::Skipped { last_event_id });
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.save();
    }
}

impl Ticket {
    /// The event has come to this outcome.
    pub(super) fn settle(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// The event comes to this outcome when the ticket is dropped.
    pub(super) fn be(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let progressed = self.progress.cursor.borrow_mut().settle(self.number, self.outcome);
        self.progress.tell(progressed);
    }
}

/// Listens to the page being left, which may be the last that it hears.
struct PageHide(Closure<dyn Fn()>);

impl PageHide {
    const EVENT: &str = "pagehide";

    fn new(hide: impl Fn() + 'static) -> Self {
        let counted = Counted::new();
        let callback = Closure::new(move || {
            let _ = &counted;
            hide();
        });
        // Fails where there is no page.
        let _ = target().add_event_listener_with_callback(Self::EVENT, callback.as_ref().unchecked_ref());
        Self(callback)
    }
}

impl Drop for PageHide {
    fn drop(&mut self) {
        let _ = target().remove_event_listener_with_callback(Self::EVENT, self.0.as_ref().unchecked_ref());
    }
}

fn target() -> EventTarget {
    js_sys::global().unchecked_into()
}
