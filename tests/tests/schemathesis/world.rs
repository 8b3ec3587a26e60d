//! A service with something in it, and callers.

use std::net::SocketAddr;

use api::{
    Limits, State,
    dns::Dns,
    front::Front,
    mail::Mail,
    network::{Rate, Rates},
    server::{ServeOptions, serve},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use eventlog::conformance::server::Server;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::oneshot,
};
use tower::ServiceExt;

pub const ADMIN: &str = "ada@school.example";

/// Somebody with every role that there is over the network.
pub const ALL: &str = "olga@provider.example";

pub struct World {
    pub state: State,
    license: String,
    member: String,
    import: String,
    key: String,
    _folder: Option<TempDir>,
    _letters: Option<TempDir>,
}

impl World {
    pub async fn begin(engine: &str) -> Self {
        let (state, folder) = open(engine).await;
        // Otherwise most of what is asked would be asked too often.
        let many = Rate { burst: u32::MAX, each: std::time::Duration::from_micros(1) };
        let rates = Rates { requests: many, sign_ins: many, keys: many, proofs: many, guesses: many };
        let letters = tempfile::tempdir().expect("a folder");
        let mut front = Front::local(Mail::folder(letters.path().to_owned()));
        // The machine's own may not be there, which takes seconds to find out.
        front.dns = Dns::at(vec![names_that_are_not().await]);
        let state = state.with_front(front).with_limits(Limits { rates, ..Limits::default() });
        let world = Self { _letters: Some(letters), ..Self::empty(state, folder) };
        let new = json!({"name": "Riverside", "seats": 100, "admin": ADMIN, "domains": ["school.example"]});
        let license = text(&world.post("/api/v1/licenses", None, new).await, "license_id");
        let below = format!("/api/v1/licenses/{license}");
        let people = json!({"emails": ["bea@school.example", "guest@else.example", "no address"]});
        let added = world.post(&format!("{below}/users"), Some(ADMIN), people).await;
        let listed = world.get(&format!("{below}/users?min_position={}", added["position"])).await;
        let shown = world.get(&below).await;
        for role in ["operator", "auditor", "support"] {
            let grant = json!({"email": ALL, "role": role});
            world.post("/api/v1/installation/roles", None, grant).await;
        }
        world.post(&format!("{below}/admins"), None, json!({"email": ALL})).await;
        for (who, role) in [("audra@school.example", "auditor"), ("sue@school.example", "support")] {
            world.post(&format!("{below}/staff"), Some(ADMIN), json!({"email": who, "role": role})).await;
        }
        let member = text(&listed["items"][0], "member_id");
        let (import, key) = (text(&added, "import_id"), text(&shown["keys"][0], "key_id"));
        world.state.caught_up().await;
        Self { license, member, import, key, ..world }
    }

    fn empty(state: State, folder: Option<TempDir>) -> Self {
        let nothing = String::new;
        Self {
            state,
            license: nothing(),
            member: nothing(),
            import: nothing(),
            key: nothing(),
            _folder: folder,
            _letters: None,
        }
    }

    /// On a port of its own, as its owner reaches it or as everybody does.
    pub async fn serve(&self, owner: bool) -> SocketAddr {
        let state = self.state.clone();
        if owner {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(async move { axum::serve(listener, api::app::router(state)).await });
            return address;
        }
        let (tell, told) = oneshot::channel();
        let on_ready = Box::new(move |address| tell.send(address).expect("somebody waits"));
        let listen = ([127, 0, 0, 1], 0).into();
        let options = ServeOptions { listen, keep_refused_rows_days: 7, socket: None, on_ready };
        tokio::spawn(async move { serve(state, options).await.expect("it serves") });
        told.await.expect("an address")
    }

    /// The ids that there are, so that not all that is asked is about nothing.
    pub fn ids(&self) -> String {
        let of = [("license_id", &self.license), ("member_id", &self.member)];
        let of = of.into_iter().chain([("import_id", &self.import), ("key_id", &self.key)]);
        let (mut known, mut used) = ("\n[dictionaries]\n".to_owned(), "\n[parameters]\n".to_owned());
        for (name, id) in of {
            known = format!("{known}{name} = {{ values = [{}] }}\n", json!(id));
            used = format!("{used}\"path.{name}\" = {{ dictionary = \"{name}\", probability = 0.8 }}\n");
        }
        // What is not there yet is waited for.
        known.push_str("reached = { values = [0, 1, 2, 3] }\n");
        used.push_str("\"query.min_position\" = { dictionary = \"reached\", probability = 0.95 }\n");
        format!("{known}{used}\n")
    }

    /// A token that is good for everything that its person may do.
    pub async fn token(&self, who: &str) -> String {
        let new = json!({"name": "Schemathesis", "scopes": ["read", "write", "operator"]});
        text(&self.post("/api/v1/tokens", Some(who), new).await, "token")
    }

    /// The cookie of somebody who has just signed in: its name and its value.
    pub async fn session(&self, who: &str) -> (String, String) {
        let link = self.post("/api/v1/sign-in/links/make", None, json!({"email": who})).await;
        let code = text(&link, "link").split_once('#').expect("a code").1.to_owned();
        let answer = self.send(Request::post("/api/v1/sign-in"), json!({"code": code}).to_string()).await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("a cookie");
        let (name, value) =
            cookie.split_once(';').expect("its attributes").0.split_once('=').expect("a value");
        (name.to_owned(), value.to_owned())
    }

    async fn post(&self, path: &str, who: Option<&str>, body: Value) -> Value {
        let request = Request::post(path);
        let request = match who {
            Some(who) => request.header("Seatbook-As", who),
            None => request,
        };
        read(self.send(request, body.to_string()).await).await
    }

    async fn get(&self, path: &str) -> Value {
        read(self.send(Request::get(path), String::new()).await).await
    }

    async fn send(&self, request: axum::http::request::Builder, body: String) -> Response {
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body));
        let router = api::app::router(self.state.clone());
        router.oneshot(request.expect("a request")).await.expect("an answer")
    }
}

/// A name server that knows no name: it sends each question back as answered by "there is none" (RFC 1035, 4.1.1).
async fn names_that_are_not() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut packet = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            if let Some(flags) = packet.get_mut(2..4) {
                flags.copy_from_slice(&[0x81, 0x83]);
            }
            let _ = socket.send_to(&packet[..length], from).await;
        }
    });
    address
}

async fn open(engine: &str) -> (State, Option<TempDir>) {
    if engine == "postgres" {
        let url = Server::shared().database().await;
        return (api::connect(&url).await.expect("a database"), None);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let state = api::open(&folder.path().join("seatbook.db")).await.expect("a database");
    (state, Some(folder))
}

async fn read(answer: Response) -> Value {
    let status = answer.status();
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    assert!(status.is_success() || status == StatusCode::CREATED, "{status} {body}");
    serde_json::from_str(&body).expect("JSON")
}

fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body}")).to_owned()
}
