//! `members`: the user list.

mod apply;
mod counts;
mod found;
mod person;
mod query;
mod row;
pub mod search;
mod shape;
mod term;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, SqlError},
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
        3
    }

    fn tables(&self) -> &'static [&'static str] {
        &["members", "member_counts"]
    }

    fn searches(&self) -> &'static [&'static str] {
        &[search::TABLE]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        conn.batch(&format!(
            "CREATE TABLE members{suffix} (
                id                  INTEGER PRIMARY KEY, -- the membership's number
                license             INTEGER NOT NULL, -- its number
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
                license INTEGER NOT NULL,
                status  INTEGER NOT NULL,
                n       INTEGER NOT NULL,
                PRIMARY KEY (license, status)
            ) STRICT, WITHOUT ROWID;"
        ))?;
        search::create(conn, suffix)
    }

    /// One for each shape of the list; everybody's is made of those of the three statuses, side by side: an index less
    /// that falls apart over the file is worth more than that costs. Who is not on the list is in none of them.
    fn indexes(&self, Tables { suffix, generation }: Tables) -> Vec<String> {
        let index = |name: &str, columns: &str| {
            format!(
                "CREATE INDEX members_{name}_{generation} ON members{suffix} ({columns}) WHERE status <> 0"
            )
        };
        vec![
            // A search walks these two, and finds in them all that it looks at.
            index("email", "license, status, normalised"),
            index("added", "license, status, added_position, normalised"),
            index("admission_added", "license, admission, added_position"),
            index("adder_added", "license, added_by, added_position"),
        ]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news)
    }
}
