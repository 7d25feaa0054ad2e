//! The engine that the tests run in. All of them keep most rules; where one does not, its test says so.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    /// The one that runs this.
    pub(crate) fn here() -> Self {
        let page = web_sys::window().expect("tests run in a page");
        let agent = page.navigator().user_agent().expect("a user agent");
        // WebKit's has no name that the others would not have too.
        if agent.contains("Firefox/") {
            Self::Firefox
        } else if agent.contains("Chrome/") {
            Self::Chromium
        } else {
            Self::WebKit
        }
    }

    /// The reconnection time that its EventSource begins with.
    pub(crate) fn reconnection_time(self) -> Duration {
        Duration::from_secs(if self == Self::Firefox { 5 } else { 3 })
    }

    /// Whether a response is seen when its headers are there. Firefox shows it with the first byte of the body.
    pub(crate) fn shows_bare_headers(self) -> bool {
        self != Self::Firefox
    }

    /// Whether a body that is cancelled while it is read lets go of its connection at once. In Firefox that takes
    /// another byte of it.
    pub(crate) fn lets_go_of_a_silent_body(self) -> bool {
        self != Self::Firefox
    }

    /// Whether `fetch` tells a body that was broken off from one that ended. To WebKit's network on Linux both
    /// are ends.
    pub(crate) fn tells_a_broken_body(self) -> bool {
        self != Self::WebKit
    }

    /// Whether a body that nobody reads makes the server wait. Others take it off the network all the same.
    pub(crate) fn holds_the_server_back(self) -> bool {
        self == Self::Chromium
    }

    /// What the server gets where `fetch` is told to send this text as the UTF-8 bytes of a header. WebKit's
    /// network on Linux encodes each byte once more.
    pub(crate) fn header(self, text: &str) -> String {
        if self == Self::WebKit { text.bytes().map(char::from).collect() } else { text.to_owned() }
    }
}
