use std::cell::Cell;
#[cfg(any(feature = "fetch", feature = "js-values"))]
use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
#[cfg(feature = "fetch")]
use std::task::{Poll, Waker};

#[cfg(feature = "fetch")]
use crate::js::Otherwise;

type Answer = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error>>>>>;

/// Gets new credentials when a server answers 401, for all sources that share it.
///
/// It runs once at a time, however many streams wait for it, and a 401 to a request from before its last success
/// does not start it again. Then the request is repeated, its headers asked for anew; a second 401 is fatal. If it
/// fails, the 401 is fatal at once, and the failure is written to the console.
///
/// ```
/// # use std::error::Error;
/// # use typed_eventsource::{Refresh, TypedEventSource};
/// # async fn log_in() -> Result<(), Box<dyn Error>> { Ok(()) }
/// let refresh = Refresh::new(log_in);
/// let orders = TypedEventSource::connect("/orders/stream").refresh(&refresh);
/// let logs = TypedEventSource::connect("/logs").refresh(&refresh);
/// ```
#[derive(Clone)]
pub struct Refresh(Rc<Shared>);

struct Shared {
    refresh: Box<dyn Fn() -> Answer>,
    /// The call that is under way.
    #[cfg(feature = "fetch")]
    flight: RefCell<Option<Rc<Flight>>>,
    successes: Cell<u64>,
    /// The function from JavaScript that it calls, by which it is found again.
    #[cfg(feature = "js-values")]
    function: Option<js_sys::Function>,
}

/// The state of a refresh.
#[cfg(feature = "fetch")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    Well,
    /// There are no new credentials.
    Failed,
    /// It was cut off, and says nothing about credentials.
    Trapped,
}

#[cfg(feature = "fetch")]
#[derive(Default)]
struct Flight {
    outcome: Cell<Option<Refreshed>>,
    /// Whether the application's code runs right now; to anybody else that means that it has trapped there.
    is_running: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Refresh {
    /// Calls this function, until its future is ready.
    pub fn new<F, A>(refresh: F) -> Self
    where
        F: Fn() -> A + 'static,
        A: Future<Output = Result<(), Box<dyn Error>>> + 'static,
    {
        Self(Rc::new(Shared::new(Box::new(move || Box::pin(refresh())))))
    }
}

impl Shared {
    fn new(refresh: Box<dyn Fn() -> Answer>) -> Self {
        Self {
            refresh,
            #[cfg(feature = "fetch")]
            flight: RefCell::default(),
            successes: Cell::new(0),
            #[cfg(feature = "js-values")]
            function: None,
        }
    }
}

#[cfg(feature = "js-values")]
impl Refresh {
    /// The one that calls this function: the same for all sources, as long as one of them has it.
    pub(crate) fn of_function<A>(function: js_sys::Function, call: fn(js_sys::Function) -> A) -> Self
    where
        A: Future<Output = Result<(), Box<dyn Error>>> + 'static,
    {
        use std::rc::Weak;

        thread_local! {
            static KNOWN: RefCell<Vec<Weak<Shared>>> = const { RefCell::new(Vec::new()) };
        }
        KNOWN.with_borrow_mut(|known| {
            known.retain(|shared| shared.strong_count() > 0);
            let same = |shared: &Rc<Shared>| shared.function.as_ref() == Some(&function);
            if let Some(shared) = known.iter().filter_map(Weak::upgrade).find(same) {
                return Self(shared);
            }
            let refresh = function.clone();
            let mut shared = Shared::new(Box::new(move || Box::pin(call(refresh.clone()))));
            shared.function = Some(function);
            let shared = Rc::new(shared);
            known.push(Rc::downgrade(&shared));
            Self(shared)
        })
    }
}

#[cfg(feature = "fetch")]
impl Refresh {
    /// How often it has succeeded so far.
    pub(crate) fn successes(&self) -> u64 {
        self.0.successes.get()
    }

    /// Gets new credentials, unless it has since it had succeeded so often.
    pub(crate) async fn since(&self, successes: u64) -> Refreshed {
        if self.successes() > successes {
            return Refreshed::Well;
        }
        let under_way = self.0.flight.borrow().clone().filter(|flight| !flight.is_running.get());
        let flight = under_way.unwrap_or_else(|| self.start());
        std::future::poll_fn(|context| match flight.outcome.get() {
            Some(refreshed) => Poll::Ready(refreshed),
            None => {
                flight.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// It goes on when nobody waits for it any more: half a login may be worse than none.
    fn start(&self) -> Rc<Flight> {
        let flight: Rc<Flight> = Rc::default();
        *self.0.flight.borrow_mut() = Some(Rc::clone(&flight));
        let (shared, outcome) = (Rc::clone(&self.0), Rc::clone(&flight));
        let counted = crate::js::Counted::new();
        wasm_bindgen_futures::spawn_local(async move {
            let _counted = counted;
            let mut answer = None;
            let result = std::future::poll_fn(|context| {
                outcome.is_running.set(true);
                let otherwise = Otherwise::new({
                    let (shared, outcome) = (Rc::clone(&shared), Rc::clone(&outcome));
                    move || shared.land(&outcome, Refreshed::Trapped)
                });
                let polled = answer.get_or_insert_with(|| (shared.refresh)()).as_mut().poll(context);
                drop(otherwise);
                outcome.is_running.set(false);
                polled
            });
            let refreshed = match result.await {
                Ok(()) => {
                    shared.successes.set(shared.successes.get() + 1);
                    Refreshed::Well
                }
                Err(error) => {
                    let message = ["the refresh after a 401 failed: ", &error.to_string()].concat();
                    web_sys::console::error_1(&message.into());
                    Refreshed::Failed
                }
            };
            shared.land(&outcome, refreshed);
        });
        flight
    }
}

#[cfg(feature = "fetch")]
impl Shared {
    /// Tells all that wait for it.
    fn land(&self, flight: &Rc<Flight>, refreshed: Refreshed) {
        // Another may be under way, where this one has trapped.
        let is_newest = self.flight.borrow().as_ref().is_some_and(|newest| Rc::ptr_eq(newest, flight));
        if is_newest {
            self.flight.take();
        }
        flight.outcome.set(Some(refreshed));
        flight.waiting.take().into_iter().for_each(Waker::wake);
    }
}

impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh").finish_non_exhaustive()
    }
}
