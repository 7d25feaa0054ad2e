//! What one writes in ten minutes: it collects text, and splits it at empty lines.

/// An event with text of its own.
#[derive(Debug, Default)]
pub(crate) struct Event {
    pub(crate) event_type: String,
    pub(crate) data: String,
    pub(crate) last_event_id: String,
}

/// Knows one kind of line end, and no byte order mark.
#[derive(Default)]
pub(crate) struct Parser {
    bytes: Vec<u8>,
    last_event_id: String,
}

impl Parser {
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Vec<Event> {
        self.bytes.extend_from_slice(chunk);
        let Some(end) = self.bytes.windows(2).rposition(|pair| pair == b"\n\n") else { return Vec::new() };
        let rest = self.bytes.split_off(end + 2);
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        self.bytes = rest;
        text.split("\n\n").filter(|block| !block.is_empty()).filter_map(|block| self.event(block)).collect()
    }

    fn event(&mut self, block: &str) -> Option<Event> {
        let mut event = Event { event_type: "message".into(), ..Event::default() };
        let mut data = Vec::new();
        for line in block.split('\n') {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => event.event_type = value.into(),
                "data" => data.push(value),
                "id" => self.last_event_id = value.into(),
                _ => {}
            }
        }
        event.data = data.join("\n");
        event.last_event_id = self.last_event_id.clone();
        (!data.is_empty()).then_some(event)
    }
}
