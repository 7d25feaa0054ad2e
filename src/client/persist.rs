//! Where the processed last event ID is kept from one page to the next.

use std::error::Error;
use std::rc::Rc;

use crate::protocol::connection::LONGEST_SENT_ID;
use crate::protocol::event::LastEventId;
use crate::transport::global;

/// Keeps texts by their keys: the storage of [`Builder::persist`](super::Builder::persist).
///
/// `web_sys::Storage` does, and so does whatever implements this. It is called from the top of a task, from
/// [`open`](super::Builder::open), and where a source is closed or dropped.
///
/// ```
/// use std::cell::RefCell;
/// use std::collections::HashMap;
/// use std::error::Error;
/// use typed_eventsource::Storage;
///
/// #[derive(Default)]
/// struct Memory(RefCell<HashMap<String, String>>);
///
/// impl Storage for Memory {
///     fn get(&self, key: &str) -> Result<Option<String>, Box<dyn Error>> {
///         Ok(self.0.borrow().get(key).cloned())
///     }
///     fn set(&self, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
///         self.0.borrow_mut().insert(key.into(), text.into());
///         Ok(())
///     }
/// }
/// ```
pub trait Storage {
    /// The text that was set last under this key, if any.
    ///
    /// # Errors
    /// If the storage cannot be read. The source then begins without a stored id.
    fn get(&self, key: &str) -> Result<Option<String>, Box<dyn Error>>;

    /// Stores a text under this key.
    ///
    /// # Errors
    /// If the storage cannot be written to. The source goes on, and tries again with the next last event ID.
    fn set(&self, key: &str, text: &str) -> Result<(), Box<dyn Error>>;
}

impl<S: Storage + ?Sized> Storage for Rc<S> {
    fn get(&self, key: &str) -> Result<Option<String>, Box<dyn Error>> {
        (**self).get(key)
    }

    fn set(&self, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
        (**self).set(key, text)
    }
}

impl Storage for web_sys::Storage {
    fn get(&self, key: &str) -> Result<Option<String>, Box<dyn Error>> {
        self.get_item(key).map_err(|error| global::message(&error).into())
    }

    fn set(&self, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
        self.set_item(key, text).map_err(|error| global::message(&error).into())
    }
}

/// A place in a storage.
pub(super) struct Place {
    pub(super) storage: Box<dyn Storage>,
    pub(super) key: String,
}

impl Place {
    /// The last event ID that is stored here, if there is one. The error says why a stored text is none.
    pub(super) fn load(&self) -> Result<Option<String>, String> {
        let stored = self.storage.get(&self.key).map_err(|error| self.failed("cannot be read", &*error))?;
        stored.map(|text| read(&text)).transpose().map_err(|why| {
            ["what is stored as \"", &self.key, "\" is ignored: ", why, "; take another key"].concat()
        })
    }

    /// Stores a last event ID, unless it is longer than one that could be sent.
    pub(super) fn save(&self, last_event_id: &str) -> Result<(), String> {
        if last_event_id.len() > LONGEST_SENT_ID {
            return Ok(());
        }
        self.storage
            .set(&self.key, &write(last_event_id))
            .map_err(|error| self.failed("cannot be written", &*error))
    }

    fn failed(&self, what: &str, error: &dyn Error) -> String {
        ["the last event id stored as \"", &self.key, "\" ", what, ": ", &error.to_string()].concat()
    }
}

/// The beginning of each stored text, the same as the npm package's. The last event ID follows, and nothing that tells
/// the stream's URL or its reader.
const MARK: &str = "typed-eventsource 1 ";

fn write(last_event_id: &str) -> String {
    [MARK, last_event_id].concat()
}

/// Others may write to the same storage, and more than this crate does.
fn read(text: &str) -> Result<String, &'static str> {
    let id = text.strip_prefix(MARK).ok_or("it was not written by us")?;
    if id.len() > LONGEST_SENT_ID || LastEventId::try_from(id).is_err() {
        return Err("it is no last event id that can be sent");
    }
    Ok(id.to_owned())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
