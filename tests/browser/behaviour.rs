//! The rules that both languages keep: each case of `tests/behaviour/`, whose README says what a case is.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable, select};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use typed_eventsource::{Event, Overflow, Subscription, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::when;
use crate::isolation::Uncaught;
use crate::memory::Memory;
use crate::network::{Network, task, tasks_until};

const OUTCOMES: &str = include_str!("../behaviour/outcomes.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    only: Option<String>,
    #[serde(default)]
    options: Options,
    subscribers: Vec<Subscriber>,
    chunks: Vec<Vec<Vec<Option<String>>>>,
    then: Option<String>,
    expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    overflow: Option<String>,
    limit: Option<usize>,
    until: Option<String>,
    heartbeat: Option<String>,
    gap: Option<String>,
    json: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscriber {
    name: String,
    #[serde(rename = "type")]
    event_type: String,
    how: Option<String>,
    #[serde(default)]
    does: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    got: BTreeMap<String, Vec<String>>,
    processed: String,
    #[serde(default, deserialize_with = "given")]
    stored: Option<Option<String>>,
    state: Option<String>,
    #[serde(default)]
    errors: Vec<String>,
}

/// `null` is not the same as nothing.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(from).map(Some)
}

/// What a case is run with.
struct Stage {
    source: Rc<TypedEventSource>,
    got: Rc<RefCell<BTreeMap<String, Vec<String>>>>,
    handlers: Rc<RefCell<BTreeMap<String, Subscription>>>,
    readers: Vec<AbortHandle>,
}

#[wasm_bindgen_test]
async fn an_event_comes_to_the_outcome_that_both_languages_agree_on() {
    let cases: Vec<Case> = serde_json::from_str(OUTCOMES).unwrap_or_else(|error| panic!("{error}"));
    let (ours, others): (Vec<_>, Vec<_>) =
        cases.iter().partition(|case| case.only.as_deref().is_none_or(|only| only == "rust"));
    for case in &others {
        wasm_bindgen_test::console_log!("not for Rust: {}", case.name);
    }
    assert!(ours.len() >= 15, "only {} cases ran", ours.len());
    for case in ours {
        wasm_bindgen_test::console_log!("{}", case.name);
        run(case).await;
    }
}

async fn run(case: &Case) {
    let Case { name, options, expect, .. } = case;
    let uncaught = Uncaught::listen();
    let (network, memory) = (Network::new(), Memory::default());
    let source = Rc::new(open(options, &network, memory.clone()));
    let mut errors = source.errors();
    let mut stage = Stage { source, got: Rc::default(), handlers: Rc::default(), readers: Vec::new() };
    for subscriber in &case.subscribers {
        stage.subscribe(subscriber, options.json.contains(&subscriber.event_type), name);
    }
    tasks_until("the request", || network.count() == 1).await;
    let mut sent = 0;
    for chunk in &case.chunks {
        network.send(&chunk.iter().map(|event| block(event)).collect::<String>());
        sent += chunk.len() as u64;
        let came = || stage.is_closed() || stage.source.stats().events == sent;
        tasks_until("a chunk", came).await;
        // What was woken by it has run.
        task().await;
    }
    match case.then.as_deref() {
        Some("close") => stage.source.close(),
        Some(other) => panic!("{name}: {other:?} is nothing to do then"),
        None => {}
    }
    task().await;
    let codes = async {
        let mut codes = Vec::new();
        while codes.len() < expect.errors.len() {
            let Some(failure) = errors.next().await else { break };
            codes.push(failure.code());
        }
        codes
    };
    let codes = crate::harness::soon("the errors", codes).await;
    let closed = expect.state.as_deref() == Some("closed");

    assert_eq!(*stage.got.borrow(), expect.got, "{name}: got");
    assert_eq!(stage.source.cursor().processed, expect.processed, "{name}: processed");
    assert_eq!(stage.is_closed(), closed, "{name}: closed");
    assert_eq!(codes, expect.errors, "{name}: errors");
    let traps = case.subscribers.iter().filter(|subscriber| !subscriber.is_reader());
    let traps = traps.flat_map(|handler| handler.does.values()).filter(|action| *action == "fail").count();
    assert_eq!(uncaught.count(), traps as u32, "{name}: uncaught");

    let stored = match &expect.stored {
        Some(stored) => stored.clone(),
        None => Some(expect.processed.clone()).filter(|id| !id.is_empty()),
    };
    when("the id to be stored", || memory.id() == stored).await;
    // Nor does it pass later: neither when the source goes, nor when those go that held events.
    let Stage { source, handlers, readers, .. } = stage;
    drop(source);
    drop(handlers);
    readers.iter().for_each(AbortHandle::abort);
    task().await;
    assert_eq!(memory.id(), stored, "{name}: stored in the end");
    assert!(
        poll_fn(|context| Poll::Ready(!matches!(errors.poll_next_unpin(context), Poll::Ready(Some(_)))))
            .await,
        "{name}: one error more"
    );
}

fn open(options: &Options, network: &Network, memory: Memory) -> TypedEventSource {
    let mut builder = network.connect().persist(memory, "key");
    builder = builder.heartbeat_event(options.heartbeat.as_deref()).gap_event(options.gap.as_deref());
    if let Some(limit) = options.limit {
        builder = builder.buffer(106 * limit);
    }
    if let Some(end) = options.until.clone() {
        builder = builder.until(move |event| event.event_type == end);
    }
    builder = builder.overflow(match options.overflow.as_deref() {
        None => Overflow::auto(),
        Some("drop-oldest") => Overflow::DropOldest,
        Some("drop-newest") => Overflow::DropNewest,
        Some("latest-by-key") => Overflow::LatestByKey(Default::default()),
        Some("error") => Overflow::Error,
        Some("backpressure") => Overflow::backpressure(),
        Some(other) => panic!("{other:?} is no policy"),
    });
    builder.open().unwrap()
}

/// The event `[type, id, data]` as the server writes it.
fn block(event: &[Option<String>]) -> String {
    let text = |place: usize| event.get(place).and_then(Option::as_deref);
    let event_type = text(0).expect("an event has a type");
    let id = text(1).map(|id| format!("id: {id}\n")).unwrap_or_default();
    let data = text(2).or(text(1)).unwrap_or_default();
    format!("event: {event_type}\n{id}data: {data}\n\n")
}

impl Subscriber {
    fn is_reader(&self) -> bool {
        self.how.as_deref() == Some("reader")
    }
}

impl Stage {
    fn is_closed(&self) -> bool {
        self.source.state().status() == "closed"
    }

    fn subscribe(&mut self, subscriber: &Subscriber, is_json: bool, case: &str) {
        self.got.borrow_mut().insert(subscriber.name.clone(), Vec::new());
        match (subscriber.how.as_deref(), is_json) {
            (None | Some("each"), false) => self.handle::<Text>(subscriber),
            (None | Some("each"), true) => self.handle::<Value>(subscriber),
            (Some("reader"), false) => self.read::<Text>(subscriber),
            (Some("reader"), true) => self.read::<Value>(subscriber),
            (Some(how), _) => panic!("{case}: {how:?} is nothing that Rust has"),
        }
    }

    fn handle<T: DeserializeOwned + 'static>(&self, subscriber: &Subscriber) {
        let note = self.noting(&subscriber.name);
        let (source, handlers) = (Rc::downgrade(&self.source), Rc::downgrade(&self.handlers));
        let Subscriber { name, does, .. } = subscriber.clone();
        let handler = self.source.on(&subscriber.event_type, move |event: Event<T>| {
            note(&event.last_event_id);
            match does.get(&*event.last_event_id).map(String::as_str) {
                None => {}
                Some("close") => close(&source),
                Some("unsubscribe") => {
                    let own = handlers.upgrade().and_then(|handlers| handlers.borrow_mut().remove(&name));
                    own.unwrap().unsubscribe();
                }
                // What a panic comes to in the end.
                Some("fail") => std::process::abort(),
                Some(other) => panic!("{other:?} is nothing that a handler can do"),
            }
        });
        self.handlers.borrow_mut().insert(subscriber.name.clone(), handler);
    }

    fn read<T: DeserializeOwned + 'static>(&mut self, subscriber: &Subscriber) {
        let note = self.noting(&subscriber.name);
        let source = Rc::downgrade(&self.source);
        let mut events = self.source.subscribe::<T>(&subscriber.event_type);
        let does = subscriber.does.clone();
        let (reader, abort) = abortable(async move {
            let failed = Cell::new(false);
            {
                let reading = async {
                    while let Some(item) = events.next().await {
                        let Ok(event) = item else { continue };
                        note(&event.last_event_id);
                        match does.get(&*event.last_event_id).map(String::as_str) {
                            None => {}
                            Some("close") => close(&source),
                            Some("never") => pending::<()>().await,
                            Some("fail") => {
                                failed.set(true);
                                pending::<()>().await;
                            }
                            Some("break") => return,
                            Some("done") => {
                                events.done();
                                return;
                            }
                            Some(other) => panic!("{other:?} is nothing that a reader can do"),
                        }
                    }
                    // The stream has ended: it is kept, as an application keeps it.
                    pending::<()>().await;
                };
                let cancelled = poll_fn(|_| if failed.get() { Poll::Ready(()) } else { Poll::Pending });
                select(pin!(reading), pin!(cancelled)).await;
            }
            // After the future that read it, as where a task is cancelled that has only borrowed it.
            drop(events);
        });
        self.readers.push(abort);
        wasm_bindgen_futures::spawn_local(async move {
            let _ = reader.await;
        });
    }

    fn noting(&self, name: &str) -> impl Fn(&str) + 'static {
        let (got, name) = (Rc::clone(&self.got), name.to_owned());
        move |id| got.borrow_mut().entry(name.clone()).or_default().push(id.to_owned())
    }
}

fn close(source: &Weak<TypedEventSource>) {
    source.upgrade().iter().for_each(|source| source.close());
}
