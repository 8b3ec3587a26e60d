//! A service on a database of its own, without a socket.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use api::{
    Limits, State,
    server::{ServeOptions, serve},
};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use eventlog::conformance::server::Server;
use http_body_util::BodyExt;
use rusqlite::Connection;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::{OnceCell, oneshot};
use tower::ServiceExt;

pub const ADMIN: &str = "admin@school.example";

pub struct Service {
    pub router: Router,
    pub state: State,
    pub license: String,
    pub key: String,
    pub place: Place,
}

/// Serves on a port of its own, until the test ends. Where.
pub async fn listening(state: State) -> SocketAddr {
    let (tell, told) = oneshot::channel();
    let on_ready = Box::new(move |address| tell.send(address).expect("somebody waits"));
    let options = ServeOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        keep_refused_rows_days: 7,
        socket: None,
        on_ready,
    };
    tokio::spawn(async move { serve(state, options).await.expect("it serves") });
    told.await.expect("an address")
}

/// A database with our tables, and with nothing in them.
static MADE: OnceCell<String> = OnceCell::const_new();

/// Where its database is: it outlives the service.
pub enum Place {
    Folder(TempDir),
    Url(String),
}

impl Place {
    /// One that nobody else has, on the engine that these tests are compiled for.
    async fn new() -> Self {
        match crate::ENGINE {
            "postgres" => {
                let make = async |url: &str| api::connect(url).await.expect("a database").close().await;
                Self::Url(Server::shared().copy_of(&MADE, make).await)
            }
            _ => Self::Folder(tempfile::tempdir().expect("a folder")),
        }
    }

    /// Something that is done to the database past the service.
    pub async fn change(&self, sqlite: &str, postgres: &str) {
        match self {
            Self::Folder(folder) => {
                let conn = Connection::open(folder.path().join("seatbook.db")).expect("the file");
                conn.busy_timeout(Duration::from_secs(5)).expect("a setting");
                conn.execute_batch(sqlite).expect(sqlite);
            }
            Self::Url(url) => {
                let mut conn = PgConnection::connect(url).await.expect("the server");
                sqlx::raw_sql(postgres).execute(&mut conn).await.expect(postgres);
            }
        }
    }

    async fn open(&self) -> State {
        loop {
            let opened = match self {
                Self::Folder(folder) => api::open(&folder.path().join("seatbook.db")).await,
                Self::Url(url) => api::connect(url).await,
            };
            match opened {
                // Something of the service before goes on behind it: a list that was rebuilt is tidied up.
                Err(eventlog::LogError::InUse { .. }) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                opened => return opened.expect("a database"),
            }
        }
    }
}

/// An answer: its status, its content type, its body as JSON or else as text.
pub struct Answer {
    pub status: StatusCode,
    pub kind: String,
    /// What an address takes, of a method that it does not.
    pub allow: String,
    /// Where somebody is led.
    pub location: Option<String>,
    /// Every header, as text.
    pub headers: String,
    pub body: Value,
}

impl Service {
    pub async fn start(seats: u64) -> Self {
        Self::start_with(seats, Limits::default()).await
    }

    /// One that takes other bodies than usual.
    pub async fn start_with(seats: u64, limits: Limits) -> Self {
        let place = Place::new().await;
        let state = place.open().await.with_limits(limits);
        let router = api::app::router(state.clone());
        let (license, key) = (String::new(), String::new());
        let mut service = Self { router, state, license, key, place };
        let new = json!({"name": "Riverside", "seats": seats, "admin": ADMIN, "domains": ["school.example"]});
        let made = service.post("/api/v1/licenses", None, new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        service.license = made.text("license_id");
        service.key = made.text("license_key");
        service
    }

    /// Ends its process in good order, and begins another one.
    pub async fn restarted(self) -> Self {
        self.restarted_after(async |_| {}).await
    }

    /// The same, after something was done to its database meanwhile.
    pub async fn restarted_after(self, meanwhile: impl AsyncFnOnce(&Place)) -> Self {
        let Self { router, state, license, key, place } = self;
        drop(router);
        state.close().await;
        meanwhile(&place).await;
        let state = place.open().await;
        Self { router: api::app::router(state.clone()), state, license, key, place }
    }

    /// An address of the service: `{L}` is the license.
    fn address(&self, path: &str) -> String {
        path.replace("{L}", &self.license)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        send_to(&self.router, request).await
    }

    pub fn request(&self, method: Method, path: &str, who: Option<&str>) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(self.address(path));
        match who {
            Some(who) => request.header("Seatbook-As", who),
            None => request,
        }
    }

    pub async fn get(&self, path: &str, who: Option<&str>) -> Answer {
        self.send(self.request(Method::GET, path, who).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, path: &str, who: Option<&str>, body: Value) -> Answer {
        let request = self.request(Method::POST, path, who).header("Content-Type", "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    pub async fn put(&self, path: &str, who: Option<&str>, body: Value) -> Answer {
        let request = self.request(Method::PUT, path, who).header("Content-Type", "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    pub async fn send_text(&self, path: &str, who: &str, kind: &str, text: &str) -> Answer {
        let request = self.request(Method::POST, path, Some(who)).header("Content-Type", kind);
        self.send(request.body(Body::from(text.to_owned())).expect("a request")).await
    }

    /// Sends a CSV file that is called so.
    pub async fn send_file(&self, path: &str, who: &str, name: &str, text: &str) -> Answer {
        let request = self.request(Method::POST, path, Some(who)).header("Content-Type", "text/csv");
        let request = request.header("Content-Disposition", format!("attachment; filename=\"{name}\""));
        self.send(request.body(Body::from(text.to_owned())).expect("a request")).await
    }

    /// A token of somebody's.
    pub async fn token(&self, who: &str, scopes: &[&str]) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let made = self.post("/api/v1/tokens", Some(who), json!({"name": name, "scopes": scopes})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        made.text("token")
    }

    /// The cookie of somebody who has just signed in.
    pub async fn session(&self, who: &str) -> String {
        let made = self.post("/api/v1/sign-in/links/make", None, json!({"email": who})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let link = made.text("link");
        let code = link.split_once('#').expect("a code").1;
        let request = self.request(Method::POST, "/api/v1/sign-in", None);
        let request = request.header("Content-Type", "application/json");
        let request = request.body(Body::from(json!({"code": code}).to_string())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("a cookie");
        cookie.split_once(';').expect("its attributes").0.to_owned()
    }

    /// ADMIN pastes; the answer is good.
    pub async fn paste(&self, text: &str) -> Answer {
        let answer = self.send_text("/api/v1/licenses/{L}/users", ADMIN, "text/plain", text).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer
    }

    /// The user list, as of what was done just now.
    pub async fn users(&self, position: u64, filters: &str) -> Answer {
        let path = format!("/api/v1/licenses/{{L}}/users?min_position={position}{filters}");
        let answer = self.get(&path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer
    }
}

impl Answer {
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body)).to_owned()
    }

    pub fn position(&self) -> u64 {
        self.body["position"].as_u64().unwrap_or_else(|| panic!("no position in {}", self.body))
    }

    /// `email status` of each item.
    pub fn people(&self) -> Vec<String> {
        let items = self.body["items"].as_array().expect("items");
        let text = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
        items.iter().map(|item| format!("{} {}", text(item, "email"), text(item, "status"))).collect()
    }

    /// That it is a problem of this status and code, which says what to do.
    pub fn refuses(&self, status: StatusCode, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.kind, "application/problem+json");
        for field in ["type", "title", "detail", "hint"] {
            assert!(
                self.body[field].as_str().is_some_and(|text| !text.is_empty()),
                "no {field}: {}",
                self.body
            );
        }
    }
}

/// What a router answers.
pub async fn send_to(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let said = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (kind, allow) = (said(header::CONTENT_TYPE).to_owned(), said(header::ALLOW).to_owned());
    let location = Some(said(header::LOCATION).to_owned()).filter(|location| !location.is_empty());
    let headers = format!("{:?}", response.headers());
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
    Answer {
        status,
        kind,
        allow,
        location,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
    }
}
