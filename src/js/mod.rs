//! What all that touches JavaScript stands on: the page's global object, values that are not known to be the
//! browser's, and a count of callbacks.
//!
//! The lowest of the browser's modules: `request` and `transport` import it, it imports only the protocol.

mod census;
pub(crate) mod foreign;
pub(crate) mod global;
mod otherwise;

pub(crate) use census::Counted;
pub use census::live_callbacks;
pub(crate) use otherwise::Otherwise;
