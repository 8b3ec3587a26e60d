//! Signing in by a link, and what a cookie is good for.

mod mailboxes;

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use api::{front::Front, mail::Mail};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::service::{ADMIN, Service, send_to};

const HERE: &str = "http://localhost:8080";

/// A service whose letters lie in a folder.
struct Post {
    service: Service,
    network: Router,
    letters: TempDir,
}

impl Post {
    async fn open() -> Self {
        let service = Service::start(10).await;
        let letters = tempfile::tempdir().expect("a folder");
        let front = Front::local(Mail::folder(letters.path().to_owned()));
        let network = api::network::router(service.state.clone().with_front(front));
        Self { service, network, letters }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, HeaderMap, String) {
        let request = Request::builder().method(method).uri(path).header("Host", "localhost:8080");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let answer = self.network.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn ask_for_link(&self, who: &str) -> String {
        let (json, body) = (("Content-Type", "application/json"), json!({"email": who}).to_string());
        let (status, _, body) = self.send(Method::POST, "/api/v1/sign-in/links", &[json], &body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        body
    }

    /// The code of a new letter.
    async fn code(&self, who: &str) -> String {
        let before = files(self.letters.path());
        self.ask_for_link(who).await;
        for _ in 0..500 {
            let new = files(self.letters.path()).difference(&before).next().cloned();
            if let Some(letter) = new.and_then(|path| fs::read_to_string(path).ok())
                && let Some((_, rest)) = letter.split_once("/sign-in#")
                && let Some((code, _)) = rest.split_once("\r\n")
                && letter.contains("nobody signs in without it")
            {
                assert!(letter.contains(&format!("To: {who}")), "{letter}");
                return code.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no letter came")
    }

    async fn press(&self, code: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap) {
        let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", HERE)];
        let headers = [&form, headers].concat();
        let (status, headers, _) =
            self.send(Method::POST, "/sign-in", &headers, &format!("code={code}")).await;
        (status, headers)
    }

    async fn status_of(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> StatusCode {
        self.send(method, path, headers, "").await.0
    }
}

/// The letters there. One that is being written is none yet.
fn files(folder: &Path) -> BTreeSet<std::path::PathBuf> {
    let files = fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file"));
    files.filter(|file| file.metadata().is_ok_and(|about| about.len() > 0)).map(|file| file.path()).collect()
}

fn cookie_of(headers: &HeaderMap) -> String {
    let cookie = headers[header::SET_COOKIE].to_str().expect("text");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    cookie.split_once(';').expect("attributes").0.to_owned()
}

#[tokio::test]
async fn looking_at_a_link_uses_nothing_up_and_pressing_the_button_does_once() {
    let post = Post::open().await;
    let code = post.code(ADMIN).await;
    for _ in 0..100 {
        let (status, headers, page) = post.send(Method::GET, "/sign-in", &[], "").await;
        assert_eq!((status, headers.get(header::SET_COOKIE)), (StatusCode::OK, None));
        assert!(page.contains("<button>Sign in</button>") && !page.contains(&code));
    }
    let (status, headers) = post.press(&code, &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let cookie = cookie_of(&headers);
    let (status, headers) = post.press(&code, &[]).await;
    assert_eq!((status, headers.get(header::SET_COOKIE)), (StatusCode::FORBIDDEN, None));
    let (_, _, me) = post.send(Method::GET, "/api/v1/me", &[("Cookie", &cookie)], "").await;
    assert!(me.contains(ADMIN), "{me}");
}

#[tokio::test]
async fn what_anybody_may_send_is_short_and_a_form_says_where_it_comes_from() {
    let post = Post::open().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let long = format!("code=1&{}", "a&".repeat(200_000));
    let (status, headers, _) = post.send(Method::POST, "/sign-in", &[form, ("Origin", HERE)], &long).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    let many = "a&".repeat(1_001);
    let (status, ..) = post.send(Method::POST, "/sign-in", &[form, ("Origin", HERE)], &many).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = post.code(ADMIN).await;
    let body = format!("code={code}");
    let (status, headers, _) = post.send(Method::POST, "/sign-in", &[form], &body).await;
    assert_eq!((status, headers.get(header::SET_COOKIE)), (StatusCode::FORBIDDEN, None));
    // Said at the door, and kept by nobody either.
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    let (status, headers, _) = post
        .send(Method::POST, "/sign-in", &[form, ("Origin", HERE)], &format!("{body}&to=%2F%09%2Fx.example"))
        .await;
    assert_eq!(
        (status, &headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/".parse().expect("an address"))
    );
}

/// Who signs in and out stands in the service's log, by ids: by whichever way, and without an address.
#[tokio::test]
async fn who_signs_in_and_out_is_noted_by_whichever_way() {
    let said = &*LOG;
    let post = Post::open().await;
    // Nobody else here is called so.
    let who = "wanda.unmistakable@school.example";
    let code = post.code(who).await;
    let cookie = cookie_of(&post.press(&code, &[]).await.1);
    // Of somebody in the history, what stands for them there: a session is forgotten once it is over.
    let admin = post.code(ADMIN).await;
    post.press(&admin, &[]).await;
    let (_, _, sessions) = post.send(Method::GET, "/api/v1/sessions", &[("Cookie", &cookie)], "").await;
    let sessions: serde_json::Value = serde_json::from_str(&sessions).expect("JSON");
    let id = sessions["items"][0]["session_id"].as_str().expect("an id").to_owned();
    post.press(&code, &[]).await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    post.send(Method::POST, "/sign-out", &[("Cookie", &cookie), ("Origin", HERE), form], "").await;
    let said = said.text();
    for line in [
        format!("signed in by={id} way=link"),
        format!("signed out by={id}"),
        "could not sign in code=link_used".to_owned(),
        "turned away from=127.0.0.1".to_owned(),
    ] {
        assert!(said.contains(&line), "{line} in {said}");
    }
    assert!(!said.contains("unmistakable"), "{said}");
    let of_admin = said.lines().find(|line| line.contains("signed in by=") && line.contains(" as="));
    assert!(of_admin.is_some(), "{said}");
}

/// What the log of all tests here is told: a subscriber of one test alone would be missed by what others have come by before.
static LOG: std::sync::LazyLock<Said> = std::sync::LazyLock::new(|| {
    let said = Said::default();
    let to = said.clone();
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
    tracing::subscriber::set_global_default(log).expect("the only log");
    said
});

impl Said {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("what was said").clone()).expect("text")
    }
}

/// What a log was told.
#[derive(Clone, Default)]
struct Said(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Said {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("what was said").extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn who_asks_for_a_link_is_told_the_same_whether_or_not_anybody_is_known() {
    let post = Post::open().await;
    let known = post.ask_for_link(ADMIN).await;
    assert_eq!(post.ask_for_link("nobody@nowhere.example").await, known);
    for _ in 0..10 {
        assert_eq!(post.ask_for_link(ADMIN).await, known, "also where no more letters go out");
    }
}

/// The page says where a link went, and not whether anybody is known there.
#[tokio::test]
async fn the_page_says_where_a_link_was_sent_and_what_may_be_wrong_with_a_code() {
    let post = Post::open().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    // Before the letters that nobody waits for.
    let signed_in = cookie_of(&post.press(&post.code(ADMIN).await, &[]).await.1);
    let mut told = Vec::new();
    for who in [ADMIN, "nobody@nowhere.example"] {
        let body = format!("email={who}&to=%2Faccount");
        let (status, headers, _) =
            post.send(Method::POST, "/sign-in/link", &[form, ("Origin", HERE)], &body).await;
        let to = headers[header::LOCATION].to_str().expect("text");
        assert_eq!((status, to.contains('@')), (StatusCode::SEE_OTHER, false), "{to}");
        let cookie = cookie_of(&headers);
        let (_, _, page) = post.send(Method::GET, to, &[("Cookie", &cookie)], "").await;
        assert!(page.contains(&format!("If mail reaches {who}, a link is on its way.")), "{page}");
        assert!(page.contains(&format!("value=\"{who}\"")), "it can be sent once more: {page}");
        told.push(page.replace(who, "WHO"));
    }
    assert_eq!(told[0], told[1]);
    let (_, _, page) = post.send(Method::GET, "/sign-in?sent=1", &[], "").await;
    assert!(page.contains("If mail reaches this address"), "{page}");
    let (status, _, page) =
        post.send(Method::POST, "/sign-in", &[form, ("Origin", HERE)], "code=guessed").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let says = "The link or code is not right, was used already, or is older than 10 minutes.";
    assert!(page.contains(says) && page.contains("aria-invalid"), "{page}");
    let (_, _, page) = post.send(Method::GET, "/sign-in?out=1", &[], "").await;
    assert!(page.contains("You are signed out."), "{page}");
    let (_, _, page) =
        post.send(Method::GET, "/sign-in?out=1&to=%2Faccount", &[("Cookie", &signed_in)], "").await;
    assert!(page.contains(&format!("You are signed in as {ADMIN}.")) && page.contains("href=\"/account\""));
    assert!(!page.contains("You are signed out."), "{page}");
}

#[tokio::test]
async fn another_sites_page_neither_signs_anybody_in_nor_orders_anything_by_a_cookie() {
    let post = Post::open().await;
    let code = post.code(ADMIN).await;
    for site in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")] {
        assert_eq!(post.press(&code, &[site]).await.0, StatusCode::FORBIDDEN);
    }
    let cookie = cookie_of(&post.press(&code, &[]).await.1);
    let path = format!("/api/v1/licenses/{}/leave", post.service.license);
    let mine = ("Cookie", cookie.as_str());
    for (headers, lets_in) in [
        (&[mine][..], false),
        (&[mine, ("Origin", "https://evil.example")], false),
        (&[mine, ("Sec-Fetch-Site", "cross-site")], false),
        (&[mine, ("Origin", HERE)], true),
        (&[mine, ("Sec-Fetch-Site", "same-origin")], true),
    ] {
        let (_, _, body) = post.send(Method::POST, &path, headers, "").await;
        assert_eq!(!body.contains("cross_site"), lets_in, "{headers:?}: {body}");
    }
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_was_there_and_signing_out_ends_this_one() {
    let post = Post::open().await;
    let first = cookie_of(&post.press(&post.code(ADMIN).await, &[]).await.1);
    let second = cookie_of(&post.press(&post.code(ADMIN).await, &[("Cookie", &first)]).await.1);
    assert_ne!(first, second);
    let me = |cookie: String| {
        let post = &post;
        async move { post.status_of(Method::GET, "/api/v1/me", &[("Cookie", &cookie)]).await }
    };
    assert_eq!(me(first).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(second.clone()).await, StatusCode::OK);
    let out = [("Cookie", second.as_str()), ("Origin", HERE)];
    assert_eq!(post.status_of(Method::POST, "/api/v1/sign-out", &out).await, StatusCode::NO_CONTENT);
    assert_eq!(me(second).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn over_the_network_nobody_is_the_operator_just_for_being_there() {
    let post = Post::open().await;
    let licenses = "/api/v1/licenses";
    assert_eq!(post.status_of(Method::GET, licenses, &[]).await, StatusCode::UNAUTHORIZED);
    let named = [("Seatbook-As", ADMIN)];
    assert_eq!(post.status_of(Method::GET, licenses, &named).await, StatusCode::FORBIDDEN);
    let claimed = [("Cookie", "seatbook-session=made-up")];
    assert_eq!(post.status_of(Method::GET, licenses, &claimed).await, StatusCode::UNAUTHORIZED);
    for open in ["/livez", "/api/openapi.json", "/api/v1/sample.csv", "/sign-in", "/assets/0/seatbook.css"] {
        let (status, headers, _) = post.send(Method::GET, open, &[], "").await;
        assert_eq!(status, StatusCode::OK, "{open}");
        are_as_every_answers(&headers, open);
    }
    for (method, path, status) in [
        (Method::GET, "/nowhere", StatusCode::NOT_FOUND),
        (Method::DELETE, "/api/v1/licenses", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/api/v1/me", StatusCode::UNAUTHORIZED),
        (Method::POST, "/api/v1/sign-in", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let (answered, headers, _) = post.send(method, path, &[], "").await;
        assert_eq!(answered, status, "{path}");
        are_as_every_answers(&headers, path);
    }
}

/// How long a page is once it is compressed tells what stands in it to whoever gets something of theirs onto it (BREACH).
#[tokio::test]
async fn what_is_the_same_for_everybody_is_sent_compressed_and_nothing_else_is() {
    let post = Post::open().await;
    let takes = ("Accept-Encoding", "gzip, deflate, br, zstd");
    let as_page = [takes, ("Accept", "text/html")];
    for (path, asked, encoding) in [
        ("/assets/0/seatbook.css", &as_page[..], Some("gzip")),
        ("/assets/0/paste.js", &as_page, Some("gzip")),
        ("/assets/0/paste.js", &[], None),
        ("/sign-in", &as_page, None),
        ("/api/v1/sample.csv", &as_page, None),
    ] {
        let (status, headers, body) = post.send(Method::GET, path, asked, "").await;
        let said = headers.get(header::CONTENT_ENCODING).and_then(|it| it.to_str().ok());
        assert_eq!((status, said), (StatusCode::OK, encoding), "{path}");
        if path.starts_with("/assets/") {
            assert_eq!(headers[header::VARY], "accept-encoding", "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-store", "it is the address of another version");
        }
        assert!(!body.is_empty(), "{path}");
    }
}

/// Also the way to sign in, and the page that keeps what was entered, which has addresses and keys on it.
#[tokio::test]
async fn whoever_has_not_signed_in_is_answered_on_every_page_as_everybody_is() {
    let post = Post::open().await;
    let mut headers = vec![("Accept", "text/html"), ("Sec-Fetch-Site", "same-origin")];
    headers.push(("Content-Type", "application/x-www-form-urlencoded"));
    let id = "01920000-0000-7000-8000-000000000000";
    for (method, path, _) in api::pages::DOORS {
        let pieces = path.split('/').map(|piece| if piece.starts_with('{') { id } else { piece });
        let path = pieces.collect::<Vec<_>>().join("/");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let (status, answered, _) = post.send(method, &path, &headers, "emails=ada@school.example").await;
        assert!([303, 401].contains(&status.as_u16()), "{path}: {status}");
        are_as_every_answers(&answered, &path);
        assert!(answered["cache-control"].to_str().expect("text").contains("no-store"), "{path}");
    }
    // What somebody sends whom nobody knows does not come back many times as long.
    let add = format!("/licenses/{id}/add");
    let (status, _, kept) = post.send(Method::POST, &add, &headers, "emails=ada@school.example").await;
    assert!(status == StatusCode::UNAUTHORIZED && kept.contains("ada@school.example"), "{kept}");
    let long = format!("emails={}", "\"".repeat(200_000));
    let (status, _, kept) = post.send(Method::POST, &add, &headers, &long).await;
    assert!(status == StatusCode::UNAUTHORIZED && kept.len() < 10_000, "{status}: {}", kept.len());
}

fn are_as_every_answers(headers: &HeaderMap, path: &str) {
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "x-frame-options",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
        "cache-control",
    ] {
        assert!(headers.contains_key(name), "{name} of {path}");
    }
    let allowed = headers.keys().find(|name| name.as_str().starts_with("access-control"));
    assert_eq!(allowed, None, "no other site reads what is answered");
}

#[tokio::test]
async fn a_person_with_the_operators_role_sells_licenses_under_their_own_name() {
    let post = Post::open().await;
    let role = json!({"email": "ops@provider.example", "role": "operator"});
    post.service.post("/api/v1/installation/roles", None, role).await;
    let cookie = cookie_of(&post.press(&post.code("ops@provider.example").await, &[]).await.1);
    let headers = [("Cookie", cookie.as_str()), ("Origin", HERE), ("Content-Type", "application/json")];
    let new = json!({"name": "Lakeside", "seats": 3, "admin": ADMIN}).to_string();
    let (status, _, made) = post.send(Method::POST, "/api/v1/licenses", &headers, &new).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let id = made["license_id"].as_str().expect("an id");
    let path = format!("/api/v1/licenses/{id}/audit?order=oldest&limit=1&min_position={}", made["position"]);
    let audit = post.service.get(&path, None).await;
    let actor = &audit.body["items"][0]["actor"];
    assert_eq!((&actor["email"], &actor["role"]), (&json!("ops@provider.example"), &json!("operator")));
    let request = Request::get("/api/v1/installation/audit").body(Body::empty()).expect("a request");
    let granted = send_to(&post.service.router, request).await;
    let told = "The operator made ops@provider.example an operator of all licenses.";
    assert_eq!(granted.body["items"][0]["text"], told, "{}", granted.body);
}
