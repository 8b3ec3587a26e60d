//! Somebody is erased among thousands, and looked for in every place of the inventory.

mod traces;

use std::{collections::BTreeMap, fmt::Write, fs, path::Path, time::Duration};

use api::{front::Front, mail::Mail};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::time::sleep;

use self::traces::{all_of, asked, files, hexadecimal, holders, tries_keys, words_of_them};
use crate::service::{ADMIN, Place, Service, send_to};

/// Of letters that nobody else's address has.
const GONE: &str = "qzxvkjw@qzvxjk.example";
const LOCAL: &str = "qzxvkjw";

const PEOPLE: u32 = 4_000;

/// Where accounts hold an address.
const ACCOUNTS: [&str; 6] =
    ["sessions", "sign_in_links", "api_tokens", "outbox", "linked_identities", "domain_proofs"];

/// They are signed in, have a token, a link in their mailbox, an account at a provider, and a letter that waits.
async fn has_accounts(service: &Service) {
    service.session(GONE).await;
    service.token(GONE, &["read"]).await;
    let made = service.post("/api/v1/sign-in/links/make", None, json!({"email": GONE})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    // No provider and no mail server stand beside this test.
    let linked = format!(
        "INSERT INTO linked_identities (issuer, subject, identity_id, email, normalised, linked_at, used_at)
         VALUES ('https://login.example', 'sub-{LOCAL}', NEW_ID, '{GONE}', '{GONE}', 1, 1);
         INSERT INTO outbox (position, email, normalised, license_id, member_id, tries, due_at)
         VALUES (1000000, '{GONE}', '{GONE}', NEW_ID, NEW_ID, 0, 9000000000000000)"
    );
    let with_ids = |new_id| linked.replace("NEW_ID", new_id);
    service.place.change(&with_ids("randomblob(16)"), &with_ids("gen_random_uuid()")).await;
    for table in ACCOUNTS {
        let rows = asked(&service.place, &all_of("email normalised", table)).await;
        assert!(rows.iter().any(|row| row.contains(GONE)), "in {table}");
    }
}

/// What they did over the network: they asked for a letter, which lies in the folder, and tried a key that opens nothing.
async fn was_there(service: &Service, letters: &Path) {
    let network = api::network::router(service.state.clone());
    let post = async |path: &str, body: Value, cookie: &str| {
        let request =
            Request::post(path).header(header::HOST, "localhost").header(header::ORIGIN, "http://localhost");
        let request = request.header(header::CONTENT_TYPE, "application/json").header(header::COOKIE, cookie);
        send_to(&network, request.body(Body::from(body.to_string())).expect("a request")).await
    };
    let asked_for = post("/api/v1/sign-in/links", json!({"email": GONE}), "").await;
    assert_eq!(asked_for.status, StatusCode::ACCEPTED, "{}", asked_for.body);
    let comes = async {
        while to_them(letters).is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), comes).await.expect("a letter");
    let key = domain::LicenseKey::new([7; 15]).reveal();
    let tried = post("/api/v1/join", json!({"license_key": key}), &service.session(GONE).await).await;
    tried.refuses(StatusCode::NOT_FOUND, "key_unknown");
    assert_eq!(attempts(&service.place).await.len(), 1);
}

/// The letters that lie there for them.
fn to_them(letters: &Path) -> Vec<String> {
    let files = fs::read_dir(letters).expect("the folder").map(|file| file.expect("a file").path());
    // What is only being written is no letter yet.
    let texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts.filter(|letter| letter.contains(GONE)).collect()
}

/// What is counted of the keys that they tried.
async fn attempts(place: &Place) -> Vec<String> {
    let rows = asked(place, &all_of("who", "attempts")).await;
    rows.into_iter().filter(|row| row.contains(&tries_keys())).collect()
}

const HISTORY: &str = "position aggregate_type aggregate_id sequence event_type event_version payload metadata event_id \
                       license_id license_sequence recorded_at";

async fn history(place: &Place, to: u64) -> Vec<String> {
    let binary = matches!(place, Place::Folder(_));
    let sql = all_of(HISTORY, "events");
    // Ids are bytes in a file.
    let sql = if binary { sql.replace("CAST(", "hex(").replace(" AS text)", ")") } else { sql };
    asked(place, &format!("{sql} WHERE position <= {to} ORDER BY position")).await
}

/// A service with thousands of people, among them the one who goes: a member, an admin of another license, with refused
/// rows. Their member id, and the folder of letters.
async fn with_somebody() -> (Service, String, TempDir) {
    let service = Service::start(10_000).await;
    let letters = tempfile::tempdir().expect("a folder");
    let state = service.state.clone().with_front(Front::local(Mail::folder(letters.path().to_owned())));
    let service = Service { router: api::app::router(state.clone()), state, ..service };
    let other = json!({"name": "Other", "seats": 5, "admin": GONE});
    let other = service.post("/api/v1/licenses", None, other).await.text("license_id");
    let second = json!({"email": ADMIN});
    service.post(&format!("/api/v1/licenses/{other}/admins"), None, second).await;
    let proofs = format!("/api/v1/licenses/{other}/domains/proofs");
    let proof = service.post(&proofs, Some(GONE), json!({"domain": "other.example"})).await;
    assert_eq!(proof.text("state"), "awaited");
    let mut file = String::from("Name,Email\n");
    for n in 0..PEOPLE {
        if n == PEOPLE / 2 {
            writeln!(file, "Somebody,{GONE}").expect("a text");
        }
        writeln!(file, "Pupil {n},p{n}.{}@school.example", n * 7_919 % 10_007).expect("a text");
    }
    // Refused, with the address in another column as well.
    writeln!(file, "{},{GONE}\n\"see {GONE}\",nobody", LOCAL.to_uppercase()).expect("a text");
    // What they may have meant stands in what to do.
    writeln!(file, "Somebody,{}", GONE.replace('@', " at ")).expect("a text");
    let path = "/api/v1/licenses/{L}/imports";
    let done = service.send_file(path, ADMIN, &format!("of {LOCAL}.csv"), &file).await;
    assert!(done.status.is_success(), "{}", done.body);
    let import = done.text("import_id");
    loop {
        let found = service.get(&format!("{path}/{import}"), None).await;
        if found.body["phase"] == "completed" {
            assert_eq!(found.body["file"]["name"], format!("of {LOCAL}.csv"));
            assert_eq!(found.body["file"]["sha256"], hexadecimal(&Sha256::digest(&file)));
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    service.post("/api/v1/invites/{L}/accept", Some(GONE), json!({})).await;
    has_accounts(&service).await;
    was_there(&service, letters.path()).await;
    let head =
        service.post("/api/v1/licenses", None, json!({"name": "Last", "seats": 1, "admin": ADMIN})).await;
    let found = service.users(head.position(), &format!("&search={LOCAL}")).await;
    let member = found.body["items"][0]["member_id"].as_str().expect("a member").to_owned();
    (service, member, letters)
}

/// One look at each place of the inventory: what it found there of them.
async fn look(name: &str, service: &Service, letters: &Path, files: &[String]) -> Vec<String> {
    let place = &service.place;
    let rows = async |columns: &str, table: &str| {
        let rows = asked(place, &all_of(columns, table)).await;
        rows.into_iter().filter(|row| row.to_lowercase().contains("qzx")).collect::<Vec<_>>()
    };
    let of_file = |part: &str| files.iter().filter(|found| found.contains(part)).cloned().collect::<Vec<_>>();
    match name {
        "directory" => rows("email normalised", "directory").await,
        "events" => rows("payload metadata", "events").await,
        "refused_rows" => rows("value reason hint cells", "refused_rows").await,
        // With the digest of a file that they stood in.
        "import_files" => asked(place, &all_of("name sha256", "import_files")).await,
        "members" => rows("email normalised", "members").await,
        "read_models" => {
            let mut found = rows("name", "licenses").await;
            found.extend(rows("reason", "invites").await);
            found.extend(rows("event_type", "audit").await);
            found.extend(rows("counts", "imports").await);
            found.extend(rows("basis", "erasures").await);
            found.extend(rows("joined_at", "key_joins").await);
            found.extend(rows("tile", "tree").await);
            found.extend(rows("how", "spans").await);
            found
        }
        "checkpoints" => {
            let mut found = rows("origin note", "signed_checkpoints").await;
            found.extend(of_file("-checkpoint"));
            found
        }
        "members_search" => words_of_them(place),
        // Their bytes are looked for in every file, whatever it is.
        "commands" | "dead_rows" | "spool" | "replay" => files.to_vec(),
        "accounts" => {
            let mut found = Vec::new();
            for table in ACCOUNTS {
                found.extend(rows("email normalised", table).await);
            }
            found.extend(attempts(place).await);
            found
        }
        "letters" => to_them(letters),
        "uploads" => of_file("upload"),
        "wal" => of_file("wal"),
        "ledger" => of_file("erased"),
        "service_log" => of_file("log"),
        "memory" => {
            let imports = service.get("/api/v1/licenses/{L}/imports", None).await;
            vec![imports.body.to_string()].into_iter().filter(|text| text.contains(LOCAL)).collect()
        }
        other => panic!("nobody looks at {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_an_erased_person_in_any_place_of_the_inventory() {
    let (service, member, letters) = with_somebody().await;
    assert!(!holders(&files(&service.place).await).is_empty(), "they are found where they are");
    let before = service.get("/api/v1/licenses/{L}/audit", None).await;
    let head = before.position();
    let history_before = history(&service.place, head).await;
    assert_eq!(history_before.len() as u64, head);
    let license = service.get("/api/v1/licenses/{L}", None).await;
    let seats = license.body["seats"]["held"].as_u64().expect("seats");

    let erased = service.post("/api/v1/erasures", None, json!({"email": "QZXVKJW@qzvxjk.example"})).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.body);
    assert!(!erased.body.to_string().to_lowercase().contains(LOCAL), "{}", erased.body);
    assert_eq!(erased.body["licenses"].as_array().map(Vec::len), Some(2), "{}", erased.body);
    assert_eq!(erased.body["refused_rows"], 3, "{}", erased.body);

    // The longest deadline that is ours to keep is a minute; a service that stops does at once what it waits for.
    let service = service.restarted().await;
    let files = holders(&files(&service.place).await);
    let mut left = BTreeMap::new();
    for place in api::PLACES {
        let found = look(place.name, &service, letters.path(), &files).await;
        if !found.is_empty() {
            left.insert(place.name, found);
        }
    }
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(files, Vec::<String>::new());

    assert_eq!(history(&service.place, head).await, history_before, "the rest of history is as it was");
    let license =
        service.get(&format!("/api/v1/licenses/{{L}}?min_position={}", erased.position()), None).await;
    assert_eq!(license.body["seats"]["held"].as_u64(), Some(seats - 1), "{}", license.body);
    for model in ["members", "licenses", "audit", "invites", "imports", "erasures", "tree"] {
        let verified = service.post(&format!("/api/v1/projections/{model}/verify"), None, json!({})).await;
        assert_eq!(verified.body["equal"], true, "{model}: {}", verified.body);
    }
    reads_as_erased(&service, &member).await;
}

/// Asked by member id, they are erased; asked by address, nobody.
async fn reads_as_erased(service: &Service, member: &str) {
    let found = service.get(&format!("/api/v1/licenses/{{L}}/users/{member}"), None).await;
    assert_eq!((&found.body["erased"], &found.body["email"]), (&json!(true), &Value::Null), "{}", found.body);
    let why = service.get(&format!("/api/v1/licenses/{{L}}/why?member_id={member}"), None).await;
    assert_eq!((&why.body["status"], &why.body["email"]), (&json!("erased"), &Value::Null), "{}", why.body);
    assert!(why.text("sentence").starts_with("An erased person is not on this license any more: "));
    let asked = async |who: &str| {
        let answer = service.get(&format!("/api/v1/licenses/{{L}}/why?email={who}"), None).await;
        answer.body.to_string().replace(who, "WHO")
    };
    assert_eq!(asked(GONE).await, asked("stranger@elsewhere.example").await);
    let again = service.paste(GONE).await;
    let listed = service.users(again.position(), &format!("&search={LOCAL}")).await;
    let items = listed.body["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{}", listed.body);
    assert_ne!(items[0]["member_id"], member, "who comes again is somebody new");
    let audit = service.get("/api/v1/licenses/{L}/audit?limit=500", None).await;
    assert!(audit.status.is_success());
}

#[tokio::test]
async fn only_the_operator_erases_and_never_the_last_admin() {
    let service = Service::start(5).await;
    let order = json!({"email": ADMIN});
    service
        .post("/api/v1/erasures", Some(ADMIN), order.clone())
        .await
        .refuses(StatusCode::FORBIDDEN, "not_permitted");
    for order in [order, json!({"email": ADMIN, "dry_run": true})] {
        let refused = service.post("/api/v1/erasures", None, order).await;
        refused.refuses(StatusCode::CONFLICT, "last_admin");
        assert!(refused.text("detail").contains("\"Riverside\""), "{}", refused.body);
    }
    let nobody = service.post("/api/v1/erasures", None, json!({"email": "nobody@school.example"})).await;
    assert_eq!((nobody.status, &nobody.body["known"]), (StatusCode::OK, &json!(false)));
    let bad = service.post("/api/v1/erasures", None, json!({"email": "nobody"})).await;
    bad.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_email");
}

#[tokio::test]
async fn an_erasure_that_is_asked_for_again_with_its_key_is_the_same_one() {
    let service = Service::start(5).await;
    service.paste("bob@school.example").await;
    let send = async || {
        let request = service.request(axum::http::Method::POST, "/api/v1/erasures", None);
        let request = request.header("Content-Type", "application/json").header("Idempotency-Key", "once");
        let body = json!({"email": "bob@school.example"}).to_string();
        service.send(request.body(Body::from(body)).expect("a request")).await
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((&first.body["known"], &first.body["repeated"]), (&json!(true), &json!(false)));
    assert_eq!((&second.body["known"], &second.body["repeated"]), (&json!(true), &json!(true)));
    assert_eq!(first.body["subject_id"], second.body["subject_id"]);
    assert_eq!(first.position(), second.position());
}
