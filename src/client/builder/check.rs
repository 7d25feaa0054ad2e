//! Options that contradict each other, or that nothing can have.

use std::borrow::Cow;
use std::time::Duration;

use super::Builder;
use crate::client::error::Error;
use crate::client::overflow::Overflow;
use crate::engine::Delivery;
use crate::protocol::event::LastEventId;
use crate::protocol::state::Transport;

impl Builder {
    /// Whether the browser's EventSource will not do.
    pub(super) fn check(&self) -> Result<bool, Error> {
        let native = self.transport == Some(Transport::EventSource) || cfg!(not(feature = "fetch"));
        let obstacle: Option<Cow<'static, str>> = if self.wildcard {
            Some("`wildcard` needs the fetch transport: the browser's EventSource shows only the types it is given".into())
        } else if let Overflow::Backpressure { .. } = self.overflow {
            Some("`Overflow::Backpressure` needs the fetch transport: the browser's EventSource cannot be held back".into())
        } else if self.idle.is_some() && self.heartbeat_event.is_none() {
            Some("`idle` needs `heartbeat_event` over the browser's EventSource, which hides comments".into())
        } else {
            self.request.beyond_event_source().map(|option| {
                let why =
                    "` needs the fetch transport: the browser's EventSource sends a GET and nothing else";
                ["`", option, why].concat().into()
            })
        };
        if self.transport == Some(Transport::Fetch) && cfg!(not(feature = "fetch")) {
            return Err(Error::Options("the fetch transport needs the crate's feature `fetch`".into()));
        }
        self.request.check().map_err(Error::Options)?;
        if LastEventId::try_from(&*self.last_event_id).is_err() {
            return Err(Error::Options(
                "`last_event_id` has NUL, CR or LF, which no last event id has".into(),
            ));
        }
        let named = [self.heartbeat_event.as_ref(), self.gap_event.as_ref()].into_iter().flatten();
        if named.chain(&self.event_types).any(String::is_empty) {
            let why = "an event type in `event_types`, `heartbeat_event` or `gap_event` is empty, which no event has; \
                       the default type is `message`";
            return Err(Error::Options(why.into()));
        }
        for name in &self.gap_headers {
            if name.is_empty() || !name.bytes().all(is_token) {
                let why = ["`gap_headers` has something that is no name of a header: ", name];
                return Err(Error::Options(why.concat().into()));
            }
        }
        if self.persist.as_ref().is_some_and(|place| place.key.is_empty()) {
            return Err(Error::Options("`persist` needs a key".into()));
        }
        if let Delivery::Every(interval) = self.delivery
            && !(Duration::from_millis(1)..=Duration::from_secs(60)).contains(&interval)
        {
            return Err(Error::Options("`Delivery::Every` takes from a millisecond to a minute".into()));
        }
        match obstacle {
            Some(why) if native => Err(Error::Options(why)),
            obstacle => Ok(obstacle.is_some()),
        }
    }
}

/// What names of headers are made of.
/// See <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
