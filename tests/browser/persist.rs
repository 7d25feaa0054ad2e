//! Where it is kept how far the events are processed.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;

use serde_json::{Value, json};
use typed_eventsource::{Event, Failure, Overflow, Storage, Transport, TypedEventSource, live_callbacks};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::cursor::{at, cursor, events};
use crate::harness::{
    FETCH, Log, NATIVE, Scenario, closed, connect, next, nothing_more, open, passed, quick, rest, until, when,
};
use crate::isolation::Uncaught;

/// A storage that keeps one text, notes how often it was set, and fails if it is told to.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<(Option<String>, u32, bool)>>);

impl Memory {
    fn with(text: &str) -> Self {
        let memory = Self::default();
        memory.0.borrow_mut().0 = Some(text.into());
        memory
    }

    fn stored(&self) -> Option<String> {
        self.0.borrow().0.clone()
    }

    fn times(&self) -> u32 {
        self.0.borrow().1
    }

    fn fail(&self, fails: bool) {
        self.0.borrow_mut().2 = fails;
    }
}

impl Storage for Memory {
    fn get(&self, key: &str) -> Result<Option<String>, Box<dyn Error>> {
        assert_eq!(key, "orders");
        if self.0.borrow().2 { Err("no storage today".into()) } else { Ok(self.stored()) }
    }

    fn set(&self, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
        assert_eq!(key, "orders");
        let mut memory = self.0.borrow_mut();
        memory.1 += 1;
        if memory.2 {
            return Err("no storage today".into());
        }
        memory.0 = Some(text.into());
        Ok(())
    }
}

fn stored(id: &str) -> Option<String> {
    Some(format!("typed-eventsource 1 {id}"))
}

fn scenario_of(memory: &Memory, scenario: &Scenario, transport: Option<Transport>) -> TypedEventSource {
    scenario.connect(transport).retry(quick()).persist(memory.clone(), "orders").open().unwrap()
}

#[wasm_bindgen_test]
async fn what_is_processed_is_kept_and_the_next_page_goes_on_from_there() {
    for transport in [FETCH, NATIVE] {
        let memory = Memory::default();
        let ticks = json!([{ "events": { "to": 9, "type": "tick", "perWrite": 9 } }]);
        let scenario = Scenario::always(json!({ "steps": ticks, "end": "hold" })).await;
        let source = scenario_of(&memory, &scenario, transport);
        let mut ticks = source.subscribe::<Value>("tick");
        for _ in 0..4 {
            next(&mut ticks).await.unwrap();
        }
        assert_eq!(memory.times(), 0, "not for each event");
        // Whoever has read the fourth may still be at work on it.
        when("it to be stored", || memory.stored() == stored("3")).await;
        next(&mut ticks).await.unwrap();
        drop(source);
        assert_eq!(memory.stored(), stored("4"), "when the source goes, at once");
        // What is read after that counts too, but not what nobody has read.
        next(&mut ticks).await.unwrap();
        ticks.done();
        drop(ticks);
        assert_eq!(memory.stored(), stored("6"));

        let memory = Memory::with(&stored("6").unwrap());
        let source = scenario.connect(transport).last_event_id("3").persist(memory, "orders").open().unwrap();
        assert_eq!(cursor(&source), at("6", "6"));
        let mut ticks = source.subscribe::<Value>("tick");
        assert_eq!(next(&mut ticks).await.unwrap().data["n"], 7, "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_stores_at_once() {
    let memory = Memory::default();
    let source = scenario_of(&memory, &events(3).await, FETCH);
    let _handler = source.on("message", |_: Event<u32>| ());
    passed(&source, "end").await;
    assert_eq!(memory.stored(), None);
    let page = web_sys::window().unwrap();
    page.dispatch_event(&web_sys::Event::new("pagehide").unwrap()).unwrap();
    assert_eq!(memory.stored(), stored("3"));
    assert_eq!(memory.times(), 1);
    source.close();
    assert_eq!(memory.times(), 1, "there is nothing new");
}

#[wasm_bindgen_test]
async fn however_much_comes_it_is_stored_four_times_a_second_at_most() {
    let memory = Memory::default();
    let steps = json!([{ "events": { "to": 300, "everyMs": 2 } }, { "send": "event: end\ndata\n\n" }]);
    let begin = js_sys::Date::now();
    let source = scenario_of(&memory, &Scenario::once(steps, "hold").await, FETCH);
    let _handler = source.on("message", |_: Event<Value>| ());
    passed(&source, "end").await;
    let most = (js_sys::Date::now() - begin) / 250.0;
    assert!(memory.times() > 0 && f64::from(memory.times()) <= most, "{} of {most}", memory.times());
}

#[wasm_bindgen_test]
async fn what_is_not_ours_is_left_aside_and_told() {
    for foreign in ["7", "{}", "typed-eventsource 9 7"] {
        let memory = Memory::with(foreign);
        let scenario = Scenario::sent("id: 1\ndata: 1\n\n").await;
        let source =
            scenario.connect(FETCH).last_event_id("3").persist(memory.clone(), "orders").open().unwrap();
        let mut errors = source.errors();
        let Failure::Persist { message } = next(&mut errors).await else { panic!("it is told") };
        assert!(message.contains("\"orders\"") && message.contains("ignored"), "{message}");
        assert_eq!(cursor(&source), at("3", "3"));
        passed(&source, "message").await;
        source.close();
        assert_eq!(memory.stored(), stored("1"), "and replaced");
    }
}

#[wasm_bindgen_test]
async fn a_storage_that_fails_is_told_once_and_tried_again() {
    let memory = Memory::default();
    memory.fail(true);
    let steps =
        json!([{ "send": "id: 1\ndata: 1\n\n" }, { "waitMs": 600 }, { "send": "id: 2\ndata: 2\n\n" }]);
    let source = scenario_of(&memory, &Scenario::once(steps, "hold").await, FETCH);
    let mut errors = source.errors();
    for times in 0..2 {
        let Failure::Persist { message } = next(&mut errors).await else { panic!("it is told") };
        assert!(message.ends_with("no storage today"), "{message}");
        // To begin with it was not read; then it was not written.
        assert_eq!(memory.times(), times);
        let _handler = source.on("message", |_: Event<u32>| ());
        until(&mut source.states(), open).await;
        if times == 1 {
            memory.fail(false);
        }
        passed(&source, "message").await;
    }
    source.close();
    assert_eq!(memory.stored(), stored("2"));
    assert!(rest(errors).await.is_empty());
}

#[wasm_bindgen_test]
async fn an_id_over_4_kib_is_not_stored() {
    let memory = Memory::default();
    let long = "x".repeat(5000);
    let stream = format!("id: 1\ndata: 1\n\nid: {long}\ndata: 2\n\nevent: end\ndata\n\n");
    let source = scenario_of(&memory, &Scenario::sent(&stream).await, FETCH);
    let mut numbers = source.subscribe::<u32>("message");
    next(&mut numbers).await.unwrap();
    next(&mut numbers).await.unwrap();
    when("the first to be stored", || memory.stored() == stored("1")).await;
    nothing_more(&mut numbers).await;
    assert_eq!(source.cursor().processed, long);
    source.close();
    assert_eq!(memory.stored(), stored("1"));
}

#[wasm_bindgen_test]
async fn the_browsers_own_storage_will_do() {
    let storage = web_sys::window().unwrap().session_storage().unwrap().unwrap();
    storage.remove_item("kept").unwrap();
    for resumed in ["", "3"] {
        let scenario = events(3).await;
        let source = scenario.connect(FETCH).persist(storage.clone(), "kept").open().unwrap();
        let _handler = source.on("message", |_: Event<u32>| ());
        passed(&source, "end").await;
        drop(source);
        assert_eq!(storage.get_item("kept").unwrap(), stored("3"));
        assert_eq!(scenario.attempts().await[0].resumed_from(), resumed);
    }
}

#[wasm_bindgen_test]
async fn nothing_is_left_behind() {
    let before = live_callbacks();
    for _ in 0..5 {
        let source = scenario_of(&Memory::with("foreign"), &events(3).await, FETCH);
        let mut numbers = source.subscribe::<u32>("message");
        next(&mut numbers).await.unwrap();
        drop(source);
    }
    when("callbacks to go", || live_callbacks() <= before).await;
}

#[wasm_bindgen_test]
async fn a_storage_may_ask_and_close_the_source() {
    #[derive(Default)]
    struct Closing(RefCell<std::rc::Weak<TypedEventSource>>, Log<String>);
    impl Storage for Closing {
        fn get(&self, _: &str) -> Result<Option<String>, Box<dyn Error>> {
            Ok(None)
        }
        fn set(&self, _: &str, _: &str) -> Result<(), Box<dyn Error>> {
            let source = self.0.borrow().upgrade();
            if let Some(source) = source {
                self.1.push(source.cursor().processed);
                source.close();
            }
            Ok(())
        }
    }
    let storage = Rc::new(Closing(RefCell::default(), Log::new()));
    let source = events(3).await.connect(FETCH).persist(Rc::clone(&storage), "orders").open().unwrap();
    let source = Rc::new(source);
    *storage.0.borrow_mut() = Rc::downgrade(&source);
    let _handler = source.on("message", |_: Event<u32>| ());
    rest(source.states()).await;
    assert_eq!(storage.1.take(), ["3"]);
}

#[wasm_bindgen_test]
fn a_key_is_needed() {
    let refused = connect("/", FETCH).persist(Memory::default(), "").open().unwrap_err();
    assert!(refused.to_string().contains("key"), "{refused}");
}

#[wasm_bindgen_test]
async fn where_a_queue_closes_the_source_only_what_was_read_is_processed() {
    let memory = Memory::default();
    let scenario = events(5).await;
    let source =
        scenario.connect(FETCH).buffer(220).overflow(Overflow::Error).persist(memory.clone(), "orders");
    let source = source.open().unwrap();
    let mut slow = source.subscribe::<u32>("message");
    rest(source.states()).await;
    assert_eq!(cursor(&source), at("5", ""));
    for _ in 0..2 {
        next(&mut slow).await.unwrap();
    }
    slow.done();
    drop((slow, source));
    assert_eq!(memory.stored(), stored("2"), "what was not read comes again");
}

#[wasm_bindgen_test]
async fn whoever_closes_the_source_has_processed_the_event() {
    let scenario = events(5).await;
    let source = Rc::new(scenario.connect(FETCH).open().unwrap());
    let (first, memory) = (Rc::downgrade(&source), Memory::default());
    let _handler = source.on("message", move |event: Event<u32>| {
        if event.data == 3 {
            first.upgrade().unwrap().close();
        }
    });
    rest(source.states()).await;
    assert_eq!(cursor(&source), at("5", "3"));

    // Unless others were to have it too.
    let source = Rc::new(scenario_of(&memory, &events(5).await, FETCH));
    let first = Rc::downgrade(&source);
    let _closing = source.on("message", move |event: Event<u32>| {
        if event.data == 3 {
            first.upgrade().unwrap().close();
        }
    });
    let _other = source.on("message", |_: Event<u32>| ());
    rest(source.states()).await;
    assert_eq!((cursor(&source), memory.stored()), (at("5", "2"), stored("2")));
}

/// A storage that traps.
struct Trap;

impl Storage for Trap {
    fn get(&self, _: &str) -> Result<Option<String>, Box<dyn Error>> {
        Ok(None)
    }

    fn set(&self, _: &str, _: &str) -> Result<(), Box<dyn Error>> {
        // What a panic comes to in the end.
        std::process::abort();
    }
}

#[wasm_bindgen_test]
async fn a_storage_that_traps_at_the_end_leaves_no_stream_without_one() {
    let uncaught = Uncaught::listen();
    let scenario = Scenario::sent("id: 1\ndata: 1\n\ndata: [DONE]\n\n").await;
    let builder = scenario.connect(FETCH).persist(Trap, "orders").until(|event| event.data == "[DONE]");
    let source = builder.open().unwrap();
    let (mut states, gaps, errors) = (source.states(), source.gaps(), source.errors());
    until(&mut states, closed).await;
    assert!(rest(states).await.is_empty());
    assert!(rest(gaps).await.is_empty());
    assert!(rest(errors).await.is_empty());
    when("the trap to be told", || uncaught.count() == 1).await;
}
