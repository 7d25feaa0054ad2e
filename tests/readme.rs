//! The README's enum is the one of both sides of the wire.
#![cfg(not(target_arch = "wasm32"))]

use serde::{Deserialize, Serialize};
use typed_eventsource::protocol::{decode, encode};

#[derive(Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Orders {
    HeartRate(u32),
    OrderUpdate { order_id: u32, status: String },
}

#[test]
fn the_readme_has_this_enum() {
    let readme = include_str!("../README.md");
    for line in [
        r#"#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]"#,
        "enum Orders { HeartRate(u32), OrderUpdate { order_id: u32, status: String } }",
    ] {
        assert!(readme.contains(line), "{line}");
    }
}

#[test]
fn it_decodes_what_the_server_sends_and_encodes_the_same() {
    let update = Orders::OrderUpdate { order_id: 101, status: "Placed".into() };
    let data = r#"{"orderId":101,"status":"Placed"}"#;
    assert_eq!(decode::variant::<Orders>("orderUpdate", data).expect("the data fits"), update);
    let block = encode::variant(&update).and_then(|event| event.encode()).expect("an enum of ours");
    assert_eq!(block, format!("event: orderUpdate\ndata: {data}\n\n"));
    assert_eq!(decode::variant::<Orders>("heartRate", "80").expect("a number"), Orders::HeartRate(80));
}
