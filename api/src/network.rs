//! The door for those who come over the network, also from this machine itself: a page of another site in somebody's
//! browser does so, too.
//!
//! A request has to be meant for this service (a name that somebody lets point here is not: DNS rebinding), orders do
//! not come from another site's page, and whoever asks shows who they are by a cookie or a token.

mod bodies;
mod headers;
mod identify;
mod limits;
mod noted;
mod peer;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State as With},
    http::{HeaderMap, HeaderName, StatusCode, Uri, header, uri::Authority},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use crate::{
    State, app,
    asker::Asker,
    front::{Front, is_loopback},
    pages,
    problem::Problem,
    visible::shortened,
};

pub(crate) use identify::{
    COOKIE_NAMES, awaited, awaited_cookie, cookie, link_asked, link_asked_cookie, no_awaited_cookie,
    no_cookie, no_link_asked_cookie,
};
pub use limits::{Rate, Rates};
pub(crate) use peer::Peer;

/// What the browser says about where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the door works with.
#[derive(Clone)]
struct Door {
    state: State,
    limits: Arc<limits::Limits>,
}

/// The service for those who come over the network.
pub fn router(state: State) -> Router {
    let door = Door { state: state.clone(), limits: Arc::new(limits::Limits::new(state.limits.rates)) };
    let within =
        Router::new().fallback_service(app::within(state.clone())).layer(from_fn_with_state(door, let_in));
    // Around all of it: what is said at the door is a page, too, to whoever looks at pages.
    Router::new().fallback_service(within).layer(from_fn_with_state(state, pages::shown))
}

async fn let_in(With(door): With<Door>, mut request: Request, next: Next) -> Response {
    let from = peer::of(&request, &door.state.front);
    let opened = door.open(&mut request, from).await;
    let asker = request.extensions().get::<Asker>().cloned();
    let mut answer = match opened {
        Ok(()) => next.run(request).await,
        Err(answer) => *answer,
    };
    answer = for_others(answer);
    if let Some(noted) = noted::Noted::of(asker.as_ref(), &answer, from) {
        noted.write();
    }
    headers::put(answer.headers_mut(), door.state.front.is_secure());
    // Whoever is told that something went wrong is told as whom they asked, too.
    if let Some(asker) = asker {
        answer.extensions_mut().insert(asker);
    }
    answer
}

/// An answer without what is for whoever runs the service.
fn for_others(answer: Response) -> Response {
    let told = answer.extensions().get::<Problem>().and_then(Problem::for_others);
    told.map_or(answer, IntoResponse::into_response)
}

impl Door {
    /// Finds out who asks; or why they are not let in.
    async fn open(&self, request: &mut Request, from: IpAddr) -> Result<(), Box<Response>> {
        let told = |problem: Problem| Box::new(problem.into_response());
        let front = &self.state.front;
        let host = host(request, front).map_err(told)?;
        check_length(request.uri()).map_err(told)?;
        let asker = match identify::asker(&self.state, request.headers()).await {
            // A guess costs the one who makes it.
            Err(problem) if problem.code == identify::UNKNOWN_TOKEN => {
                // It is a request as well.
                self.limits.check(request, &Asker::Nobody, from)?;
                self.limits.guess(from)?.count(&self.state.accounts).await?;
                return Err(told(problem));
            }
            asker => asker.map_err(told)?,
        };
        if !request.method().is_safe() {
            // A form of a page brings one to us, or makes one: programs sign in by the API.
            let by_browser = asker.session().is_some() || !request.uri().path().starts_with("/api/");
            check_site(request.headers(), &own_origin(front, &host), by_browser).map_err(told)?;
        }
        if let Some(attempt) = self.limits.check(request, &asker, from)? {
            attempt.count(&self.state.accounts).await?;
        }
        request.extensions_mut().insert(asker);
        Ok(())
    }
}

/// For whom a request is meant, where that is this service.
fn host(request: &Request, front: &Front) -> Result<Authority, Problem> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (first, second) = (named.next(), named.next());
    let text = first.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned()).unwrap_or_default();
    let public = front.public.as_ref().map(|public| &public.authority);
    let is_ours = |it: &Authority| match public {
        Some(public) => it.as_str().eq_ignore_ascii_case(public.as_str()) || is_loopback(it),
        None => is_loopback(it),
    };
    let host = Authority::try_from(text.as_str()).ok().filter(is_ours);
    let target = request.uri().authority().is_none_or(is_ours);
    match host {
        Some(host) if second.is_none() && target => Ok(host),
        _ => {
            let detail =
                format!("The request is meant for \"{}\", which is not this service.", shortened(&text));
            let hint = match public {
                Some(public) => format!("Ask for {public}, as SEATBOOK_PUBLIC_URL says."),
                None => "Ask for localhost, 127.0.0.1 or [::1]; for another name, start the service with \
                         SEATBOOK_PUBLIC_URL."
                    .to_owned(),
            };
            Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", detail, hint))
        }
    }
}

/// Longer addresses lead nowhere here: the longest are those of pages of a list, with the pages before.
const LONGEST_ADDRESS: usize = 16 * 1024;

fn check_length(address: &Uri) -> Result<(), Problem> {
    let length = address.path_and_query().map_or(0, |it| it.as_str().len());
    if length <= LONGEST_ADDRESS {
        return Ok(());
    }
    let detail = format!("The address of the request has {length} bytes.");
    let hint = format!("Ask by one with {LONGEST_ADDRESS} bytes at most.");
    Err(Problem::new(StatusCode::URI_TOO_LONG, "address_too_long", detail, hint))
}

/// What a page of this service is from.
fn own_origin(front: &Front, host: &Authority) -> String {
    match &front.public {
        Some(public) if !is_loopback(host) => public.to_string(),
        Some(_) | None => format!("http://{host}"),
    }
}

/// That no other site's page orders this. A browser has to say where it comes from; a program need not.
fn check_site(headers: &HeaderMap, own: &str, by_browser: bool) -> Result<(), Problem> {
    let site = headers.get(FETCH_SITE).map(|site| site == "same-origin" || site == "none");
    let origin = headers.get(header::ORIGIN);
    let origin = origin.map(|origin| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()));
    // Another port of this machine is another site, too.
    let foreign = site == Some(false) || origin == Some(false);
    let nowhere = site.is_none() && origin.is_none();
    if !(foreign || by_browser && nowhere) {
        return Ok(());
    }
    let hint = "Send orders from a page of this service, or from a program with an API token.";
    let detail = if foreign {
        "The order comes from a page of another site."
    } else {
        "The order comes from a browser and does not say from which page."
    };
    Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", detail, hint))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::{front::public_url, mail::Mail};

    fn front(public: Option<&str>) -> Front {
        let mut front = Front::local(Mail::terminal());
        front.public = public.map(|url| public_url(url).unwrap());
        front
    }

    fn is_let_in(public: Option<&str>, hosts: &[&str]) -> bool {
        let request = hosts.iter().fold(Request::builder().uri("/"), |it, host| it.header("host", *host));
        host(&request.body(axum::body::Body::empty()).unwrap(), &front(public)).is_ok()
    }

    #[test]
    fn only_what_is_meant_for_this_service_is_answered() {
        let here = ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.8.9.1", "[::1]", "[::1]:8080"];
        let public = Some("https://seats.example.org");
        for host in here {
            assert!(is_let_in(None, &[host]) && is_let_in(public, &[host]), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:8080", "10.0.0.1", "", "a@localhost", "[::2]", "0.0.0.0"]
        {
            assert!(!is_let_in(None, &[host]) && !is_let_in(public, &[host]), "{host}");
        }
        assert!(!is_let_in(None, &[]) && !is_let_in(None, &["localhost", "evil.example"]));
        assert!(is_let_in(public, &["Seats.Example.org"]) && !is_let_in(None, &["seats.example.org"]));
        assert!(!is_let_in(public, &["seats.example.org:8443"]));
    }

    #[test]
    fn nobody_elsewhere_is_told_in_which_folder_there_is_no_room() {
        let full =
            std::io::Error::new(std::io::ErrorKind::StorageFull, "there is no room in /var/lib/seatbook");
        let problem = crate::upload::unspooled(&full);
        assert!(problem.detail.contains("/var/lib"), "{}", problem.detail);
        let answer = for_others(problem.into_response());
        let told = answer.extensions().get::<Problem>().unwrap();
        assert_eq!((answer.status().as_u16(), told.code.as_str()), (507, "disk_full"));
        assert!(!told.detail.contains('/') && told.detail.contains("nothing was changed"), "{}", told.detail);
        let other = Problem::invalid("limit", "it is no number", "Give one.");
        let answer = for_others(other.into_response());
        assert_eq!(answer.extensions().get::<Problem>().unwrap().detail, "limit: it is no number.");
    }

    #[test]
    fn another_sites_page_orders_nothing_and_a_cookie_says_where_it_comes_from() {
        let own = "http://localhost:8080";
        for (header, lets_in) in [
            (Some(("sec-fetch-site", "cross-site")), [false, false]),
            (Some(("sec-fetch-site", "same-site")), [false, false]),
            (Some(("sec-fetch-site", "same-origin")), [true, true]),
            (Some(("sec-fetch-site", "none")), [true, true]),
            (Some(("origin", "https://evil.example")), [false, false]),
            (Some(("origin", "http://localhost:3000")), [false, false]),
            (Some(("origin", "null")), [false, false]),
            (Some(("origin", "http://localhost:8080")), [true, true]),
            (None, [true, false]),
        ] {
            let headers: HeaderMap = header
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .into_iter()
                .collect();
            let judged = [false, true].map(|by_cookie| check_site(&headers, own, by_cookie).is_ok());
            assert_eq!(judged, lets_in, "{header:?}");
        }
    }

    #[test]
    fn pages_are_from_the_public_address_or_from_this_machine() {
        let public = front(Some("https://seats.example.org"));
        let origin = |host: &str| own_origin(&public, &Authority::try_from(host).unwrap());
        assert_eq!(origin("seats.example.org"), "https://seats.example.org");
        assert_eq!(origin("127.0.0.1:8080"), "http://127.0.0.1:8080");
    }
}
