//! The tables, and how they come to be as this version needs them.
//!
//! Each script runs once, in a transaction of its own with the number that it leaves in the file: whoever is stopped
//! between two goes on there. The lock file keeps everybody else out meanwhile, so a script may change what it likes.

use rusqlite::{Connection, TransactionBehavior};

/// In the order in which they run: the first makes version 1 of an empty file, the next version 2 of that. One that
/// was released never changes.
const SCRIPTS: &[&str] = &[
    include_str!("schema/0001_log.sql"),
    include_str!("schema/0002_key_texts.sql"),
    include_str!("schema/0003_import_files.sql"),
    include_str!("schema/0004_keys_shown.sql"),
];

/// The version that this program makes. A file of a later one is refused before anything is changed.
pub fn newest() -> i64 {
    version_after(SCRIPTS.len())
}

/// Runs the scripts that a file has not seen.
pub(super) fn bring_up_to_date(conn: &Connection) -> rusqlite::Result<()> {
    run(conn, SCRIPTS)
}

fn run(conn: &Connection, scripts: &[&str]) -> rusqlite::Result<()> {
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let seen = usize::try_from(found).unwrap_or(0);
    for (before, script) in scripts.iter().enumerate().skip(seen) {
        // It rolls back where the script fails.
        let transaction = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", version_after(before + 1))?;
        transaction.commit()?;
    }
    Ok(())
}

fn version_after(scripts: usize) -> i64 {
    i64::try_from(scripts).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<T: rusqlite::types::FromSql>(conn: &Connection, sql: &str) -> T {
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn each_script_runs_once_and_finds_what_the_ones_before_made() {
        let conn = Connection::open_in_memory().unwrap();
        let first = "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('first')";
        let second = "ALTER TABLE notes ADD COLUMN at INTEGER; INSERT INTO notes VALUES ('second', 2)";
        run(&conn, &[first]).unwrap();
        assert_eq!(one::<i64>(&conn, "PRAGMA user_version"), 1);
        for _ in 0..2 {
            run(&conn, &[first, second]).unwrap();
            assert_eq!(one::<i64>(&conn, "PRAGMA user_version"), 2);
            assert_eq!(one::<String>(&conn, "SELECT group_concat(text) FROM notes"), "first,second");
        }
    }

    #[test]
    fn a_script_that_fails_leaves_nothing_and_those_before_it_stay() {
        let conn = Connection::open_in_memory().unwrap();
        let first = "CREATE TABLE notes (text TEXT)";
        let wrong = "INSERT INTO notes VALUES ('half'); INSERT INTO nowhere VALUES (1)";
        run(&conn, &[first, wrong]).unwrap_err();
        assert!(conn.is_autocommit(), "no transaction is left open");
        let found = (one(&conn, "PRAGMA user_version"), one(&conn, "SELECT count(*) FROM notes"));
        assert_eq!(found, (1_i64, 0_i64));
        run(&conn, &[first, "INSERT INTO notes VALUES ('right')"]).unwrap();
        assert_eq!(one::<i64>(&conn, "PRAGMA user_version"), 2);
    }
}
