//! The data of each class as Rust types. Nothing is skipped: a field that is not there would be decoded for nobody.
#![allow(dead_code, reason = "decoding them is what is measured")]

use serde::Deserialize;

/// What all data have.
pub(crate) trait Checked {
    /// Goes up by one from event to event, until a lap begins anew.
    fn number(&self) -> u32;
    /// Is summed up.
    fn check(&self) -> u32;
}

macro_rules! checked {
    ($($data:ty),*) => {
        $(impl Checked for $data {
            fn number(&self) -> u32 {
                self.n
            }

            fn check(&self) -> u32 {
                self.check
            }
        })*
    };
}

checked!(Quote, Order, Page, Table, Message);

#[derive(Deserialize)]
pub(crate) struct Quote {
    n: u32,
    price: f64,
    check: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    n: u32,
    order_id: u32,
    status: String,
    at: String,
    note: String,
    check: u32,
}

#[derive(Deserialize)]
pub(crate) struct Page {
    n: u32,
    customer: Customer,
    items: Vec<Item>,
    note: String,
    check: u32,
}

#[derive(Deserialize)]
struct Customer {
    name: String,
    email: String,
    city: String,
    vip: bool,
}

#[derive(Deserialize)]
struct Item {
    sku: u32,
    title: String,
    quantity: u32,
    price: f64,
}

#[derive(Deserialize)]
pub(crate) struct Table {
    n: u32,
    rows: Vec<Row>,
    note: String,
    check: u32,
}

#[derive(Deserialize)]
struct Row {
    symbol: String,
    bid: f64,
    ask: f64,
    volume: u32,
    at: String,
}

#[derive(Deserialize)]
pub(crate) struct Message {
    n: u32,
    author: String,
    text: String,
    note: String,
    check: u32,
}
