//! A storage that keeps one text, and what a source has stored there.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;

use typed_eventsource::Storage;

#[derive(Clone, Default)]
pub(crate) struct Memory(Rc<RefCell<Option<String>>>);

impl Memory {
    /// The last event ID that is stored.
    pub(crate) fn id(&self) -> Option<String> {
        let text = self.0.borrow();
        let id = text.as_ref()?.strip_prefix("typed-eventsource 1 ").expect("the source has stored it");
        Some(id.to_owned())
    }
}

impl Storage for Memory {
    fn get(&self, _: &str) -> Result<Option<String>, Box<dyn Error>> {
        Ok(self.0.borrow().clone())
    }

    fn set(&self, _: &str, text: &str) -> Result<(), Box<dyn Error>> {
        *self.0.borrow_mut() = Some(text.to_owned());
        Ok(())
    }
}
