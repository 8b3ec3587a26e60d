//! What of somebody stands in a database, and in any file.

use std::{fs, path::PathBuf};

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use sqlx::{Connection as _, PgConnection, Row};

use super::{GONE, LOCAL};
use crate::service::Place;

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By what it is counted how often they try license keys.
pub fn tries_keys() -> String {
    hexadecimal(&Sha256::digest(format!("license-keys\0{GONE}")))
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
        ("a digest of who tries keys", tries_keys().into()),
        ("base64", base64("")),
        ("base64, one byte on", base64("x")),
        ("base64, two bytes on", base64("xy")),
    ]
}

/// Every file below a folder that holds one of the forms.
pub fn holders((folder, others): &(PathBuf, Vec<String>)) -> Vec<String> {
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
pub async fn asked(place: &Place, sql: &str) -> Vec<String> {
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

/// Everything that a table holds.
pub fn all_of(columns: &str, table: &str) -> String {
    let columns: Vec<String> =
        columns.split(' ').map(|column| format!("TEXT_OF(CAST({column} AS text))")).collect();
    format!("SELECT {} FROM {table}", columns.join(" || ',' || "))
}

/// Where the database's files are; on a server, once what was deleted is cleared out of them.
pub async fn files(place: &Place) -> (PathBuf, Vec<String>) {
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

/// The words of the search index that only they had.
pub fn words_of_them(place: &Place) -> Vec<String> {
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
