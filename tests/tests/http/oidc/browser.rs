//! What a browser does between the service and a provider: cookies, forms and redirections.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tower::ServiceExt;

/// Where the service is, for its pages.
pub const HERE: &str = "http://127.0.0.1:8080";

pub struct Browser {
    service: Router,
    cookies: BTreeMap<String, String>,
    cookies_there: BTreeMap<String, String>,
}

/// An answer of the service.
pub struct Shown {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub page: String,
}

impl Browser {
    /// One that has been nowhere.
    pub fn new(service: &Router) -> Self {
        Self { service: service.clone(), cookies: BTreeMap::new(), cookies_there: BTreeMap::new() }
    }

    /// Asks the service.
    pub async fn ask(&mut self, method: Method, path: &str, headers: &[(&str, &str)]) -> Shown {
        let request = Request::builder().method(method).uri(path).header("Host", "127.0.0.1:8080");
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        let request = request.header("Cookie", sent(&self.cookies)).body(Body::empty()).expect("a request");
        let answer = self.service.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        keep(&mut self.cookies, &headers);
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        Shown { status, headers, page: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Looks at a page.
    pub async fn look(&mut self, path: &str) -> Shown {
        self.ask(Method::GET, path, &[]).await
    }

    /// Presses the button of a provider.
    pub async fn press(&mut self, provider: &str) -> Shown {
        let path = format!("/sign-in/with/{provider}");
        self.ask(Method::POST, &path, &[("Origin", HERE), ("Sec-Fetch-Site", "same-origin")]).await
    }

    /// Presses the button; where it leads.
    pub async fn way(&mut self) -> String {
        self.way_wanting("/").await
    }

    /// The same of somebody who wants to go to a page of the service, as it stands in an address.
    pub async fn way_wanting(&mut self, to: &str) -> String {
        let shown = self.press(&format!("school?to={to}")).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.page);
        let (_, rest) = shown.page.split_once("content=\"0;url=").expect("a way");
        rest.split_once('"').expect("its end").0.replace("&#38;", "&")
    }

    /// Goes to the provider, and on until it sends back: to which address of the service.
    pub async fn at_provider(&mut self, way: &str) -> String {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let mut way = way.to_owned();
        for _ in 0..10 {
            let request = Request::get(&way).header("Cookie", sent(&self.cookies_there));
            let request = request.body(Full::default()).expect("a request");
            let answer = client.request(request).await.expect("the provider");
            keep(&mut self.cookies_there, answer.headers());
            let status = answer.status();
            let Some(next) = answer.headers().get(header::LOCATION) else {
                let page = answer.into_body().collect().await.expect("a body").to_bytes();
                panic!("{way}: {status} {}", String::from_utf8_lossy(&page))
            };
            let next = next.to_str().expect("an address").to_owned();
            if let Some(back) = next.strip_prefix(HERE) {
                return back.to_owned();
            }
            let root = way.match_indices('/').nth(2).map_or(way.len(), |(at, _)| at);
            way = if next.starts_with('/') { format!("{}{next}", &way[..root]) } else { next };
        }
        panic!("it goes round and round")
    }

    /// All of it: what the service says to whoever comes back.
    pub async fn sign_in(&mut self) -> Shown {
        let way = self.way().await;
        let back = self.at_provider(&way).await;
        self.look(&back).await
    }

    /// Who the service takes them for.
    pub async fn who(&mut self) -> Option<String> {
        let me = self.look("/api/v1/me").await;
        let me: serde_json::Value = serde_json::from_str(&me.page).expect("JSON");
        me["email"].as_str().map(str::to_owned)
    }

    /// The value of a cookie of the service.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }
}

fn sent(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// Keeps what is set, and forgets what is to be forgotten.
fn keep(cookies: &mut BTreeMap<String, String>, headers: &HeaderMap) {
    for set in headers.get_all(header::SET_COOKIE) {
        let set = set.to_str().expect("text");
        let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
        let (name, value) = pair.split_once('=').expect("a name and a value");
        if value.is_empty() || attributes.to_lowercase().contains("max-age=0") {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
