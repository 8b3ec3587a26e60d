//! `audit`: every event of the log, readable and filterable.
//!
//! The table holds what the history is filtered by, and nothing else: an import of a million rows pays for
//! it. The events themselves are read from the log, by position, when somebody asks.

mod apply;
#[cfg(test)]
pub(crate) mod desk;
mod entry;
mod names;
mod positions;
mod query;
mod reading;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod text_tests;
mod walk;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, SqlError, Types},
};

pub use entry::{AuditActor, AuditEntry, AuditPerson, AuditStream, subject_of};
pub(crate) use entry::{Stored, of_stream};
pub(crate) use names::{Name, Names};
pub use positions::{number_at, positions};
pub use query::{AuditPage, AuditQuery};
pub(crate) use text::{clause, decline_reason, entered, invite_reason, invited, tried, way};
pub(crate) use walk::first_since;

/// The read model.
pub struct Audit;

impl ReadModel for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn version(&self) -> u32 {
        4
    }

    fn tables(&self) -> &'static [&'static str] {
        &["audit"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        let Types { number, id, text, end_of_keyed, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE audit{suffix} (
                license    {number} NOT NULL, -- its number; 0 for an event that belongs to none
                position   {number} NOT NULL,
                event_type {text}    NOT NULL,
                actor      {id}    NOT NULL,
                acted_by   {id},             -- who did it in the actor's name
                source     {text}    NOT NULL,
                subject_id {id},             -- whom an event of the license's own stream is about
                PRIMARY KEY (license, position)
            ){end_of_keyed}"
        ))
    }

    /// A membership's events are found by its stream, so few rows are in that of people. Rows of files are most of a long
    /// history and stand side by side: an index would not find them sooner than they are come by.
    fn indexes(&self, _: Dialect, Tables { suffix, generation }: Tables) -> Vec<String> {
        let index = |column: &str, part: &str| {
            format!(
                "CREATE INDEX audit_{column}_{generation} ON audit{suffix} (license, {column}, position) {part}"
            )
        };
        vec![
            index("event_type", ""),
            index("actor", ""),
            index("acted_by", "WHERE acted_by IS NOT NULL"),
            index("subject_id", "WHERE subject_id IS NOT NULL"),
            index("source", "WHERE source <> 'csv'"),
        ]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news)
    }
}
