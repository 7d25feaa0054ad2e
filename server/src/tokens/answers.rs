//! What the server knows about server-sent events.

use crate::mix::mix;

/// An answer, and the words in a question that ask for it.
struct Answer {
    keywords: &'static [&'static str],
    text: &'static str,
}

const ANSWERS: [Answer; 5] = [
    Answer {
        keywords: &["resume", "reconnect", "lost", "last-event-id", "lasteventid", "drop", "cut"],
        text: "Every event may carry an id, and the browser keeps the newest one. When the connection breaks, it waits \
               for a moment, asks again, and sends that id along in the header Last-Event-ID. A server that keeps a log \
               of its recent events looks the id up and goes on with the event after it, so nothing is lost and nothing \
               comes twice. If the log no longer reaches back that far, the server should say so: a client that knows \
               of a gap can load the current state anew, and one that does not would show something stale for ever.",
    },
    Answer {
        keywords: &["websocket", "socket", "poll", "signalr", "difference", "instead", "choose", "when"],
        text: "Ask who has something to say. If news travels from the server to the browser only, an event stream is \
               enough: it is an ordinary response that does not end, so it passes proxies, carries cookies, is \
               compressed and logged like any other, and the browser reconnects by itself. If both sides talk all the \
               time, as in a game or a shared document, a WebSocket fits better. Polling is for news that is rare and \
               may be late. Many programs that began with sockets only ever wanted to listen.",
    },
    Answer {
        keywords: &["http", "six", "connection", "limit", "tab", "many"],
        text: "Over HTTP/1.1 a browser opens at most six connections to one origin, in all its tabs together, and each \
               open stream keeps one of them. The seventh stream waits, silently, and so does every picture and every \
               request behind it. HTTP/2 carries a hundred streams and more over a single connection, which lifts the \
               limit for practical purposes. Where that is not possible, send several kinds of events over one stream: \
               the event type tells them apart, and each part of the page listens to its own.",
    },
    Answer {
        keywords: &["binary", "format", "text", "data", "look", "json", "type"],
        text: "An event is a few lines of text and a blank line that sends it off. The line that begins with event \
               names its type, the one with id lets a client resume, and the lines with data carry the content, joined \
               by line feeds. The encoding is always UTF-8, so bytes that are no text travel as base64, which makes \
               them a third longer. Most servers write JSON into the data. What arrives is a string all the same, and \
               somebody has to check that it is what the program takes it for.",
    },
    Answer {
        keywords: &["event", "sse", "server", "stream", "what"],
        text: "Server-sent events are a response that does not end. The browser asks once, the server answers with the \
               content type text/event-stream, and from then on it writes an event whenever there is news. The page \
               listens, much as one listens to the announcements at a station: nobody has to walk to the counter and \
               ask. When the connection breaks, the browser comes back by itself and tells the server what it saw last. \
               That is all there is to it, and for tickers, progress bars and answers like this one it is enough.",
    },
];

/// The answer to a question: always the same one.
pub(super) fn to(question: &str) -> &'static str {
    let question = question.to_lowercase();
    let words: Vec<_> = question.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
    let asks_for = |answer: &&Answer| {
        // "connections" asks for what "connection" asks for.
        answer.keywords.iter().any(|keyword| words.iter().any(|word| word.starts_with(keyword)))
    };
    let chance = question.bytes().fold(0, |bits, byte| mix(bits ^ u64::from(byte)));
    let any = &ANSWERS[chance as usize % ANSWERS.len()];
    ANSWERS.iter().find(asks_for).unwrap_or(any).text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn answers_have_their_length_and_no_odd_spaces() {
        for Answer { text, .. } in ANSWERS {
            let words = text.split(' ').count();
            assert!((60..=120).contains(&words), "{words}: {text}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{text}");
        }
    }

    #[test]
    fn the_question_picks_the_answer() {
        let begins =
            |question, start| assert!(to(question).starts_with(start), "{question}: {}", to(question));
        begins("How does a stream resume after the connection was lost?", "Every event may carry");
        begins("Why not a WebSocket?", "Ask who");
        begins("How many connections?", "Over HTTP/1.1");
        begins("Can it carry binary data?", "An event is a few lines");
        begins("What is SSE?", "Server-sent events are");
        let answers: HashSet<_> = ["", "a", "b", "c", "d", "e", "f", "g", "h"].map(to).into();
        assert!(answers.len() > 2, "chance decides otherwise");
        assert_eq!(to("x"), to("x"));
    }
}
