use core::fmt;

use wasm_bindgen::JsValue;

/// Why a value cannot cross between Rust and JavaScript.
///
/// It becomes a `JsValue`, an `Error` there, with `?` in a function that JavaScript calls.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsValueError {
    /// There is no option of this name.
    UnknownOption {
        /// In full, as in `retry.maxMs`.
        name: String,
        /// The names of the options there are at this place.
        allowed: Vec<&'static str>,
    },
    /// An option has a value that it cannot have.
    Option {
        /// In full, as in `retry.maxMs`.
        name: String,
        /// The values that are allowed.
        allowed: &'static str,
    },
    /// The options cannot be read: a getter or a proxy threw.
    Unreadable {
        /// The option, or `options`.
        name: String,
        /// The thrown value.
        message: String,
    },
    /// The data of an event has no place in JavaScript; why not.
    Data(String),
}

impl fmt::Display for JsValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOption { name, allowed } => {
                write!(f, "unknown option {name:?}: allowed are {}", allowed.join(", "))
            }
            Self::Option { name, allowed } => write!(f, "{name:?} must be {allowed}"),
            Self::Unreadable { name, message } => write!(f, "{name:?} cannot be read: {message}"),
            Self::Data(why) => write!(f, "the data cannot be given to JavaScript: {why}"),
        }
    }
}

impl std::error::Error for JsValueError {}

/// A `TypeError` for options, an `Error` for data.
impl From<JsValueError> for JsValue {
    fn from(error: JsValueError) -> Self {
        let message = error.to_string();
        match error {
            JsValueError::Data(_) => js_sys::Error::new(&message).into(),
            _ => js_sys::TypeError::new(&message).into(),
        }
    }
}
