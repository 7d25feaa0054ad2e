//! A Rust consumer of event streams: it decodes every event into Rust types, and counts and checks them.

mod data;
mod tally;

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Function;
use serde::de::DeserializeOwned;
use typed_eventsource::{Event, Subscription, Text, Transport, TypedEventSource};
use wasm_bindgen::JsError;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use data::{Checked, Message, Order, Page, Quote, Table};
use tally::Tally;

/// The event types of the data; `end` comes last.
const TYPES: [&str; 2] = ["bid", "ask"];

/// A source with its consumer. Freed, it is closed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Consumer {
    _source: TypedEventSource,
    _subscriptions: Vec<Subscription>,
    tally: Rc<Cell<Tally>>,
}

#[wasm_bindgen]
impl Consumer {
    /// Reads a stream over `"fetch"` or `"eventsource"`; `done` is called at its end.
    ///
    /// # Errors
    /// If the source cannot be opened, or there are no such data.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, transport: &str, data: &str, done: Function) -> Result<Self, JsError> {
        let transport = if transport == "fetch" { Transport::Fetch } else { Transport::EventSource };
        let source = TypedEventSource::connect(url).transport(transport).open()?;
        let tally = Rc::new(Cell::new(Tally::default()));
        let mut subscriptions = match data {
            "40b" => consume::<Quote>(&source, &tally),
            "100b" | "100b-ids" => consume::<Order>(&source, &tally),
            "1kb" => consume::<Page>(&source, &tally),
            "16kb" => consume::<Table>(&source, &tally),
            "text" => consume::<Message>(&source, &tally),
            _ => return Err(JsError::new(&format!("there is no Rust type for the data {data}"))),
        };
        subscriptions.push(source.on("end", move |_: Event<Text>| {
            // It throws nothing.
            let _ = done.call0(&JsValue::UNDEFINED);
        }));
        Ok(Self { _source: source, _subscriptions: subscriptions, tally })
    }

    /// How many events came, the sum of what they carry to be summed up, and how many came out of turn.
    #[must_use]
    pub fn result(&self) -> Vec<f64> {
        self.tally.get().result()
    }
}

fn consume<T>(source: &TypedEventSource, tally: &Rc<Cell<Tally>>) -> Vec<Subscription>
where
    T: Checked + DeserializeOwned + 'static,
{
    let subscribe = |event_type| {
        let tally = Rc::clone(tally);
        source.on(event_type, move |event: Event<T>| {
            let mut sums = tally.get();
            sums.take(&event.data);
            tally.set(sums);
        })
    };
    TYPES.into_iter().map(subscribe).collect()
}
