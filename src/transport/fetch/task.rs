use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::js::{Counted, Otherwise};

/// A future that runs by itself, from the next microtask on; until this is dropped.
pub(super) struct Task(Rc<Shared>);

struct Shared {
    future: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    waker: RefCell<Option<Waker>>,
    dropped: Cell<bool>,
}

impl Task {
    /// Calls `trapped` where the future traps.
    pub(super) fn spawn(
        future: impl Future<Output = ()> + 'static,
        trapped: impl Fn() + Clone + 'static,
    ) -> Self {
        let shared = Rc::new(Shared {
            future: RefCell::new(Some(Box::pin(future))),
            waker: RefCell::default(),
            dropped: Cell::new(false),
        });
        let (task, counted) = (Self(Rc::clone(&shared)), Counted::new());
        wasm_bindgen_futures::spawn_local(poll_fn(move |context| {
            let _ = &counted;
            // Taken out, since the application's code runs in it, and may drop the task.
            let Some(mut future) = shared.future.take() else { return Poll::Ready(()) };
            // The executor must not go on with a future that has trapped.
            shared.waker.take();
            let otherwise = Otherwise::new(trapped.clone());
            let poll = future.as_mut().poll(context);
            drop(otherwise);
            if poll.is_pending() && !shared.dropped.get() {
                *shared.waker.borrow_mut() = Some(context.waker().clone());
                *shared.future.borrow_mut() = Some(future);
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        task
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.dropped.set(true);
        let future = self.0.future.take();
        drop(future);
        // The executor must not keep the rest of it.
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}
