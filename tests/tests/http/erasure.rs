//! Somebody is erased among thousands, and looked for in every place of the inventory.

use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf, time::Duration};

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Connection as _, PgConnection, Row};
use tokio::time::sleep;

use crate::service::{ADMIN, Place, Service};

/// Of letters that nobody else's address has.
const GONE: &str = "qzxvkjw@qzvxjk.example";
const LOCAL: &str = "qzxvkjw";

const PEOPLE: u32 = 4_000;

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The forms in which somebody may stand somewhere.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
    let digest = Sha256::digest(GONE);
    let hex = hexadecimal(&digest);
    let base64 = |before: &str| {
        // From where whole groups of three bytes are the address's own.
        let text = BASE64_STANDARD_NO_PAD.encode(format!("{before}{GONE}"));
        text.as_bytes()[4..text.len() - 4].to_vec()
    };
    let utf16 = LOCAL.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("the address", GONE.into()),
        ("the local part", LOCAL.into()),
        ("the local part in capitals", LOCAL.to_uppercase().into()),
        ("the local part in UTF-16", utf16),
        ("a digest", digest.to_vec()),
        ("a digest in hexadecimal digits", hex.into()),
        ("base64", base64("")),
        ("base64, one byte on", base64("x")),
        ("base64, two bytes on", base64("xy")),
    ]
}

/// Every file below a folder that holds one of the forms.
fn holders((folder, others): &(PathBuf, Vec<String>)) -> Vec<String> {
    let forms = forms();
    let (mut found, mut folders) = (Vec::new(), vec![folder.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if !others.contains(&name) {
                    folders.push(path);
                }
                continue;
            }
            // What a server throws away meanwhile holds nothing.
            let Ok(bytes) = fs::read(&path) else { continue };
            found.extend(forms_in(&bytes, &forms).map(|name| format!("{name} in {}", path.display())));
        }
    }
    found
}

/// The names of those that stand in the bytes: looked at once, wherever one of them could begin.
fn forms_in<'f>(
    bytes: &[u8],
    forms: &'f [(&'static str, Vec<u8>)],
) -> impl Iterator<Item = &'static str> + use<'f> {
    let mut begins = [false; 256];
    for (_, form) in forms {
        begins[usize::from(form[0])] = true;
    }
    let mut there = vec![false; forms.len()];
    for (at, byte) in bytes.iter().enumerate() {
        if begins[usize::from(*byte)] {
            for (there, (_, form)) in there.iter_mut().zip(forms) {
                *there |= bytes[at..].starts_with(form);
            }
        }
    }
    forms.iter().zip(there).filter(|(_, there)| *there).map(|((name, _), _)| *name)
}

/// The rows of a question, as text.
async fn asked(place: &Place, sql: &str) -> Vec<String> {
    match place {
        Place::Folder(folder) => {
            let conn = Connection::open(folder.path().join("seatbook.db")).expect("the file");
            let views = folder.path().join("seatbook.db-views").display().to_string();
            conn.execute("ATTACH ? AS views", [views]).expect("the read models");
            let mut statement = conn.prepare(&sql.replace("TEXT_OF", "quote")).expect(sql);
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
            rows.map(|row| row.expect("text")).collect()
        }
        Place::Url(url) => {
            let mut conn = PgConnection::connect(url).await.expect("the server");
            let schema = projections::store::schema_of(&projections::MODELS);
            let first = format!("SET search_path TO {schema}, public");
            sqlx::query(&first).execute(&mut conn).await.expect("the read models");
            let sql = sql.replace("TEXT_OF(", "quote_nullable(");
            let rows = sqlx::query(&sql).fetch_all(&mut conn).await.expect("rows");
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    }
}

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

/// Everything that a table holds.
fn all_of(columns: &str, table: &str) -> String {
    let columns: Vec<String> =
        columns.split(' ').map(|column| format!("TEXT_OF(CAST({column} AS text))")).collect();
    format!("SELECT {} FROM {table}", columns.join(" || ',' || "))
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

/// Where the database's files are; on a server, once what was deleted is cleared out of them.
async fn files(place: &Place) -> (PathBuf, Vec<String>) {
    match place {
        Place::Folder(folder) => (folder.path().to_owned(), Vec::new()),
        Place::Url(url) => {
            let mut conn = PgConnection::connect(url).await.expect("the server");
            // What the operator has to do within thirty days.
            for sql in [
                "ALTER SYSTEM SET wal_recycle = off",
                "ALTER SYSTEM SET min_wal_size = '32MB'",
                "SELECT pg_reload_conf()",
                "ANALYZE",
                "VACUUM FULL",
                "CHECKPOINT",
                "SELECT pg_switch_wal()",
                "CHECKPOINT",
                "SELECT pg_switch_wal()",
                "CHECKPOINT",
            ] {
                sqlx::raw_sql(sql).execute(&mut conn).await.expect(sql);
            }
            // Other tests have databases of their own there.
            let sql = "SELECT pg_database.oid::text FROM pg_database WHERE datname <> current_database()";
            let others: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut conn).await.expect("databases");
            let folder: String =
                sqlx::query_scalar("SHOW data_directory").fetch_one(&mut conn).await.expect("a folder");
            (folder.into(), others)
        }
    }
}

/// A service with thousands of people, among them the one who goes: a member, an admin of another license, with refused
/// rows. Their member id.
async fn with_somebody() -> (Service, String) {
    let service = Service::start(10_000).await;
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
    let head =
        service.post("/api/v1/licenses", None, json!({"name": "Last", "seats": 1, "admin": ADMIN})).await;
    let found = service.users(head.position(), &format!("&search={LOCAL}")).await;
    let member = found.body["items"][0]["member_id"].as_str().expect("a member").to_owned();
    (service, member)
}

/// One look at each place of the inventory: what it found there of them.
async fn look(name: &str, service: &Service, files: &[String]) -> Vec<String> {
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
            found
        }
        "letters" => of_file("mail"),
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

/// The words of the search index that only they had.
fn words_of_them(place: &Place) -> Vec<String> {
    let Place::Folder(folder) = place else { return Vec::new() };
    let conn = Connection::open(folder.path().join("seatbook.db-views")).expect("the read models");
    let words = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, members_search, row)";
    conn.execute_batch(words).expect("the words");
    let mut statement = conn.prepare("SELECT term FROM temp.words").expect("the words");
    let words: Vec<String> =
        statement.query_map([], |row| row.get(0)).expect("words").map(|word| word.expect("a word")).collect();
    assert!(words.len() > 100, "those of all others are there");
    let mut found: Vec<String> =
        words.into_iter().filter(|word| word.contains("zxv") || word.contains("xvk")).collect();
    let mut blocks = conn.prepare("SELECT block FROM members_search_data").expect("its pages");
    let blocks = blocks.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("pages");
    for block in blocks.map(|block| block.expect("a page")) {
        if block.windows(3).any(|piece| piece == b"zxv" || piece == b"xvk") {
            found.push("bytes of a word".to_owned());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_an_erased_person_in_any_place_of_the_inventory() {
    let (service, member) = with_somebody().await;
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
        let found = look(place.name, &service, &files).await;
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
        service.send(request.body(axum::body::Body::from(body)).expect("a request")).await
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((&first.body["known"], &first.body["repeated"]), (&json!(true), &json!(false)));
    assert_eq!((&second.body["known"], &second.body["repeated"]), (&json!(true), &json!(true)));
    assert_eq!(first.body["subject_id"], second.body["subject_id"]);
    assert_eq!(first.position(), second.position());
}
