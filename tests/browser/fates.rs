//! Whatever network, subscribers and closing come to: no event is delivered twice, and none is lost that the stored
//! cursor has passed.
//!
//! Each seed is a run of its own. `TYPED_EVENTSOURCE_SEEDS` at compile time has a number of them, or `17..18` for one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable, select};
use typed_eventsource::{Event, Overflow, Subscription, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::memory::Memory;
use crate::network::{Network, task};

const TYPES: [&str; 4] = ["a", "b", "c", "d"];

/// A generator that repeats itself: <https://prng.di.unimi.it/splitmix64.c>.
struct Random(Cell<u64>);

impl Random {
    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than this.
    fn below(&self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn percent(&self, chance: usize) -> bool {
        self.below(100) < chance
    }
}

/// What each subscriber got and was done with, by the number of the event.
#[derive(Default)]
struct Fate {
    got: Vec<usize>,
    done: BTreeSet<usize>,
    /// Up to where it was to get every event: it has gone after that.
    until: Option<usize>,
}

struct World {
    random: Random,
    network: Network,
    count: usize,
    types: Vec<&'static str>,
    fates: RefCell<BTreeMap<String, (usize, Fate)>>,
    comes_and_goes: RefCell<Option<Subscription>>,
    /// Readers that are at work on an event.
    at_work: RefCell<Vec<Waker>>,
    may_close_inside: bool,
    overflow: Overflow,
    /// Whether no queue drops events.
    keeps_all: bool,
}

impl World {
    fn new(seed: u64) -> Rc<Self> {
        let random = Random(Cell::new(seed));
        let count = 40 + random.below(120);
        let types = (0..count).map(|_| TYPES[random.below(4)]).collect();
        let may_close_inside = random.percent(50);
        let keeps_all = random.percent(50);
        let overflow = match (keeps_all, random.below(3)) {
            (true, 0) => Overflow::Error,
            (true, 1) => Overflow::auto(),
            (true, _) => Overflow::backpressure(),
            (false, 0) => Overflow::DropOldest,
            (false, 1) => Overflow::DropNewest,
            (false, _) => Overflow::LatestByKey(Default::default()),
        };
        Rc::new(Self {
            overflow,
            keeps_all,
            random,
            network: Network::new(),
            count,
            types,
            fates: RefCell::default(),
            comes_and_goes: RefCell::default(),
            at_work: RefCell::default(),
            may_close_inside,
        })
    }

    fn fate(&self, name: &str, change: impl FnOnce(&mut Fate)) {
        let mut fates = self.fates.borrow_mut();
        change(&mut fates.get_mut(name).unwrap().1);
    }

    fn enter(&self, name: &str, event_type: usize) {
        self.fates.borrow_mut().insert(name.to_owned(), (event_type, Fate::default()));
    }

    /// Events are numbered from 1; the number is the id, and in the data.
    fn block(&self, number: usize) -> String {
        let comment = if self.random.percent(5) { ":c\n\n" } else { "" };
        format!("event: {}\nid: {number}\ndata: d{number}\n\n{comment}", self.types[number - 1])
    }

    fn wanted(&self, event_type: usize) -> impl Iterator<Item = usize> + '_ {
        (1..=self.count).filter(move |number| self.types[number - 1] == TYPES[event_type])
    }
}

fn number(event: &Event<Text>) -> usize {
    let number = event.last_event_id.parse().unwrap();
    assert_eq!(event.data.0, format!("d{number}"));
    number
}

/// A handler that may close the source, or reconnect.
fn handle(world: &Rc<World>, source: &Rc<TypedEventSource>, name: &'static str, of: usize) -> Subscription {
    world.enter(name, of);
    let (world, weak) = (Rc::downgrade(world), Rc::downgrade(source));
    source.on(TYPES[of], move |event: Event<Text>| {
        let (Some(world), Some(source)) = (world.upgrade(), weak.upgrade()) else { return };
        let number = number(&event);
        world.fate(name, |fate| fate.got.push(number));
        if world.random.percent(2) {
            source.reconnect();
        }
        if world.may_close_inside && world.random.percent(2) {
            source.close();
        }
        world.fate(name, |fate| fate.done.extend([number]));
    })
}

/// Subscribes if nobody is there, else unsubscribes: also from inside its own handler.
fn flip(world: &Rc<World>, source: &Rc<TypedEventSource>) {
    // Dropped without the borrow.
    let gone = world.comes_and_goes.borrow_mut().take();
    if gone.is_none() {
        let (weak, of) = (Rc::downgrade(world), Rc::downgrade(source));
        let come = source.on(TYPES[world.random.below(4)], move |_: Event<Text>| {
            let (Some(world), Some(source)) = (weak.upgrade(), of.upgrade()) else { return };
            if world.random.percent(10) {
                flip(&world, &source);
            }
        });
        *world.comes_and_goes.borrow_mut() = Some(come);
    }
}

/// A task that reads a stream, works on each event for a while, and may be cancelled, leave or close the source.
fn read(
    world: &Rc<World>,
    source: &Rc<TypedEventSource>,
    name: &'static str,
    of: usize,
    goes: bool,
) -> AbortHandle {
    world.enter(name, of);
    let (world, source) = (Rc::downgrade(world), Rc::downgrade(source));
    let mut events = source.upgrade().unwrap().subscribe::<Text>(TYPES[of]);
    let (reader, abort) = abortable(async move {
        let cancelled = Cell::new(false);
        {
            let leave = |world: &World| {
                let received = source.upgrade().map(|source| source.cursor().received);
                let until = received.and_then(|id| id.parse().ok()).unwrap_or(0);
                world.fate(name, |fate| fate.until = Some(until));
            };
            let reading = async {
                let mut last = None;
                while let Some(item) = events.next().await {
                    let Some(world) = world.upgrade() else { return };
                    // To ask for the next one says that it is done.
                    world.fate(name, |fate| fate.done.extend(last));
                    let Ok(event) = item else { continue };
                    let number = number(&event);
                    world.fate(name, |fate| fate.got.push(number));
                    let random = &world.random;
                    while random.percent(40) {
                        let mut waited = false;
                        poll_fn(|context| {
                            if std::mem::replace(&mut waited, true) {
                                return Poll::Ready(());
                            }
                            world.at_work.borrow_mut().push(context.waker().clone());
                            Poll::Pending
                        })
                        .await;
                        if goes && random.percent(5) {
                            leave(&world);
                            cancelled.set(true);
                            return std::future::pending::<()>().await;
                        }
                    }
                    if world.may_close_inside && random.percent(1) {
                        source.upgrade().iter().for_each(|source| source.close());
                    }
                    last = Some(number);
                    if goes && random.percent(2) {
                        leave(&world);
                        if random.percent(50) {
                            events.done();
                            world.fate(name, |fate| fate.done.extend([number]));
                        }
                        return;
                    }
                }
                // At the end of the stream all are done.
                world.upgrade().iter().for_each(|world| world.fate(name, |fate| fate.done.extend(last)));
            };
            let stop = poll_fn(|_| if cancelled.get() { Poll::Ready(()) } else { Poll::Pending });
            select(pin!(reading), pin!(stop)).await;
        }
        drop(events);
    });
    wasm_bindgen_futures::spawn_local(async move {
        let _ = reader.await;
    });
    abort
}

/// One step of the server: an answer that begins somewhat before where it was asked to, pieces, cuts, breaks.
struct Server {
    handled: u32,
    position: usize,
    /// What the last piece was cut off from.
    tail: String,
}

impl Server {
    fn serve(&mut self, world: &World) {
        let World { network, random, count, .. } = world;
        if network.count() != self.handled {
            self.handled = network.count();
            let asked = network.last_event_id().parse().unwrap_or(0);
            let again = if random.percent(30) { random.below(5) } else { 0 };
            self.position = usize::saturating_sub(asked, again);
            self.tail.clear();
        }
        if network.is_over() {
            return;
        }
        let mut text = std::mem::take(&mut self.tail);
        for _ in 0..=random.below(12) {
            if self.position < *count {
                self.position += 1;
                text += &world.block(self.position);
            }
        }
        let cut = if random.percent(30) { random.below(text.len() + 1) } else { text.len() };
        self.tail = text.split_off(cut);
        if !text.is_empty() {
            network.send(&text);
        }
        if random.percent(8) {
            if random.percent(50) { network.end() } else { network.cut() }
        }
    }
}

async fn run(seed: u64) {
    let world = World::new(seed);
    let random = &world.random;
    let memory = Memory::default();
    let builder = world.network.connect().persist(memory.clone(), "key").retry(crate::harness::quick());
    let builder = builder.buffer(100 * (1 + random.below(20))).overflow(world.overflow.clone());
    let source = Rc::new(builder.open().unwrap());
    let mut errors = source.errors();
    let first = handle(&world, &source, "first a", 0);
    let mut readers =
        vec![read(&world, &source, "reader d", 3, false), read(&world, &source, "going b", 1, true)];
    let second = handle(&world, &source, "second a", 0);
    let other = handle(&world, &source, "other c", 2);
    let mut server = Server { handled: 0, position: 0, tail: String::new() };
    let is_closed = |source: &TypedEventSource| source.state().status() == "closed";
    let stop = if random.percent(60) { 10 + random.below(150) } else { usize::MAX };
    let mut step = 0;
    while !is_closed(&source) && step < 160 {
        step += 1;
        match random.below(100) {
            0..50 => server.serve(&world),
            50..75 => wake(&world),
            75..80 => flip(&world, &source),
            // Ends the wait for another attempt, too.
            80..83 => source.reconnect(),
            _ => {}
        }
        task().await;
        if world.network.is_over() && !is_closed(&source) && world.network.count() > 0 {
            source.reconnect();
            task().await;
        }
        if step == stop {
            source.close();
        }
    }
    if !is_closed(&source) {
        settle(&world, &source, &mut server, seed).await;
    }
    source.close();
    wake_all(&world).await;
    check(&world, &memory, seed, &mut errors).await;
    // Nor does anything pass when they go that held events.
    drop((first, second, other, world.comes_and_goes.take(), source));
    readers.drain(..).for_each(|reader| reader.abort());
    task().await;
    check(&world, &memory, seed, &mut errors).await;
}

/// Everything comes: then it has come to each that was there all the time, once and in order.
async fn settle(world: &Rc<World>, source: &Rc<TypedEventSource>, server: &mut Server, seed: u64) {
    let all = world.count.to_string();
    for _ in 0..2000 {
        if source.cursor().received == all || source.state().status() == "closed" {
            break;
        }
        server.serve(world);
        wake_all(world).await;
        if world.network.is_over() {
            source.reconnect();
        }
    }
    if source.state().status() == "closed" {
        return;
    }
    assert_eq!(source.cursor().received, all, "seed {seed}");
    for (name, (event_type, fate)) in &*world.fates.borrow() {
        if !is_reader(name) {
            let wanted: Vec<_> = world.wanted(*event_type).collect();
            assert_eq!(fate.got, wanted, "seed {seed}: {name} gets each event once and in order");
        }
    }
}

fn wake(world: &World) {
    let wakers = world.at_work.take();
    wakers.into_iter().for_each(Waker::wake);
}

async fn wake_all(world: &World) {
    for _ in 0..8 {
        wake(world);
        task().await;
    }
}

async fn check(world: &World, memory: &Memory, seed: u64, errors: &mut typed_eventsource::Errors) {
    let skipped = poll_fn(|context| {
        let mut skipped = false;
        while let Poll::Ready(Some(failure)) = errors.poll_next_unpin(context) {
            skipped |= failure.code() == "skipped";
        }
        Poll::Ready(skipped)
    })
    .await;
    assert!(!skipped, "seed {seed}: so few events are none too many to wait for");
    let stored = memory.id().map_or(0, |id| id.parse::<usize>().unwrap());
    for (name, (event_type, fate)) in &*world.fates.borrow() {
        let once: BTreeSet<_> = fate.got.iter().collect();
        assert_eq!(once.len(), fate.got.len(), "seed {seed}: {name} got an event twice");
        if is_reader(name) {
            for number in &fate.got {
                let is_passed = *number <= stored;
                let is_done = fate.done.contains(number);
                assert!(
                    !is_passed || is_done,
                    "seed {seed}: {name} was not done with {number}, stored is {stored}"
                );
            }
        }
        if !is_reader(name) || world.keeps_all {
            let end = stored.min(fate.until.unwrap_or(usize::MAX));
            let lost = world.wanted(*event_type).find(|number| *number <= end && !fate.done.contains(number));
            assert_eq!(lost, None, "seed {seed}: lost to {name}, stored is {stored}");
        }
    }
}

fn is_reader(name: &str) -> bool {
    name.starts_with("reader") || name.starts_with("going")
}

fn seeds() -> std::ops::Range<u64> {
    let given = option_env!("TYPED_EVENTSOURCE_SEEDS").unwrap_or("200");
    match given.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => 0..given.parse().unwrap(),
    }
}

#[wasm_bindgen_test]
async fn nothing_is_delivered_twice_or_lost_that_the_cursor_has_passed() {
    for seed in seeds() {
        run(seed).await;
    }
}
