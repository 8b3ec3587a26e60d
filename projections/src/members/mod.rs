//! `members`: the user list.

mod apply;
mod counts;
mod found;
mod mine;
mod past;
mod person;
mod query;
mod row;
pub mod search;
mod shape;
mod term;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, SqlError, Types},
};

pub use counts::StatusCounts;
pub(crate) use counts::counts;
pub(crate) use mine::membership_of;
pub use mine::{Membership, memberships_of};
pub(crate) use past::history;
pub use past::member_then;
pub use person::{Member, MembersPage, Total, member};
pub use query::{MembersQuery, Sort};
pub(crate) use row::{status_number, status_of};

/// Of a row: whether they did not come on the list with their first event.
const AGAIN: &str = "added_position <> id";

/// The read model.
pub struct Members;

impl ReadModel for Members {
    fn name(&self) -> &'static str {
        "members"
    }

    fn version(&self) -> u32 {
        5
    }

    fn tables(&self) -> &'static [&'static str] {
        &["members", "member_counts"]
    }

    fn searches(&self, engine: Dialect) -> &'static [&'static str] {
        match engine {
            Dialect::Sqlite => &[search::TABLE],
            Dialect::Postgres { .. } => &[],
        }
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        let Types { key, number, id, text, end, end_of_keyed, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE members{suffix} (
                id                  {key}, -- the membership's number
                license             {number} NOT NULL, -- its number
                member_id           {id}    NOT NULL,
                subject_id          {id}    NOT NULL,
                email               {text},                -- none once erased
                normalised          {text},
                status              {number} NOT NULL,    -- 0: not on the list; row::STATUS
                admission           {text},
                notification_closed {number} NOT NULL,
                decline_reason      {text},
                attempts            {number} NOT NULL,
                added_by            {id},
                added_position      {number},
                added_at            {number},
                source              {text},
                import_id           {id},
                changed_position    {number} NOT NULL,
                changed_at          {number} NOT NULL,
                refused_code        {text}
            ){end};
            CREATE TABLE member_counts{suffix} (
                license {number} NOT NULL,
                status  {number} NOT NULL,
                n       {number} NOT NULL,
                PRIMARY KEY (license, status)
            ){end_of_keyed};"
        ))?;
        search::create(conn, suffix)
    }

    /// One for each shape of the list; everybody's is made of those of the three statuses, side by side: an index less
    /// that falls apart over the file is worth more than that costs. Who is not on the list is in none of them.
    fn indexes(&self, engine: Dialect, Tables { suffix, generation }: Tables) -> Vec<String> {
        let index = |name: &str, columns: &str| {
            format!(
                "CREATE INDEX members_{name}_{generation} ON members{suffix} ({columns}) WHERE status <> 0"
            )
        };
        let mut indexes = vec![
            // A search walks these two, and finds in them all that it looks at.
            index("email", "license, status, normalised"),
            index("added", "license, status, added_position, normalised"),
            index("admission_added", "license, admission, added_position"),
            index("adder_added", "license, added_by, status, added_position"),
        ];
        if engine == Dialect::Sqlite {
            // Who did not come on the list with their first event: the others stand in the search index as they came.
            indexes.push(format!(
                "CREATE INDEX members_again_{generation} ON members{suffix} (license, status, added_position, normalised)
                 WHERE status <> 0 AND {AGAIN}"
            ));
        }
        indexes.extend(search::index(engine, suffix, generation));
        indexes
    }

    fn settle(&self, conn: &Conn<'_>) -> Result<(), SqlError> {
        search::settle(conn)
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news)
    }
}
