//! What must hold for any input. A fuzzer makes inputs up, and a host test of the library runs those that are
//! kept in `corpus/`.

mod bytes;
pub mod connection;
#[path = "../../tests/observer/mod.rs"]
mod observer;
pub mod parser;
#[path = "../../tests/reference/mod.rs"]
mod reference;
