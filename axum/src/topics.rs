//! A topic for each principal.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Topic;

/// Topics, each for one principal: a user, a tenant, a session.
///
/// Each has a log of its own, so an ID of one principal means nothing in the stream of another: it is a gap there. The
/// principal is who the server has authenticated, and never what a client says of itself.
///
/// ```
/// use axum::extract::State;
/// use std::num::NonZeroUsize;
/// use typed_eventsource_axum::{LastEventId, MemoryLog, Sse, Topic, Topics};
///
/// # struct User { id: String }
/// # impl<S: Sync> axum::extract::FromRequestParts<S> for User {
/// #     type Rejection = ();
/// #     async fn from_request_parts(_: &mut axum::http::request::Parts, _: &S) -> Result<Self, ()> { Err(()) }
/// # }
/// async fn inbox(State(inboxes): State<Topics<String>>, user: User, last: LastEventId) -> Sse {
///     inboxes.of(&user.id).stream(last).into()
/// }
///
/// let most = NonZeroUsize::new(10_000).unwrap();
/// let inboxes = Topics::new(most, |_principal| Topic::new("mail", MemoryLog::default()));
/// # let _: axum::Router = axum::Router::new().route("/inbox", axum::routing::get(inbox)).with_state(inboxes);
/// ```
///
/// Clones are the same topics.
pub struct Topics<T>(Arc<Inner<T>>);

type Make<T> = dyn Fn(&str) -> Topic<T> + Send + Sync;

struct Inner<T> {
    most: usize,
    make: Box<Make<T>>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    topics: HashMap<Box<str>, Used<T>>,
    /// Counts the uses.
    now: u64,
}

struct Used<T> {
    topic: Topic<T>,
    at: u64,
}

impl<T> Topics<T> {
    /// Topics that `make` makes of a principal's name when it is first asked for. Beyond `most` principals, the one is
    /// forgotten that was not asked for the longest time, and has no [`Topic`] and no stream in use: an ID of it is a gap from
    /// then on. Where all are in use, there are more than `most`.
    pub fn new(most: NonZeroUsize, make: impl Fn(&str) -> Topic<T> + Send + Sync + 'static) -> Self {
        let known = Mutex::new(Known { topics: HashMap::new(), now: 0 });
        Self(Arc::new(Inner { most: most.get(), make: Box::new(make), known }))
    }

    /// The topic of a principal.
    #[must_use]
    pub fn of(&self, principal: &str) -> Topic<T> {
        let Inner { most, make, known } = &*self.0;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.now += 1;
        let at = known.now;
        if let Some(used) = known.topics.get_mut(principal) {
            used.at = at;
            return used.topic.clone();
        }
        while known.topics.len() >= *most {
            let idle = known.topics.iter().filter(|(_, used)| used.topic.others() == 0);
            let oldest = idle.min_by_key(|(_, used)| used.at).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { break };
            known.topics.remove(&oldest);
        }
        let topic = make(principal);
        known.topics.insert(principal.into(), Used { topic: topic.clone(), at });
        topic
    }
}

impl<T> Clone for Topics<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Topics<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topics").field("most", &self.0.most).finish_non_exhaustive()
    }
}
