//! Refused rows are forgotten when their time has come, and not before.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Code, ImportId, LicenseId};
use eventlog::{Commit, Database, EventLog, ImportFile, Refused, RefusedRow};
use uuid::Uuid;

use crate::room::{Room, of_a_reader};

fn refuses(import: u128, rows: std::ops::Range<u64>) -> Commit {
    let row = |row| RefusedRow {
        row,
        line: row,
        value: "bad".to_owned(),
        code: Code::InvalidEmail,
        reason: "why".to_owned(),
        hint: "what to do".to_owned(),
        cells: Some(vec!["Bo".to_owned(), "bad".to_owned()]),
    };
    let (import_id, license_id) = (ImportId(Uuid::from_u128(import)), LicenseId(Uuid::from_u128(1)));
    let refused = Refused {
        import_id,
        license_id,
        columns: Some(vec!["Name".to_owned(), "Email".to_owned()]),
        separator: ';',
        rows: rows.map(row).collect(),
    };
    let file = ImportFile { import_id, license_id, name: None, sha256: "07".repeat(32), bytes: 40 };
    Commit { refused: Some(refused), file: Some(file), ..Commit::default() }
}

/// Rows, their imports, and digests of files.
fn left(database: &Database) -> (u64, u64, u64) {
    let count = |of: &str| of_a_reader::<u64>(database, &format!("SELECT count({of}"));
    (count("*) FROM refused_rows"), count("*) FROM refused_imports"), count("sha256) FROM import_files"))
}

#[tokio::test]
async fn refused_rows_are_forgotten_once_their_time_has_come() {
    let room = Room::new();
    let day = Arc::new(AtomicI64::new(0));
    let begin: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let clock = Arc::clone(&day);
    let now = move || begin + TimeDelta::days(clock.load(Ordering::Relaxed));
    let database = Database::open_with(&room.path(), Arc::new(now)).unwrap();
    database.commit(refuses(1, 0..12_000)).await.unwrap();
    day.store(3, Ordering::Relaxed);
    database.commit(refuses(2, 0..10)).await.unwrap();
    database.commit(refuses(3, 0..10)).await.unwrap();
    day.store(6, Ordering::Relaxed);
    // The last row of an import counts: its others are not taken from under it.
    database.commit(refuses(3, 10..20)).await.unwrap();
    let days = |days| begin + TimeDelta::days(days);
    assert_eq!(
        (database.forget_refused(days(0), days(0)).await.unwrap(), left(&database)),
        (0, (12_030, 3, 3))
    );
    assert_eq!(
        (database.forget_refused(days(1), days(1)).await.unwrap(), left(&database)),
        (12_000, (30, 2, 2))
    );
    assert_eq!((database.forget_refused(days(4), days(4)).await.unwrap(), left(&database)), (10, (20, 1, 1)));
    assert_eq!((database.forget_refused(days(7), days(7)).await.unwrap(), left(&database)), (20, (0, 0, 0)));
}
