//! Something that is to happen soon: at the next frame or after a while.

use std::rc::Rc;
use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::js::{Counted, global};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = requestAnimationFrame)]
    fn request_animation_frame(callback: &Function) -> Result<f64, JsValue>;

    #[wasm_bindgen(js_name = cancelAnimationFrame)]
    fn cancel_animation_frame(request: f64);
}

/// Dropped, it prevents the call.
pub(crate) struct Later {
    _timer: Timeout,
    frame: Option<(f64, Closure<dyn FnMut()>)>,
}

impl Later {
    /// Calls `go` after so long. It is to drop this, or may be called a second time.
    pub(crate) fn after(wait: Duration, go: impl Fn() + 'static) -> Self {
        let counted = Counted::new();
        // A timer takes no fraction of a millisecond.
        let millis = u32::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u32::MAX);
        let timer = Timeout::new(millis, move || {
            let _counted = counted;
            go();
        });
        Self { _timer: timer, frame: None }
    }

    /// Calls `go` when the next frame is drawn, or else after so long: a page that nobody sees draws none, nor does
    /// every worker. It is to drop this, or may be called a second time.
    pub(crate) fn frame(or_after: Duration, go: impl Fn() + 'static) -> Self {
        let go = Rc::new(go);
        let mut later = Self::after(or_after, {
            let go = Rc::clone(&go);
            move || go()
        });
        if global::has("requestAnimationFrame") {
            let counted = Counted::new();
            let callback = Closure::new(move || {
                let _ = &counted;
                go();
            });
            // Some workers have the function, and no frames.
            if let Ok(request) = request_animation_frame(callback.as_ref().unchecked_ref()) {
                later.frame = Some((request, callback));
            }
        }
        later
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some((request, _)) = &self.frame {
            cancel_animation_frame(*request);
        }
    }
}
