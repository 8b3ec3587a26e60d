//! Refused rows are kept as they were given, and forgotten when their time has come.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Code, ImportId, LicenseId};
use eventlog::{Commit, EventLog, ImportFile, Postgres, Refused, RefusedRow, postgres::Options};
use uuid::Uuid;

use crate::room::Room;

fn refuses(import: u128, rows: std::ops::Range<u64>) -> Commit {
    let row = |row| RefusedRow {
        row,
        line: row,
        value: "b\0d".to_owned(),
        code: Code::InvalidEmail,
        reason: "why".to_owned(),
        hint: "what to do".to_owned(),
        cells: Some(vec!["Bo\0".to_owned(), "bad".to_owned()]),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_rows_are_kept_whole_and_forgotten_once_their_time_has_come() {
    let room = Room::new().await;
    let day = Arc::new(AtomicI64::new(0));
    let begin: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let clock = Arc::clone(&day);
    let now = move || begin + TimeDelta::days(clock.load(Ordering::Relaxed));
    let options = Options { clock: Arc::new(now), ..Options::default() };
    let node = Postgres::connect_with(&room.url, options).await.unwrap();
    let left = async || {
        room.ask(
            "SELECT (SELECT count(*) FROM refused_rows) || ' ' || (SELECT count(*) FROM refused_imports) || ' ' ||
                    (SELECT count(sha256) FROM import_files)",
        )
        .await
    };
    node.commit(refuses(1, 0..12_000)).await.unwrap();
    day.store(3, Ordering::Relaxed);
    node.commit(refuses(2, 0..10)).await.unwrap();
    node.commit(refuses(3, 0..10)).await.unwrap();
    day.store(6, Ordering::Relaxed);
    node.commit(refuses(3, 10..20)).await.unwrap();
    let row = "SELECT value || code || cells || columns || separator FROM refused_rows JOIN refused_imports USING (import_id)
               WHERE item = 19";
    let kept = "b\u{fffd}dinvalid_email[\"Bo\\u0000\",\"bad\"][\"Name\",\"Email\"];";
    assert_eq!(room.ask(&format!("{row} AND import_id = '{}'", Uuid::from_u128(3))).await, kept);
    let days = |days| begin + TimeDelta::days(days);
    for (until, forgotten, rest) in
        [(0, 0, "12030 3 3"), (1, 12_000, "30 2 2"), (4, 10, "20 1 1"), (7, 20, "0 0 0")]
    {
        assert_eq!(
            (node.forget_refused(days(until), days(until)).await.unwrap(), left().await),
            (forgotten, rest.to_owned())
        );
    }
}
