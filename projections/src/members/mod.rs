//! `members`: the user list.

mod apply;
mod counts;
mod found;
mod person;
mod query;
mod row;
mod search;
mod shape;
mod term;

use eventlog::Recorded;
use rusqlite::Connection;

use crate::{
    ApplyError,
    model::{ReadModel, Tables},
};

pub use counts::StatusCounts;
pub(crate) use counts::counts;
pub use person::{Member, MembersPage, Total, member};
pub use query::{MembersQuery, Sort};

/// The read model.
pub struct Members;

impl ReadModel for Members {
    fn name(&self) -> &'static str {
        "members"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["members", "member_counts"]
    }

    fn searches(&self) -> &'static [&'static str] {
        &[search::TABLE]
    }

    fn create(&self, conn: &Connection, Tables { suffix, .. }: Tables) -> rusqlite::Result<()> {
        conn.execute_batch(&format!(
            "CREATE TABLE members{suffix} (
                id                  INTEGER PRIMARY KEY, -- position of the membership's first event
                license_id          BLOB    NOT NULL,
                member_id           BLOB    NOT NULL,
                subject_id          BLOB    NOT NULL,
                email               TEXT,                -- none once erased
                normalised          TEXT,
                status              INTEGER NOT NULL,    -- 0: not on the list; row::STATUS
                admission           TEXT,
                notification_closed INTEGER NOT NULL,
                decline_reason      TEXT,
                attempts            INTEGER NOT NULL,
                added_by            BLOB,
                added_position      INTEGER,
                added_at            INTEGER,
                source              TEXT,
                import_id           BLOB,
                changed_position    INTEGER NOT NULL,
                changed_at          INTEGER NOT NULL,
                refused_code        TEXT
            ) STRICT;
            CREATE TABLE member_counts{suffix} (
                license_id BLOB    NOT NULL,
                status     INTEGER NOT NULL,
                n          INTEGER NOT NULL,
                PRIMARY KEY (license_id, status)
            ) STRICT, WITHOUT ROWID;"
        ))?;
        search::create(conn, suffix)
    }

    /// One for each shape of the list. Who is not on the list is in none of them: `<> 0`, since `> 0` is a range that
    /// the planner would rather look up in an index by status, and sort.
    fn indexes(&self, Tables { suffix, generation }: Tables) -> Vec<String> {
        let index = |name: &str, columns: &str| {
            format!(
                "CREATE INDEX members_{name}_{generation} ON members{suffix} ({columns}) WHERE status <> 0"
            )
        };
        vec![
            // A search walks these four, and finds in them all that it looks at.
            index("email", "license_id, normalised, status"),
            index("added", "license_id, added_position, normalised, status"),
            index("status_email", "license_id, status, normalised"),
            index("status_added", "license_id, status, added_position, normalised"),
            index("admission_added", "license_id, admission, added_position"),
            index("adder_added", "license_id, added_by, added_position"),
        ]
    }

    fn apply(&self, conn: &Connection, tables: Tables, events: &[Recorded]) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, events)
    }
}
