//! `imports`: uploads and pastes: who began them, how far they are, what came of them.

mod apply;
mod query;
mod refused;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, SqlError},
};

pub use query::{ImportDetail, ImportSummary, ImportsPage, ImportsQuery, import, running_imports};
pub use refused::{RefusedFile, RefusedItem, refused_counts, refused_file, refused_rows};

/// The read model.
pub struct Imports;

impl ReadModel for Imports {
    fn name(&self) -> &'static str {
        "imports"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["imports"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, generation }: Tables) -> Result<(), SqlError> {
        conn.batch(&format!(
            "CREATE TABLE imports{suffix} (
                id            INTEGER PRIMARY KEY, -- position of ImportStarted
                import_id     BLOB    NOT NULL,
                license_id    BLOB    NOT NULL,
                mode          TEXT    NOT NULL,
                source        TEXT    NOT NULL,
                started_by    BLOB    NOT NULL,
                acted_by      BLOB,
                started_at    INTEGER NOT NULL,
                phase         TEXT    NOT NULL,
                code          TEXT,               -- of a failure
                ended_at      INTEGER,
                rows          INTEGER NOT NULL,   -- applied so far
                counts        TEXT    NOT NULL,   -- canonical JSON, outcome code to number
                last_position INTEGER NOT NULL,
                undoes        BLOB                -- an import
            ) STRICT;
            CREATE UNIQUE INDEX imports_import_{generation} ON imports{suffix} (import_id);"
        ))
    }

    fn indexes(&self, Tables { suffix, generation }: Tables) -> Vec<String> {
        vec![
            format!("CREATE INDEX imports_license_{generation} ON imports{suffix} (license_id, id)"),
            format!(
                "CREATE INDEX imports_running_{generation} ON imports{suffix} (id) WHERE phase = 'running'"
            ),
        ]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news.events)
    }
}
