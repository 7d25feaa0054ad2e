//! A task of its own.

use std::time::Duration;

use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessagePort};

use super::later::Later;
use crate::js::Counted;

/// Prevents what was to happen, when it is dropped.
pub(crate) struct Turn(Way);

enum Way {
    Port { port: MessagePort, _callback: Closure<dyn FnMut()> },
    Timer { _later: Later },
}

impl Turn {
    /// Calls `go` after all that is ready to run now, promises included. It is to drop this. A timer would be as good
    /// where it is not slowed, as it is in hidden pages.
    pub(crate) fn new(go: impl Fn() + 'static) -> Self {
        let Ok(channel) = MessageChannel::new() else {
            return Self(Way::Timer { _later: Later::after(Duration::ZERO, go) });
        };
        let counted = Counted::new();
        let callback: Closure<dyn FnMut()> = Closure::new(move || {
            let _ = &counted;
            go();
        });
        let port = channel.port1();
        port.set_onmessage(Some(callback.as_ref().unchecked_ref()));
        // It fails for no value that can be copied.
        let _ = channel.port2().post_message(&JsValue::NULL);
        Self(Way::Port { port, _callback: callback })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Way::Port { port, .. } = &self.0 {
            port.set_onmessage(None);
            port.close();
        }
    }
}
