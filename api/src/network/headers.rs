//! What browsers are told with every answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Nothing but what this service itself serves; no script within a page; nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Answers hold addresses, and are true for a moment: nobody on the way keeps them, unless they say so themselves.
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // To nobody else; but the browser says of a form that it is from here, which "no-referrer" would keep to itself.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Puts them in, where an answer has none of its own. `secure`: browsers come over TLS, and need never come otherwise.
pub(super) fn put(headers: &mut HeaderMap, secure: bool) {
    // What a library says of streams lets them be kept.
    if headers.get(header::CACHE_CONTROL).is_some_and(|value| value == "no-cache") {
        headers.remove(header::CACHE_CONTROL);
    }
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if secure {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_browsers_are_told_to_come_by_it_for_a_year_and_otherwise_they_are_not() {
        let mut headers = HeaderMap::new();
        put(&mut headers, false);
        assert_eq!(headers.get(header::STRICT_TRANSPORT_SECURITY), None);
        put(&mut headers, true);
        assert_eq!(headers[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000; includeSubDomains");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(!POLICY.contains("http") && !POLICY.contains("unsafe"), "nobody else is asked for anything");
    }

    #[test]
    fn what_an_answer_says_itself_stays() {
        let mut headers =
            HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"))]);
        put(&mut headers, false);
        assert_eq!(headers[header::CACHE_CONTROL], "max-age=60");
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        put(&mut headers, false);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
}
