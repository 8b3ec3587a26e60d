//! How somebody changes the database past the service, who owns its tables.

use rusqlite::Connection;
use serde_json::json;

use crate::{log::Vault, service::Place};

/// Past every trigger, as whoever owns the tables.
pub async fn past(place: &Place, sqlite: &str, postgres: &str) {
    let postgres = format!(
        "ALTER TABLE events DISABLE TRIGGER USER; {postgres};
         UPDATE log_head SET position = (SELECT max(position) FROM events);
         ALTER TABLE events ENABLE TRIGGER USER;"
    );
    place.change(&format!("{}{sqlite}", without_triggers(place)), &postgres).await;
}

/// What drops the triggers of a file.
fn without_triggers(place: &Place) -> String {
    let Place::Folder(folder) = place else { return String::new() };
    let conn = Connection::open(folder.path().join("seatbook.db")).expect("the file");
    let sql = "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_master WHERE type = 'trigger'";
    let mut triggers = conn.prepare(sql).expect("triggers");
    let drops = triggers.query_map([], |row| row.get::<_, String>(0)).expect("triggers");
    drops.collect::<Result<String, _>>().expect("names")
}

/// Takes the read models away, which are made anew then.
pub async fn without_lists(place: &Place) {
    if let Place::Folder(folder) = place {
        for file in ["seatbook.db-views", "seatbook.db-views-wal", "seatbook.db-views-shm"] {
            // What is not there need not go.
            drop(std::fs::remove_file(folder.path().join(file)));
        }
    }
    let schema = projections::store::schema_of(&projections::MODELS);
    place.change("", &format!("DROP SCHEMA {schema} CASCADE")).await;
}

/// Thirty events and more, up to which a checkpoint was signed.
pub async fn signed() -> Vault {
    let vault = Vault::open().await;
    vault.people(30).await;
    vault.service.post("/api/v1/invites/{L}/accept", Some("p3@school.example"), json!({})).await;
    vault.checkpoint().await;
    vault
}
