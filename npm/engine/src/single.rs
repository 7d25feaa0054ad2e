//! A value that a module without threads can keep.

use core::cell::RefCell;

pub(crate) struct Single<T>(RefCell<T>);

// SAFETY: a `static` may be reached from every thread, and the module has one: it is built without threads
// and is one instance a page or worker. On the host it is compiled, never run.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.0.borrow_mut())
    }
}
