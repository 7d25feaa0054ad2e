//! Names and values of headers, and the check that they can be sent.
//!
//! Browsers and runtimes check them too, but some repeat the value in their error, and a value may be a secret. So
//! what they would refuse is found here first, and no message has a value, or a name that is none.

use std::borrow::Cow;

/// Names and values.
pub(crate) type Fields = Vec<(String, String)>;

/// Why no request can have them, or why they are mistakes.
pub(super) fn check(fields: &[(String, String)]) -> Result<(), Cow<'static, str>> {
    for (index, (name, value)) in fields.iter().enumerate() {
        if !is_name(name) {
            // It is not named: it may be a line with both.
            let number = (index + 1).to_string();
            return Err(["the name of header number ", &number, NO_TOKEN].concat().into());
        }
        if name.eq_ignore_ascii_case("last-event-id") {
            return Err("`Last-Event-ID` cannot be one of the headers: set `last_event_id`".into());
        }
        let wrong = if value.contains(['\0', '\r', '\n']) {
            "\" has NUL, CR or LF: take it out"
        } else if value.chars().any(|character| character > '\u{ff}') {
            "\" has a character above U+00FF, which no header can hold: encode it"
        } else {
            continue;
        };
        return Err(["the value of the header \"", name, wrong].concat().into());
    }
    Ok(())
}

const NO_TOKEN: &str = " is none: a name has letters, digits and \"-\", and no space or colon";

/// Whether a header can have this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token)
}

/// The characters of headers' names.
/// See <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(feature = "js-values")]
pub(crate) use from_js::fields;

#[cfg(feature = "js-values")]
mod from_js {
    use js_sys::{Array, Reflect, Symbol};
    use wasm_bindgen::prelude::*;

    use super::Fields;
    use crate::js::foreign;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(catch, js_namespace = Object)]
        fn entries(object: &JsValue) -> Result<Array, JsValue>;

        #[wasm_bindgen(catch, js_name = String)]
        fn string(value: &JsValue) -> Result<String, JsValue>;
    }

    /// The fields of an object, an array of pairs or `Headers`, not checked yet; or the value that was thrown.
    pub(crate) fn fields(value: &JsValue) -> Result<Fields, JsValue> {
        if !value.is_object() {
            return Err(JsValue::from_str("\"headers\" must be headers or a function"));
        }
        let own;
        let pairs = if Reflect::get(value, &Symbol::iterator())?.is_function() {
            value
        } else {
            own = entries(value)?;
            own.as_ref()
        };
        foreign::items(pairs)?
            .map(|pair| {
                let pair = pair?;
                if !pair.is_object() || foreign::read(&pair, "length")? != 2 {
                    return Err(JsValue::from_str("\"headers\" must be pairs of a name and a value"));
                }
                Ok((string(&foreign::read(&pair, "0")?)?, string(&foreign::read(&pair, "1")?)?))
            })
            .collect()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::check;

    #[test]
    fn what_no_header_can_be_is_found_and_its_value_not_repeated() {
        for (name, value, part) in [
            ("authorization", "Bearer s3cret\n", "the header \"authorization\" has NUL, CR or LF"),
            ("authorization", "Bearer s3cret\r", "the header \"authorization\" has NUL, CR or LF"),
            ("authorization", "\0s3cret", "the header \"authorization\" has NUL, CR or LF"),
            ("authorization", "s3cret\u{100}", "the header \"authorization\" has a character above U+00FF"),
            ("authorization: s3cret", "", "the name of header number 2 is none"),
            ("s3cret\n", "1", "the name of header number 2 is none"),
            ("", "s3cret", "the name of header number 2 is none"),
            ("Last-Event-Id", "s3cret", "set `last_event_id`"),
        ] {
            let fields = [("x-a", "1"), (name, value)].map(|(name, value)| (name.into(), value.into()));
            let why = check(&fields).expect_err(name);
            assert!(why.contains(part) && !why.contains("s3cret"), "{why}");
        }
        let fields = [("X-A", " ü\u{ff} "), ("!#$%&'*+-.^_`|~0aZ", "")];
        assert_eq!(check(&fields.map(|(name, value)| (name.into(), value.into()))), Ok(()));
    }
}
