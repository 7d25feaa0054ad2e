//! The protocol without a browser: no clock, no randomness, no input or output of its own.
//!
//! Everything here compiles for any target and is tested on the host.
pub mod connection;
mod content_type;
pub mod decode;
pub mod encode;
pub mod event;
pub mod instant;
pub mod parser;
pub mod replay;
pub mod retry;
pub mod state;
#[cfg(feature = "stream")]
pub mod stream;
#[doc(hidden)]
pub mod work;
