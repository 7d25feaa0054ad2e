//! The page's surroundings, as a test wants them.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Reflect};
use typed_eventsource::{Builder, Transport};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use crate::harness::{Scenario, connect, server};

/// Where a server on another machine would be: one on this machine is reached offline too.
const ELSEWHERE: &str = "http://elsewhere.test";

const SCRIPT: &str = r#"
    const { fetch, EventSource } = globalThis;
    const { now } = Date;
    const ticks = performance.now.bind(performance);
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const state = { onLine: true, hidden: false, slept: 0, busy: 0, listeners: 0 };
    const there = (url) => String(url).replace(elsewhere, server);
    globalThis.fetch = (url, init) => fetch(there(url), init);
    globalThis.EventSource = class extends EventSource {
        constructor(url, init) {
            super(there(url), init);
        }
    };
    Date.now = () => now() + state.slept + state.busy;
    performance.now = () => ticks() + state.busy;
    const show = (object, name, get) => Object.defineProperty(object, name, { configurable: true, get });
    show(navigator, "onLine", () => state.onLine);
    show(document, "hidden", () => state.hidden);
    const counting = (method, by) => function (...rest) {
        if (this === window || this === document) state.listeners += by;
        return method.apply(this, rest);
    };
    EventTarget.prototype.addEventListener = counting(addEventListener, 1);
    EventTarget.prototype.removeEventListener = counting(removeEventListener, -1);
    return {
        befall: (type) => window.dispatchEvent(new Event(type)),
        pass: (type, persisted) => window.dispatchEvent(Object.assign(new Event(type), { persisted })),
        at: (type) => document.dispatchEvent(new Event(type)),
        set: (name, value) => { state[name] = value; },
        get: (name) => state[name],
        end() {
            Object.assign(globalThis, { fetch, EventSource });
            Object.assign(EventTarget.prototype, { addEventListener, removeEventListener });
            Date.now = now;
            delete performance.now;
            delete navigator.onLine;
            delete document.hidden;
        },
    };
"#;

/// A page that is online, visible and awake until it is told otherwise; while this lives.
pub(super) struct Stage(JsValue);

/// Two seconds from a wake, by timers that are as late as those of a source: its proof, and then its wait.
pub(super) struct TwoSeconds(Rc<Cell<bool>>);

impl TwoSeconds {
    pub(super) fn begin() -> Self {
        let over = Rc::new(Cell::new(false));
        let noted = Rc::clone(&over);
        spawn_local(async move {
            TimeoutFuture::new(1_000).await;
            TimeoutFuture::new(1_000).await;
            noted.set(true);
        });
        Self(over)
    }

    pub(super) fn are_over(&self) -> bool {
        self.0.get()
    }
}

impl Stage {
    pub(super) fn set() -> Self {
        let script = Function::new_with_args("elsewhere, server", SCRIPT);
        Self(script.call2(&JsValue::UNDEFINED, &ELSEWHERE.into(), &server().into()).unwrap())
    }

    /// A source that sees the server on another machine.
    pub(super) fn connect(&self, scenario: &Scenario, transport: Option<Transport>) -> Builder {
        connect(&scenario.url.replace(server(), ELSEWHERE), transport)
    }

    pub(super) fn go_offline(&self) {
        self.change("onLine", false);
        self.call("befall", &["offline".into()]);
    }

    pub(super) fn go_online(&self) {
        self.come_online_unnoticed();
        self.call("befall", &["online".into()]);
    }

    pub(super) fn come_online_unnoticed(&self) {
        self.change("onLine", true);
    }

    pub(super) fn hide(&self) {
        self.change("hidden", true);
        self.look();
    }

    pub(super) fn show(&self) {
        self.change("hidden", false);
        self.look();
    }

    /// Fires `visibilitychange`, at which the clock is looked at too.
    pub(super) fn look(&self) {
        self.call("at", &["visibilitychange".into()]);
    }

    pub(super) fn leave(&self, cached: bool) {
        self.call("pass", &["pagehide".into(), cached.into()]);
    }

    pub(super) fn come_back(&self) {
        self.call("pass", &["pageshow".into(), true.into()]);
    }

    /// The machine sleeps, as the clock tells.
    pub(super) fn sleep(&self, millis: i32) {
        let slept = self.call("get", &["slept".into()]).as_f64().unwrap();
        self.change("slept", slept + f64::from(millis));
    }

    /// The page is busy for so long, as both of its clocks tell.
    pub(super) fn be_busy(&self, millis: i32) {
        let busy = self.call("get", &["busy".into()]).as_f64().unwrap();
        self.change("busy", busy + f64::from(millis));
    }

    /// The frozen page goes on.
    pub(super) fn resume(&self) {
        self.call("at", &["resume".into()]);
    }

    /// How many listeners have come to the window and the document, and not gone.
    pub(super) fn listeners(&self) -> f64 {
        self.call("get", &["listeners".into()]).as_f64().unwrap()
    }

    fn change(&self, name: &str, value: impl Into<JsValue>) {
        self.call("set", &[name.into(), value.into()]);
    }

    fn call(&self, method: &str, arguments: &[JsValue]) -> JsValue {
        let method = Reflect::get(&self.0, &method.into()).unwrap().unchecked_into::<Function>();
        method.apply(&self.0, &arguments.iter().collect()).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.call("end", &[]);
    }
}
