//! URLs, by the browser's own parser.

use web_sys::Url;

use crate::js::global;

/// The URL in full.
pub(crate) fn resolve(url: &str) -> Result<String, String> {
    let resolved = match global::base_url() {
        Some(base) => Url::new_with_base(url, &base),
        None => Url::new(url),
    };
    let resolved = resolved.map_err(|error| global::message(&error))?;
    let is_special = matches!(&*resolved.protocol(), "http:" | "https:");
    if is_special && !is_host(&resolved.hostname()) {
        return Err("its host has a character that no host can have".into());
    }
    Ok(resolved.href())
}

/// The URL in full, if it is one that a browser opens. What is wrong with it does not repeat it: it may hold a password.
#[cfg(feature = "fetch")]
pub(crate) fn allowed(url: &str) -> Result<String, &'static str> {
    match resolve(url) {
        Ok(resolved) if has_credentials(&resolved) => {
            Err("must not carry a user name or a password: browsers refuse it")
        }
        Ok(resolved) if resolved.starts_with("http:") || resolved.starts_with("https:") => Ok(resolved),
        Ok(_) => Err("is not an HTTP URL"),
        Err(_) => Err("cannot be parsed"),
    }
}

/// Whether the host of an HTTP URL is one. Chromium's parser escapes what the standard has fail.
fn is_host(host: &str) -> bool {
    // [spec] If asciiDomain contains a forbidden domain code point, … return failure.
    let is_forbidden = |byte: u8| byte <= b' ' || byte == 0x7f || b"#%/:<>?@[\\]^|".contains(&byte);
    host.starts_with('[') || !host.bytes().any(is_forbidden)
}

/// Whether it carries a user name or a password, which browsers refuse to fetch.
pub(crate) fn has_credentials(url: &str) -> bool {
    Url::new(url).is_ok_and(|url| !url.username().is_empty() || !url.password().is_empty())
}

/// Whether a URL in full names the machine that the page itself is on.
pub(crate) fn is_loopback(url: &str) -> bool {
    Url::new(url).is_ok_and(|url| {
        let host = url.hostname();
        // [spec] … ends in a number …: such a host is an IPv4 address, others may begin like one.
        let is_address = host.ends_with(|last: char| last.is_ascii_digit());
        matches!(&*host, "localhost" | "[::1]") || (is_address && host.starts_with("127."))
    })
}

/// The origin of a URL in full; empty if it cannot be parsed.
pub(crate) fn origin(url: &str) -> String {
    Url::new(url).map(|url| url.origin()).unwrap_or_default()
}

/// The URL with this query parameter set; what else is in its query stays as it was written.
pub(crate) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let encode = |text| String::from(js_sys::encode_uri_component(text));
    edited(url, name, Some(&[&encode(name), "=", &encode(value)].concat()))
}

/// The URL without this query parameter; what else is in its query stays as it was written.
#[cfg(feature = "fetch")]
pub(crate) fn without_parameter(url: &str, name: &str) -> String {
    edited(url, name, None)
}

fn edited(url: &str, name: &str, parameter: Option<&str>) -> String {
    let Ok(parsed) = Url::new(url) else { return url.to_owned() };
    let search = parsed.search();
    let pairs = search.strip_prefix('?').into_iter().flat_map(|query| query.split('&'));
    let others: Vec<&str> = pairs.clone().filter(|pair| !is_named(pair, name)).collect();
    if parameter.is_none() && others.len() == pairs.count() {
        return url.to_owned();
    }
    parsed.set_search(&others.into_iter().chain(parameter).collect::<Vec<_>>().join("&"));
    parsed.href()
}

/// Whether a parameter has this name, however it is written.
fn is_named(pair: &str, name: &str) -> bool {
    let written = pair.split('=').next().unwrap_or_default();
    let decoded = js_sys::decode_uri_component(&written.replace('+', " "));
    decoded.map_or_else(|_| written == name, |decoded| decoded == *name)
}
