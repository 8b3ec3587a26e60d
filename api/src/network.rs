//! What comes over the network, also that of the machine itself, may come from a page of another site in a browser.
//!
//! Until people sign in, whoever reaches the service is the operator. So a request has to be meant for this machine:
//! a name that somebody lets point here (DNS rebinding) is not, and neither is an order that another site's page sends.

use std::net::IpAddr;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, StatusCode, header, uri::Authority},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};

use crate::{problem::Problem, visible::shortened};

/// What the browser says about where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The service for those who come over the network.
pub(crate) fn guarded(router: Router) -> Router {
    Router::new().fallback_service(router).layer(from_fn(only_from_here))
}

async fn only_from_here(request: Request, next: Next) -> Response {
    match check(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(request: &Request) -> Result<(), Problem> {
    let host = host(request)?;
    if !request.method().is_safe() && is_foreign(request.headers(), &host) {
        let hint = "Send orders from a program, or from a page of this service.";
        let detail = "The order comes from a page of another site.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", detail, hint));
    }
    Ok(())
}

/// For whom a request is meant, where that is this machine.
fn host(request: &Request) -> Result<Authority, Problem> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (first, second) = (named.next(), named.next());
    let text = first.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned()).unwrap_or_default();
    let host = Authority::try_from(text.as_str()).ok().filter(is_loopback);
    let target = request.uri().authority().is_none_or(is_loopback);
    match host {
        Some(host) if second.is_none() && target => Ok(host),
        _ => {
            let detail =
                format!("The request is meant for \"{}\", which is not this machine.", shortened(&text));
            let hint = "Ask for localhost, 127.0.0.1 or [::1]: until people sign in, the service answers nobody else.";
            Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", detail, hint))
        }
    }
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// Whether a browser says that a page of another site sends this. Another port of this machine is another site, too.
fn is_foreign(headers: &HeaderMap, host: &Authority) -> bool {
    let site = headers.get(FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none");
    let own = format!("http://{host}");
    site || headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::any};
    use tower::ServiceExt;

    use super::*;

    async fn answer(method: &str, headers: &[(&str, &str)]) -> u16 {
        let router = guarded(Router::new().route("/", any(|| async {})));
        let request =
            headers.iter().fold(Request::builder().method(method).uri("/"), |request, (name, value)| {
                request.header(*name, *value)
            });
        let answer = router.oneshot(request.body(Body::empty()).expect("a request")).await;
        answer.expect("an answer").status().as_u16()
    }

    #[tokio::test]
    async fn only_what_is_meant_for_this_machine_is_answered() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.8.9.1", "[::1]", "[::1]:8080"] {
            assert_eq!(answer("GET", &[("host", host)]).await, 200, "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:8080", "10.0.0.1", "", "a@localhost", "[::2]", "0.0.0.0"]
        {
            assert_eq!(answer("GET", &[("host", host)]).await, 421, "{host}");
        }
        assert_eq!(answer("GET", &[]).await, 421);
        assert_eq!(answer("GET", &[("host", "localhost"), ("host", "evil.example")]).await, 421);
    }

    #[tokio::test]
    async fn another_sites_page_orders_nothing() {
        let here = ("host", "localhost:8080");
        for (header, status) in [
            (("sec-fetch-site", "cross-site"), 403),
            (("sec-fetch-site", "same-site"), 403),
            (("sec-fetch-site", "same-origin"), 200),
            (("sec-fetch-site", "none"), 200),
            (("origin", "https://evil.example"), 403),
            (("origin", "http://localhost:3000"), 403),
            (("origin", "null"), 403),
            (("origin", "http://localhost:8080"), 200),
        ] {
            assert_eq!(answer("POST", &[here, header]).await, status, "{header:?}");
            assert_eq!(answer("GET", &[here, header]).await, 200, "{header:?}");
        }
        assert_eq!(answer("POST", &[here]).await, 200);
    }
}
