//! Writes the contract of an enum with everything in it, and what tells whether it holds: values that TypeScript compares; a
//! stream of random values, as the server crate answers with; and mutations of their data, with what serde says of each.
//! `cargo run --package typed-eventsource-contract --example rich -- FOLDER SEED COUNT`.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use axum::body::to_bytes;
use axum::response::IntoResponse as _;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use typed_eventsource::protocol::decode;
use typed_eventsource::protocol::encode;
use typed_eventsource::protocol::stream::EventStream;
use typed_eventsource_axum::Sse;
use typed_eventsource_contract::Contract;

mod events;
mod mutation;
mod random;

use events::Rich;
use random::{Random, VARIANTS};

/// How many values of each variant TypeScript compares.
const EACH: u64 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("a folder")?;
    let (seed, count) = (args.next().ok_or("a seed")?.parse()?, args.next().ok_or("a count")?.parse()?);
    let contract = Contract::new().stream::<Rich>("Rich", "/rich")?;
    let mut random = Random(seed);
    let write = |name: &str, text: &str| fs::write(Path::new(&folder).join(name), text);
    write("events.ts", &contract.typescript())?;
    write("schema.json", &format!("{:#}\n", contract.json_schema()))?;
    write("openapi.json", &format!("{:#}\n", contract.open_api("Rich", "1")))?;
    write("values.ts", &values(&mut random)?)?;

    let all: Vec<_> = (0..count).map(|number| random.event(number % VARIANTS)).collect();
    write("stream.txt", &streamed(&all).await?)?;
    write("mutations.json", &mutations(&all, &mut random)?.to_string())?;
    Ok(())
}

/// A module with values of each variant.
fn values(random: &mut Random) -> Result<String, Box<dyn Error>> {
    let mut text = "import type { Rich } from \"./events.js\";\n\n".to_owned();
    text.push_str("export const values: { [K in keyof Rich]: readonly Rich[K][] } = {\n");
    for variant in 0..VARIANTS {
        let mut name = None;
        for _ in 0..EACH {
            let event = random.event(variant);
            let (event_type, data) = parts(&event)?;
            if name.is_none() {
                writeln!(text, "  {event_type:?}: [")?;
                name = Some(event_type);
            }
            match event {
                Rich::Raw(_) => writeln!(text, "    {},", Value::from(data))?,
                _ => writeln!(text, "    {data},")?,
            }
        }
        text.push_str("  ],\n");
    }
    text.push_str("};\n");
    Ok(text)
}

/// The event type and the data of an event.
fn parts(event: &Rich) -> Result<(String, String), Box<dyn Error>> {
    let event = encode::variant(event)?;
    Ok((event.declared_type().ok_or("a type")?.to_owned(), event.data.0))
}

/// What the server crate answers with, which the client decodes to what was sent.
async fn streamed(all: &[Rich]) -> Result<String, Box<dyn Error>> {
    let response = Sse::variants(stream::iter(all.to_vec())).into_response();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    let mut events = EventStream::new(stream::iter(body.chunks(999).map(Ok::<_, std::io::Error>)));
    for sent in all {
        let got = events.next().await.ok_or("an event for each")??.decode_variant::<Rich>()?;
        if got != *sent {
            return Err(format!("{sent:?} came as {got:?}").into());
        }
    }
    if events.next().await.is_some() {
        return Err("there are more events than were sent".into());
    }
    Ok(String::from_utf8(body.into())?)
}

/// As many mutations that serde refuses as there are values; and those that it takes and writes as they are.
fn mutations(all: &[Rich], random: &mut Random) -> Result<Value, Box<dyn Error>> {
    let (mut refused, mut taken) = (Vec::new(), Vec::new());
    for event in all.iter().cycle() {
        if refused.len() == all.len() {
            break;
        }
        let (event_type, data) = parts(event)?;
        // Every text is one, and data that is none is refused by the parser.
        if matches!(event, Rich::Raw(_)) {
            continue;
        }
        let mut value: Value = serde_json::from_str(&data)?;
        for _ in 0..=random.below(2) {
            mutation::mutate(&mut value, random);
        }
        let mutated = value.to_string();
        match decode::variant::<Rich>(&event_type, &mutated) {
            Err(_) => refused.push(json!([event_type, mutated])),
            Ok(event) if serde_json::from_str::<Value>(&parts(&event)?.1)? == value => {
                taken.push(json!([event_type, mutated]));
            }
            Ok(_) => {}
        }
    }
    Ok(json!({ "refused": refused, "taken": taken }))
}
