//! How long the server takes for each page, with everybody on the license; and how many bytes a page has.

use std::time::{Duration, Instant};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    Arguments, Engine,
    fixture::{ADMIN, Failed, person},
    percentiles,
};

/// How often each page is asked for.
const ROUNDS: usize = 100;

/// People ask no faster than this for long.
const PAUSE: Duration = Duration::from_millis(11);

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    if arguments.engine == Engine::Postgres {
        return Err("pages are measured on a file: there they wait for no other process".into());
    }
    let folder = tempfile::Builder::new().prefix("seatbook-bench-").tempdir_in(&arguments.folder)?;
    let state = api::open(&folder.path().join("bench.db")).await?;
    let desk = Desk::open(&state, arguments.people).await?;
    let pages = api::network::router(state.clone());
    println!("pages with {} people, in process; p50 and p99 in µs, and bytes", arguments.people);
    for path in desk.pages() {
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            let request = Request::get(&path).header(header::COOKIE, &desk.cookie);
            let request = request.header(header::HOST, "localhost").header(header::ACCEPT, "text/html");
            let request = request.body(Body::empty())?;
            let started = Instant::now();
            bytes = whole(pages.clone().oneshot(request).await?).await?.len();
            times.push(started.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
        let (p50, p99) = percentiles(&mut times);
        println!("{p50:>8} {p99:>8} {bytes:>8}  {}", path.replace(&desk.license, "L"));
    }
    state.close().await;
    Ok(())
}

/// The body of a good answer.
async fn whole(answer: Response<Body>) -> Result<Vec<u8>, Failed> {
    let status = answer.status();
    let bytes = answer.into_body().collect().await?.to_bytes().to_vec();
    if status.is_success() { Ok(bytes) } else { Err(String::from_utf8_lossy(&bytes).into()) }
}

/// A license with people on it, and its admin, who has signed in.
struct Desk {
    license: String,
    member: String,
    import: String,
    key: String,
    cookie: String,
}

impl Desk {
    async fn open(state: &api::State, people: usize) -> Result<Self, Failed> {
        let owner = api::app::router(state.clone());
        let new =
            json!({"name": "Bench", "seats": 100_000_000, "admin": ADMIN, "domains": ["school.example"]});
        let made = ask(&owner, Method::POST, "/api/v1/licenses", "application/json", new.to_string()).await?;
        let license = text(&made, "license_id")?;
        let root = format!("/api/v1/licenses/{license}");
        let mut file = String::from("Email\n");
        (0..people).for_each(|n| file.extend([&*person(n), "\n"]));
        let job = ask(&owner, Method::POST, &format!("{root}/imports"), "text/csv", file).await?;
        let import = text(&job, "import_id")?;
        loop {
            let job = get(&owner, &format!("{root}/imports/{import}")).await?;
            if !job["ended_at"].is_null() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let one = get(&owner, &format!("{root}/users?limit=1&search={}", person(people / 2))).await?;
        let member = text(&one["items"][0], "member_id")?;
        let key = text(&get(&owner, &root).await?["keys"][0], "key_id")?;
        let cookie = signed_in(&owner).await?;
        Ok(Self { license, member, import, key, cookie })
    }

    /// Every page of an admin, and what is asked for most on them.
    fn pages(&self) -> Vec<String> {
        let of_license = [
            "users",
            "users?status=accepted&sort=added_desc",
            "users?status=rejected",
            "users?q=pupil12",
            "users?q=school",
            "users?q=nobody-at-all",
            &format!("users/{}", self.member),
            "add",
            "add/csv",
            "add/key",
            &format!("keys/{}/joined", self.key),
            "remove",
            "imports",
            &format!("imports/{}", self.import),
            "audit",
            "audit?type=UserAdded&order=oldest",
            "audit/then",
            "audit/then?at=500000",
            "audit/difference",
            "settings",
        ]
        .map(|page| format!("/licenses/{}/{page}", self.license));
        let own = ["/licenses", "/account", "/account/sessions", "/account/identities", "/account/tokens"];
        own.map(str::to_owned).into_iter().chain(of_license).collect()
    }
}

async fn signed_in(owner: &Router) -> Result<String, Failed> {
    let asked = json!({"email": ADMIN}).to_string();
    let made = ask(owner, Method::POST, "/api/v1/sign-in/links/make", "application/json", asked).await?;
    let code = text(&made, "link")?.split_once('#').ok_or("a link without a code")?.1.to_owned();
    let request = Request::post("/api/v1/sign-in").header(header::CONTENT_TYPE, "application/json");
    let answer = owner.clone().oneshot(request.body(Body::from(json!({"code": code}).to_string()))?).await?;
    let cookie = answer.headers().get(header::SET_COOKIE).ok_or("no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

fn text(answer: &Value, field: &str) -> Result<String, Failed> {
    Ok(answer[field].as_str().ok_or_else(|| format!("no {field} in {answer}"))?.to_owned())
}

async fn get(owner: &Router, path: &str) -> Result<Value, Failed> {
    ask(owner, Method::GET, path, "application/json", String::new()).await
}

async fn ask(owner: &Router, method: Method, path: &str, kind: &str, body: String) -> Result<Value, Failed> {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
    // The admin asks for what is an admin's; whoever can open the database, for the rest.
    let request = if path.ends_with("/imports") { request.header("Seatbook-As", ADMIN) } else { request };
    let answer = owner.clone().oneshot(request.body(Body::from(body))?).await?;
    Ok(serde_json::from_slice(&whole(answer).await?)?)
}
