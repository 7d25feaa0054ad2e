//! The queues of streams that are still held.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::queue::Queue;

pub(super) struct Listeners<T>(RefCell<Vec<Weak<Queue<T>>>>);

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Listeners<T> {
    pub(super) fn add(&self, queue: &Rc<Queue<T>>) {
        let mut queues = self.0.borrow_mut();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Rc::downgrade(queue));
    }

    pub(super) fn all(&self) -> Vec<Rc<Queue<T>>> {
        self.0.borrow().iter().filter_map(Weak::upgrade).collect()
    }

    /// Ends them. None of them counts any more.
    pub(super) fn end(&self) {
        self.take().iter().for_each(|queue| queue.end(None));
    }

    /// Gives them. None of them counts any more.
    pub(super) fn take(&self) -> Vec<Rc<Queue<T>>> {
        let queues = self.all();
        self.0.take();
        queues
    }
}
