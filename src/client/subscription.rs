use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::routes::SubscriberId;
use super::sink::Client;
use super::subscriber::Deliver;
use crate::engine::Engine;

/// A handler's subscription; dropping it unsubscribes.
#[must_use = "dropping the subscription unsubscribes"]
pub struct Subscription {
    id: SubscriberId,
    types: Rc<[Arc<str>]>,
    client: Weak<Client>,
    engine: Weak<Engine>,
}

impl Subscription {
    /// Subscribes to these event types, and to all others if it wants everything.
    pub(super) fn new(
        client: &Rc<Client>,
        engine: &Rc<Engine>,
        types: Rc<[Arc<str>]>,
        subscriber: &Rc<dyn Deliver>,
        everything: bool,
    ) -> Self {
        let routes = &client.router.routes;
        let (id, new) = routes.add(&types, subscriber);
        if everything {
            routes.add_to_everything(id, subscriber);
        }
        new.iter().for_each(|event_type| engine.listen(event_type));
        Self { id, types, client: Rc::downgrade(client), engine: Rc::downgrade(engine) }
    }

    /// Unsubscribes; says the same as dropping it, in a word.
    pub fn unsubscribe(self) {}

    /// Unsubscribes. Twice does no harm.
    pub(super) fn end(&self) {
        let Some(client) = self.client.upgrade() else { return };
        let unused = client.router.routes.remove(self.id, &self.types);
        if let Some(engine) = self.engine.upgrade() {
            unused.iter().for_each(|event_type| engine.unlisten(event_type));
        }
        self.read_on();
    }

    /// There may be room again.
    pub(super) fn read_on(&self) {
        #[cfg(feature = "fetch")]
        self.engine.upgrade().iter().for_each(|engine| engine.go_on());
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("types", &self.types).finish_non_exhaustive()
    }
}
