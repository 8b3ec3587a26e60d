//! The history as auditors verify it, through HTTP: checkpoints, tiles, proofs, exports.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use domain::{Digest, entry::leaf_of};
use http_body_util::BodyExt;
use notary::Keys;
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;
use transparency::{
    Checkpoint, InclusionProof, Resource, TILE_WIDTH, TileId, TileSource, Tree, Verdict, Verifier,
    VerifyingKey, Width, bundle, verify_consistency,
};

use crate::service::{ADMIN, Answer, Place, Service};

/// A service that signs its history, with the same key whenever it is opened again.
pub struct Vault {
    pub service: Service,
    pub key: VerifyingKey,
    secret: String,
    folder: TempDir,
}

/// Bytes, with the headers that they came with.
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

/// What is told in the head of an answer.
fn findings(headers: &HeaderMap) -> Vec<String> {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.get_all("seatbook-findings").iter().map(text).collect()
}

impl Vault {
    pub async fn open() -> Self {
        let key = notary::make_key("seats.example/log").expect("a key");
        let service = Service::start(1_000).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (key, secret) = (key.public().clone(), key.reveal().to_owned());
        Self { service, key, secret, folder }.signing().await
    }

    async fn signing(mut self) -> Self {
        let keys = Keys::parse(&self.secret).expect("a key");
        let outside = Some(self.outside());
        let state = self.service.state.clone().with_notary(Some(keys), outside).await.expect("it opens");
        self.service.router = api::app::router(state.clone());
        self.service.state = state;
        self
    }

    /// Closed, changed by somebody past the service, and opened again.
    pub async fn after(self, change: impl AsyncFnOnce(&Place)) -> Self {
        let Self { service, key, secret, folder } = self;
        let service = service.restarted_after(change).await;
        Self { service, key, secret, folder }.signing().await
    }

    /// The same place, with the key of a log of another name.
    pub async fn with_another_key(self, name: &str) -> Self {
        let key = notary::make_key(name).expect("a key");
        let (key, secret) = (key.public().clone(), key.reveal().to_owned());
        Self { key, secret, ..self }.signing().await
    }

    /// The file with the last checkpoint.
    pub fn outside(&self) -> std::path::PathBuf {
        self.folder.path().join("checkpoint")
    }

    async fn raw(&self, path: &str) -> Raw {
        let request = self.service.request(Method::GET, path, None).body(Body::empty()).expect("a request");
        let response = self.service.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
        Raw { status, headers, bytes }
    }

    async fn text(&self, path: &str) -> String {
        let raw = self.raw(path).await;
        let text = String::from_utf8(raw.bytes).expect("text");
        assert_eq!(raw.status, StatusCode::OK, "{path}: {text}");
        text
    }

    pub async fn checkpoint(&self) -> (String, Checkpoint) {
        let note = self.text("/api/v1/log/checkpoint?current=true").await;
        let checkpoint = self.key.open(&note).expect("it was signed");
        (note, checkpoint)
    }

    /// A checkpoint as the key of this log signs it, of whichever history.
    pub fn signs(&self, size: u64, root: Digest) -> String {
        transparency::SigningKey::parse(&self.secret)
            .expect("the key")
            .sign(size, root)
            .expect("it is signed")
    }

    /// The same over the network, by a token.
    pub async fn findings_told_to(&self, token: &str) -> Vec<String> {
        findings(self.told_to(token, "/api/v1/log/export").await.headers())
    }

    async fn told_to(&self, token: &str, path: &str) -> Response {
        let request = Request::get(path.replace("{L}", &self.service.license)).header("Host", "localhost");
        let request = request.header("Authorization", format!("Bearer {token}")).body(Body::empty());
        let network = api::network::router(self.service.state.clone());
        let answer = network.oneshot(request.expect("a request")).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer
    }

    /// What does not hold beside the events of an export.
    pub async fn findings_beside(&self) -> Vec<String> {
        findings(&self.raw("/api/v1/log/export").await.headers)
    }

    /// What an export was found to be.
    pub async fn verified(&self, path: &str, earlier: Option<Checkpoint>) -> Verdict {
        let export = self.text(path).await;
        let mut verifier = Verifier::new(self.key.clone(), earlier);
        verifier.piece(export.as_bytes());
        verifier.end()
    }

    async fn tile(&self, resource: Resource) -> Vec<u8> {
        let path = format!("/api/v1/log/tile/{resource}");
        let raw = self.raw(&path).await;
        assert_eq!(raw.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&raw.bytes));
        assert_eq!(raw.headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(raw.headers[header::CACHE_CONTROL], "private, max-age=31536000, immutable");
        raw.bytes
    }

    pub async fn people(&self, count: usize) -> Answer {
        let people: Vec<_> = (0..count).map(|n| format!("p{n}@school.example")).collect();
        self.service.paste(&people.join("\n")).await
    }
}

/// Tiles that were fetched.
struct Fetched(HashMap<TileId, Vec<u8>>);

impl TileSource for Fetched {
    type Error = std::convert::Infallible;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.0.get(&id).cloned())
    }
}

#[tokio::test]
async fn whoever_fetches_the_tiles_comes_to_the_root_of_the_checkpoint() {
    let vault = Vault::open().await;
    vault.people(300).await;
    let (note, checkpoint) = vault.checkpoint().await;
    assert!(note.starts_with("seats.example/log\n"), "{note}");
    let size = checkpoint.size;
    assert!(size > 300);
    let mut tiles = HashMap::new();
    let mut entries = Vec::new();
    for index in 0..size.div_ceil(TILE_WIDTH) {
        let id = TileId { level: 0, index };
        let width = Width::of(id.width_at(size)).expect("a width");
        let bundle = vault.tile(Resource::Entries(index, width)).await;
        entries.extend(bundle::entries(&bundle).expect("a bundle").into_iter().map(<[u8]>::to_vec));
        tiles.insert(id, vault.tile(Resource::Tile(id, width)).await);
    }
    let above = TileId { level: 1, index: 0 };
    tiles.insert(above, vault.tile(Resource::Tile(above, Width::of(1).expect("a width"))).await);
    // Each entry is the one that its hash is of.
    let hashes: Vec<u8> = entries.iter().flat_map(|entry| leaf_of(entry).0).collect();
    let leaves: Vec<u8> =
        [0, 1].iter().flat_map(|index| tiles[&TileId { level: 0, index: *index }].clone()).collect();
    assert_eq!(hashes, leaves);
    assert_eq!(Tree::new(size, Fetched(tiles)).root(), Ok(checkpoint.root));
    let key = vault.service.get("/api/v1/log/key", None).await;
    assert_eq!(
        (&key.body["origin"], &key.body["keys"]),
        (&json!("seats.example/log"), &json!([vault.key.to_string()]))
    );
}

#[tokio::test]
async fn what_no_checkpoint_vouches_for_is_not_there() {
    let vault = Vault::open().await;
    let (_, checkpoint) = vault.checkpoint().await;
    // It has happened, and nobody has signed it.
    vault.people(3).await;
    let size = checkpoint.size;
    for (name, told) in [
        (format!("0/000.p/{size}"), None),
        (format!("entries/000.p/{size}"), None),
        (format!("0/000.p/{}", size + 1), Some("not grown so far")),
        (format!("entries/000.p/{}", size + 1), Some("not grown so far")),
        ("0/000".to_owned(), Some("not grown so far")),
        ("1/000.p/1".to_owned(), Some("not grown so far")),
        ("0/0".to_owned(), Some("names no tile")),
        ("0/000.p/0".to_owned(), Some("names no tile")),
        ("64/000".to_owned(), Some("names no tile")),
        ("0/x001".to_owned(), Some("names no tile")),
        ("entries/../0/000".to_owned(), Some("names no tile")),
    ] {
        let answer = vault.service.get(&format!("/api/v1/log/tile/{name}"), None).await;
        match told {
            None => assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.body),
            Some(told) => {
                answer.refuses(StatusCode::NOT_FOUND, "unknown_tile");
                assert!(answer.text("detail").contains(told), "{name}: {}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn a_checkpoint_goes_on_from_every_earlier_one() {
    let vault = Vault::open().await;
    let (first_note, first) = vault.checkpoint().await;
    assert_eq!(vault.checkpoint().await.0, first_note, "nothing has happened");
    let added = vault.people(40).await;
    assert_eq!(vault.text("/api/v1/log/checkpoint").await, first_note, "nobody has asked for a new one");
    let path = format!("/api/v1/log/checkpoint?min_position={}", added.position());
    let second = vault.key.open(&vault.text(&path).await).expect("it was signed");
    assert!(second.size >= added.position());
    let shown = vault.service.get(&format!("/api/v1/log/consistency?from={}", first.size), None).await;
    let hash = |hash: &serde_json::Value| hash.as_str().expect("a hash").parse::<Digest>().expect("a hash");
    let proof: Vec<Digest> = shown.body["proof"].as_array().expect("a proof").iter().map(hash).collect();
    verify_consistency(&proof, (first.size, first.root), (second.size, second.root)).expect("it does");
    assert_eq!(vault.key.open(&shown.text("checkpoint")).expect("it was signed"), second);
    let newer = vault.service.get("/api/v1/log/export?since=1000000", None).await;
    newer.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    assert!(
        newer.text("detail").contains("the checkpoint has 1,000,000 events, and the last one"),
        "{}",
        newer.body
    );
    let beyond = vault.service.get("/api/v1/log/consistency?from=1000000", None).await;
    beyond.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not_offered");
    let later = vault.service.get("/api/v1/log/checkpoint?min_position=1000000", None).await;
    later.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
}

#[tokio::test]
async fn an_event_is_proved_with_its_entry_and_the_key_alone() {
    let vault = Vault::open().await;
    let position = vault.people(5).await.position();
    let text = vault.text(&format!("/api/v1/log/proof/{position}")).await;
    let proof = InclusionProof::parse(&text).expect("a proof");
    let width = Width::of(position).expect("a width");
    let bundle = vault.tile(Resource::Entries(0, width)).await;
    let entries = bundle::entries(&bundle).expect("a bundle");
    let leaf = |position: u64| leaf_of(entries[usize::try_from(position).expect("small") - 1]);
    proof.verify(&vault.key, leaf(position)).expect("it is in");
    proof.verify(&vault.key, leaf(position - 1)).expect_err("another one");
    let of_license = format!("/api/v1/licenses/{{L}}/log/proof/{position}");
    assert_eq!(vault.text(&of_license).await, text);
    let other = json!({"name": "Other", "seats": 5, "admin": ADMIN});
    let other = vault.service.post("/api/v1/licenses", None, other).await;
    for position in [other.position(), 0, 1_000_000] {
        let path = format!("/api/v1/licenses/{{L}}/log/proof/{position}");
        vault.service.get(&path, None).await.refuses(StatusCode::NOT_FOUND, "unknown_event");
    }
    let odd = vault.service.get("/api/v1/log/proof/first", None).await;
    odd.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
}

#[tokio::test]
async fn exports_hold_of_everything_and_of_one_license_with_and_without_people() {
    let vault = Vault::open().await;
    let (_, earlier) = vault.checkpoint().await;
    let other = json!({"name": "Other", "seats": 5, "admin": "boss@other.example"});
    vault.service.post("/api/v1/licenses", None, other).await;
    vault.people(300).await;
    let all = vault.verified("/api/v1/log/export?people=true", Some(earlier.clone())).await;
    assert_eq!(all.findings, []);
    // Everybody who was added, and two admins.
    assert_eq!((all.events, all.people), (all.checkpoint.expect("a checkpoint").size, 302));
    let since = format!("/api/v1/licenses/{{L}}/log/export?since={}", earlier.size);
    let of_license = vault.verified(&since, Some(earlier.clone())).await;
    assert_eq!((of_license.findings, of_license.people), (vec![], 0));
    assert!(of_license.events > 300 && of_license.events < all.events);
    let people = vault.verified("/api/v1/licenses/{L}/log/export?people=true", None).await;
    assert_eq!((people.findings, people.people), (vec![], 301));
    // Without people there is no address, also not of another license.
    for path in ["/api/v1/log/export", "/api/v1/licenses/{L}/log/export"] {
        let text = vault.text(path).await;
        assert!(!text.contains("@school.example") && !text.contains("boss@"), "{path}");
    }
    let of_license = vault.text("/api/v1/licenses/{L}/log/export?people=true").await;
    assert!(of_license.contains("p7@school.example") && !of_license.contains("boss@"));
    let missing = "/api/v1/licenses/01920000-0000-7000-8000-000000000000/log/export";
    vault.service.get(missing, None).await.refuses(StatusCode::NOT_FOUND, "unknown_license");
}

#[tokio::test]
async fn after_an_erasure_everything_holds_and_nobody_is_tied_to_what_is_left() {
    let vault = Vault::open().await;
    vault.people(20).await;
    let before = vault.text("/api/v1/log/export?people=true").await;
    let (_, earlier) = vault.checkpoint().await;
    let erased = vault.service.post("/api/v1/erasures", None, json!({"email": "p7@school.example"})).await;
    let subject = erased.text("subject_id");
    let verdict = vault.verified("/api/v1/log/export?people=true", Some(earlier)).await;
    assert_eq!((verdict.findings, verdict.people), (vec![], 20), "19 and the admin");
    let after = vault.text("/api/v1/log/export?people=true").await;
    assert!(!after.contains("p7@school.example"));
    // What was recorded of them is there, byte for byte; the salt that tied it to an address is not.
    let of_them = |export: &str, kind: &str| -> Vec<String> {
        let lines = export.lines().filter(|line| line.starts_with(kind) && line.contains(&subject));
        lines.map(str::to_owned).collect()
    };
    let (was, is) = (of_them(&before, "{\"event\""), of_them(&after, "{\"event\""));
    assert!(!was.is_empty() && was.iter().all(|line| is.contains(line)), "{was:?}");
    let salt = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["person"]["salt"].as_str().expect("a salt").to_owned()
    };
    let person = of_them(&before, "{\"person\"");
    assert_eq!((person.len(), of_them(&after, "{\"person\"").len()), (1, 0));
    assert!(!after.contains(&salt(&person[0])));
}

#[tokio::test]
async fn a_key_takes_the_place_of_another_while_both_sign() {
    let vault = Vault::open().await;
    let (_, before) = vault.checkpoint().await;
    let new = notary::make_key("seats.example/log").expect("a key");
    let Vault { service, key: old, secret, folder } = vault;
    let secret = format!("{}\n{secret}", new.reveal());
    let vault = Vault { service, key: new.public().clone(), secret, folder }.signing().await;
    let (note, checkpoint) = vault.checkpoint().await;
    assert_eq!(checkpoint, before, "nothing has happened, and it is signed by both all the same");
    assert_eq!(old.open(&note).expect("the old one signs, too"), before);
    assert_eq!(vault.verified("/api/v1/log/export", Some(before)).await.findings, []);
}

#[tokio::test]
async fn without_a_key_it_is_said_what_to_do() {
    let service = Service::start(5).await;
    if crate::ENGINE == "sqlite" {
        // A file makes its own.
        assert_eq!(service.get("/api/v1/log/checkpoint?current=true", None).await.status, StatusCode::OK);
        return;
    }
    for path in ["checkpoint", "key", "export", "tile/0/000.p/1", "proof/1", "consistency?from=1"] {
        let answer = service.get(&format!("/api/v1/log/{path}"), None).await;
        answer.refuses(StatusCode::NOT_FOUND, "no_log_key");
        assert!(answer.text("hint").contains("SEATBOOK_LOG_KEY_FILE"), "{}", answer.body);
    }
}

/// A copy of the history with people's addresses is one that no erasure reaches: that it was made is found later.
#[tokio::test]
async fn whether_addresses_went_along_with_an_export_stands_in_the_history() {
    let vault = Vault::open().await;
    vault.people(3).await;
    let role = json!({"email": "vera@audit.example", "role": "auditor"});
    vault.service.post("/api/v1/licenses/{L}/staff", Some(ADMIN), role).await;
    let auditor = vault.service.token("vera@audit.example", &["read"]).await;
    for query in ["", "?people=true"] {
        vault.told_to(&auditor, &format!("/api/v1/licenses/{{L}}/log/export{query}")).await;
    }
    vault.service.state.caught_up().await;
    let history = vault.service.get("/api/v1/licenses/{L}/audit?order=oldest&limit=500", None).await;
    let items = history.body["items"].as_array().expect("items");
    let told = items.iter().filter_map(|it| it["text"].as_str());
    let told = told.filter(|text| text.contains("as a file to be verified"));
    let with_people: Vec<_> = told.map(|text| text.contains("with its people's addresses")).collect();
    assert_eq!(with_people, [false, true], "{}", history.body);
}
