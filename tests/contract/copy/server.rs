//! What follows from the demo's orders, as files; and an event as it is sent, from its JSON.

use std::process::ExitCode;

use typed_eventsource::protocol::encode;
use typed_eventsource_contract::Contract;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    if args.next_if(|arg| arg == "send").is_some() {
        let json = args.next().expect("an event");
        let event: orders::Event = serde_json::from_str(&json).expect("an event of the enum");
        print!("{}", encode::variant(&event).and_then(|event| event.encode()).expect("a block"));
        return ExitCode::SUCCESS;
    }
    let contract = Contract::new().stream::<orders::Event>("Orders", "/orders/stream").expect("an enum");
    contract.command("Orders", "1", args)
}
