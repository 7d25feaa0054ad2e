//! A naive event stream parser: the standard's text step by step, on the whole decoded input, with no care
//! for speed or memory. It shares nothing with the real one but the standard.

use std::time::Duration;

use typed_eventsource::protocol::retry::MAX_RECONNECTION_TIME;

/// (event type, data, last event ID)
pub(crate) type Dispatched = (String, String, String);

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<Dispatched>,
    pub(crate) last_event_id: String,
    pub(crate) reconnection_time: Option<Duration>,
}

pub(crate) fn interpret(input: &[u8], last_event_id: &str) -> Outcome {
    // [spec] Streams must be decoded using the UTF-8 decode algorithm.
    let mut text: Vec<char> = String::from_utf8_lossy(input).chars().collect();
    // [spec] The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any.
    if text.first() == Some(&'\u{FEFF}') {
        text.remove(0);
    }

    let mut outcome = Outcome { last_event_id: last_event_id.into(), ..Outcome::default() };
    let mut data_buffer = String::new();
    let mut event_type_buffer = String::new();
    // Beyond the standard's text, as browsers do: a reestablished connection starts with the old id.
    let mut last_event_id_buffer = last_event_id.to_owned();

    for line in lines(&text) {
        if line.is_empty() {
            // [spec] 1. Set the last event ID string of the event source to the value of the last event ID
            // buffer.
            outcome.last_event_id = last_event_id_buffer.clone();
            // [spec] 2. If the data buffer is an empty string, set the data buffer and the event type
            // buffer to the empty string and return.
            if data_buffer.is_empty() {
                event_type_buffer.clear();
                continue;
            }
            // [spec] 3. If the data buffer's last character is a U+000A LINE FEED (LF) character, then
            // remove the last character from the data buffer.
            if data_buffer.ends_with('\n') {
                data_buffer.pop();
            }
            // [spec] 5. Initialize event's type attribute to "message" […]
            let mut event_type = "message".to_owned();
            // [spec] 6. If the event type buffer has a value other than the empty string, change the type
            // of the newly created event to equal the value of the event type buffer.
            if !event_type_buffer.is_empty() {
                event_type = event_type_buffer.clone();
            }
            outcome.events.push((event_type, data_buffer.clone(), outcome.last_event_id.clone()));
            // [spec] 7. Set the data buffer and the event type buffer to the empty string.
            data_buffer.clear();
            event_type_buffer.clear();
            continue;
        }
        // [spec] If the line starts with a U+003A COLON character (:): Ignore the line.
        if line.starts_with(':') {
            continue;
        }
        let (field, value) = match line.split_once(':') {
            // [spec] If value starts with a U+0020 SPACE character, remove it from value.
            Some((field, value)) => (field, value.strip_prefix(' ').unwrap_or(value)),
            // [spec] […] using the whole line as the field name, and the empty string as the field value.
            None => (line.as_str(), ""),
        };
        match field {
            "event" => event_type_buffer = value.to_owned(),
            "data" => {
                data_buffer += value;
                data_buffer += "\n";
            }
            "id" if !value.contains('\0') => last_event_id_buffer = value.to_owned(),
            // No digits at all make no integer.
            "retry" if !value.is_empty() && value.chars().all(|digit| digit.is_ascii_digit()) => {
                // Only digits: what `u64` refuses is too large for it.
                let millis = value.parse().unwrap_or(u64::MAX);
                // Beyond the standard: it is bounded.
                outcome.reconnection_time = Some(Duration::from_millis(millis).min(MAX_RECONNECTION_TIME));
            }
            // [spec] The field is ignored.
            _ => {}
        }
    }
    outcome
}

/// The lines that end; what the end of the file leaves unfinished is none.
fn lines(text: &[char]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            '\r' | '\n' => {
                if text[at] == '\r' && text.get(at + 1) == Some(&'\n') {
                    at += 1;
                }
                lines.push(std::mem::take(&mut line));
            }
            character => line.push(character),
        }
        at += 1;
    }
    lines
}
