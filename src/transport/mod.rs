//! The browser's side: thin adapters that move values between the browser and the protocol.
//!
//! A transport reports what happens to it and decides nothing. Dropping it lets go of everything at
//! once; later reports of the browser are not heard.
//!
//! Imports go one way: `report` ← `event_source`, `fetch` ← this module. `later` ← `turn`, `page` and `url`
//! stand for themselves, on [`crate::js`].

pub(crate) mod event_source;
#[cfg(feature = "fetch")]
pub(crate) mod fetch;
pub(crate) mod later;
pub(crate) mod page;
mod report;
pub(crate) mod turn;
pub(crate) mod url;

#[cfg(feature = "fetch")]
pub(crate) use self::report::Head;
pub(crate) use self::report::{Message, Report};
pub(crate) use crate::js::{Counted, Otherwise, global};

/// An open transport of either kind.
pub(crate) enum Active {
    EventSource(event_source::EventSourceTransport),
    #[cfg(feature = "fetch")]
    Fetch(fetch::FetchTransport),
}
