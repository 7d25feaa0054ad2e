//! URLs, by the browser's own parser.

use web_sys::Url;

use super::global;

/// The URL in full.
pub(crate) fn resolve(url: &str) -> Result<String, String> {
    let resolved = match global::base_url() {
        Some(base) => Url::new_with_base(url, &base),
        None => Url::new(url),
    };
    resolved.map(|url| url.href()).map_err(|error| global::message(&error))
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
    let Ok(parsed) = Url::new(url) else { return url.to_owned() };
    let encode = |text| String::from(js_sys::encode_uri_component(text));
    let name = encode(name);
    let search = parsed.search();
    let others = search.trim_start_matches('?').split('&').filter(|pair| {
        let other = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && other != name
    });
    let parameter = [&name, "=", &encode(value)].concat();
    let pairs: Vec<&str> = others.chain([&*parameter]).collect();
    parsed.set_search(&pairs.join("&"));
    parsed.href()
}
