//! The page's changes: its network, its sleep, whether it is hidden or in the back/forward cache.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Interval;
use js_sys::Date;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

use crate::js::{Counted, global};

/// How often the clock is looked at, in milliseconds.
const TICK: u32 = 1000;

/// A gap as long as this between two looks, in milliseconds, is a sleep, or the page was busy.
const SLEEP: f64 = 5_000.0;

/// The same in a hidden page, where browsers let timers go off once a minute only.
const HIDDEN_SLEEP: f64 = 90_000.0;

/// By how much the wall clock may be set meanwhile, in milliseconds, before that is a sleep.
const SET: f64 = 1_000.0;

const WINDOW_EVENTS: [&str; 4] = ["online", "offline", "pagehide", "pageshow"];

/// Of a page that is frozen the end is enough: it does nothing before.
const DOCUMENT_EVENTS: [&str; 2] = ["visibilitychange", "resume"];

/// Something that befell the page, or the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageEvent {
    Offline,
    Online,
    Hidden,
    Visible,
    /// It goes into the back/forward cache, where it can have no connection.
    Left,
    /// It comes back from there.
    Returned,
    /// It was frozen, or its machine asleep.
    Woke,
    /// It was busy, as far as the clocks show: on some systems they both go on while the machine sleeps.
    HeldUp,
}

/// Gets the changes.
type Tell = dyn Fn(PageEvent);

/// Whether the browser is offline, as far as it knows.
pub(crate) fn is_offline() -> bool {
    let navigator = global::property(&js_sys::global(), "navigator");
    navigator.is_object() && global::property(&navigator, "onLine").as_bool() == Some(false)
}

/// Whether there is a document, and nobody sees it.
pub(crate) fn is_hidden() -> bool {
    document().is_some_and(|document| global::property(&document, "hidden").is_truthy())
}

/// Tells the page's changes until the result is dropped. It does not tell the present state.
pub(crate) fn watch(tell: impl Fn(PageEvent) + 'static) -> Watch {
    let tell: Rc<Tell> = Rc::new(tell);
    let watcher = WATCHER.with_borrow(Weak::upgrade).unwrap_or_else(|| {
        let watcher = Watcher::begin();
        WATCHER.set(Rc::downgrade(&watcher));
        watcher
    });
    watcher.add(&tell);
    Watch { _watcher: watcher, _tell: tell }
}

/// Looks at the clock. Whoever reads bytes looks first: while they are read the page neither sleeps nor is it busy, however
/// late its timers are.
pub(crate) fn look() {
    if let Some(watcher) = WATCHER.with_borrow(Weak::upgrade) {
        watcher.glance();
    }
}

thread_local! {
    /// One serves all sources of the page, and goes with the last of them.
    static WATCHER: RefCell<Weak<Watcher>> = const { RefCell::new(Weak::new()) };
}

/// A share in the page's watcher.
pub(crate) struct Watch {
    _watcher: Rc<Watcher>,
    _tell: Rc<Tell>,
}

struct Watcher {
    listener: Closure<dyn Fn(Event)>,
    _ticks: Interval,
    told: RefCell<Vec<Weak<Tell>>>,
    /// When the clock was last looked at. It is the wall clock: the page's own may stand still in a sleep.
    looked: Cell<f64>,
    /// How far it was ahead of the page's own then.
    ahead: Cell<f64>,
    /// The gap since the last look that counts as a sleep.
    sleep: Cell<f64>,
}

impl Watcher {
    fn begin() -> Rc<Self> {
        let watcher = Rc::new_cyclic(|me: &Weak<Self>| {
            let (heard, ticked) = (me.clone(), me.clone());
            let counted = (Counted::new(), Counted::new());
            Self {
                listener: Closure::new(move |event: Event| {
                    let _ = &counted.0;
                    if let Some(watcher) = heard.upgrade() {
                        watcher.hear(&event);
                    }
                }),
                _ticks: Interval::new(TICK, move || {
                    let _ = &counted.1;
                    if let Some(watcher) = ticked.upgrade() {
                        watcher.look();
                    }
                }),
                told: RefCell::default(),
                looked: Cell::new(Date::now()),
                ahead: Cell::new(ahead()),
                sleep: Cell::new(sleep()),
            }
        });
        for (target, event_type) in listened() {
            // Fails only if this is no EventTarget, as in runtimes that have no page.
            let _ = target.add_event_listener_with_callback(event_type, watcher.callback());
        }
        watcher
    }

    fn callback(&self) -> &js_sys::Function {
        self.listener.as_ref().unchecked_ref()
    }

    fn add(&self, tell: &Rc<Tell>) {
        let mut told = self.told.borrow_mut();
        told.retain(|tell| tell.strong_count() > 0);
        told.push(Rc::downgrade(tell));
    }

    fn tell(&self, what: PageEvent) {
        // Without a borrow: sources come and go meanwhile.
        let told = self.told.borrow().clone();
        told.iter().filter_map(Weak::upgrade).for_each(|tell| tell(what));
    }

    fn hear(&self, event: &Event) {
        let is_cached = || global::property(event, "persisted").is_truthy();
        match &*event.type_() {
            "offline" => self.tell(PageEvent::Offline),
            "online" => self.tell(PageEvent::Online),
            "pagehide" if is_cached() => self.tell(PageEvent::Left),
            "pageshow" if is_cached() => {
                self.mark();
                self.tell_network();
                self.tell(PageEvent::Returned);
            }
            "resume" => {
                self.mark();
                self.wake(PageEvent::Woke);
            }
            "visibilitychange" => {
                self.look();
                self.tell(if is_hidden() { PageEvent::Hidden } else { PageEvent::Visible });
            }
            _ => {}
        }
    }

    /// A page that sleeps may miss a change, and would wait for ever.
    fn tell_network(&self) {
        self.tell(if is_offline() { PageEvent::Offline } else { PageEvent::Online });
    }

    /// Looks at the clock: a page that slept or was busy has missed its time.
    fn look(&self) {
        self.glance();
        self.mark();
    }

    fn glance(&self) {
        let now = Date::now();
        if now - self.looked.replace(now) >= self.sleep.get() {
            // On most systems the page's own clock stands still while the machine sleeps.
            let was_set = (ahead() - self.ahead.get()).abs() >= SET;
            self.wake(if was_set { PageEvent::Woke } else { PageEvent::HeldUp });
        }
    }

    /// Notes the time: a sleep that is known already is not found once more.
    fn mark(&self) {
        self.sleep.set(sleep());
        self.looked.set(Date::now());
        self.ahead.set(ahead());
    }

    fn wake(&self, what: PageEvent) {
        self.tell_network();
        self.tell(what);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        for (target, event_type) in listened() {
            let _ = target.remove_event_listener_with_callback(event_type, self.callback());
        }
    }
}

fn ahead() -> f64 {
    Date::now() - global::now().as_millis()
}

fn sleep() -> f64 {
    if is_hidden() { HIDDEN_SLEEP } else { SLEEP }
}

/// A worker has none.
fn document() -> Option<EventTarget> {
    let document = global::property(&js_sys::global(), "document");
    document.is_object().then(|| document.unchecked_into())
}

fn listened() -> impl Iterator<Item = (EventTarget, &'static str)> {
    let window = js_sys::global().unchecked_into::<EventTarget>();
    let of_window = WINDOW_EVENTS.map(|event_type| (window.clone(), event_type));
    let of_document =
        document().map(|document| DOCUMENT_EVENTS.map(|event_type| (document.clone(), event_type)));
    of_window.into_iter().chain(of_document.into_iter().flatten())
}
