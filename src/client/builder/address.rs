//! The URL of a source.

use crate::client::error::Error;
use crate::transport::url;

/// The URL in full, if it is one that a browser opens.
pub(super) fn resolve(url: &str) -> Result<String, Error> {
    let refused = |message: &str| Err(Error::Url { url: shown(url).into(), message: message.into() });
    match url::resolve(url) {
        Ok(resolved) if url::has_credentials(&resolved) => {
            refused("must not carry a user name or a password: browsers refuse it")
        }
        Ok(resolved) if is_http(&resolved) => Ok(resolved),
        Ok(_) => refused("not an HTTP URL"),
        // The browser's own words may have the URL in them.
        Err(_) if shown(url) != url => refused("it cannot be parsed"),
        Err(message) => refused(&message),
    }
}

/// The URL as it may stand in a message: what may hold a password does not.
pub(super) fn shown(url: &str) -> &str {
    if url.contains('@') { "…@…" } else { url }
}

/// Whether a URL in full is one of HTTP.
fn is_http(url: &str) -> bool {
    url.starts_with("http:") || url.starts_with("https:")
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_counts_as_a_whole() {
        assert!(is_http("http://a/") && is_http("https://a/"));
        for other in ["httpx://a/", "httpsx:", "http-x://a", "ftp://http:/"] {
            assert!(!is_http(other), "{other}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("//user:secret@[/"), "…@…");
        assert_eq!(shown("/orders?user=1"), "/orders?user=1");
    }
}
