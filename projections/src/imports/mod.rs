//! `imports`: uploads and pastes: who began them, how far they are, what came of them.

mod apply;
mod file;
mod query;
mod refused;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, SqlError, Types},
};

pub use file::ImportedFile;
pub(crate) use file::file_of;
pub use query::{
    ImportDetail, ImportSummary, ImportsPage, ImportsQuery, Undoing, import, running_imports, undoings,
};
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
        let Types { key, number, id, text, end, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE imports{suffix} (
                id            {key}, -- position of ImportStarted
                import_id     {id}    NOT NULL,
                license_id    {id}    NOT NULL,
                mode          {text}    NOT NULL,
                source        {text}    NOT NULL,
                started_by    {id}    NOT NULL,
                acted_by      {id},
                started_at    {number} NOT NULL,
                phase         {text}    NOT NULL,
                code          {text},               -- of a failure
                ended_at      {number},
                rows          {number} NOT NULL,   -- applied so far
                counts        {text}    NOT NULL,   -- canonical JSON, outcome code to number
                last_position {number} NOT NULL,
                undoes        {id}                -- an import
            ){end};
            CREATE UNIQUE INDEX imports_import_{generation} ON imports{suffix} (import_id);"
        ))
    }

    fn indexes(&self, _: Dialect, Tables { suffix, generation }: Tables) -> Vec<String> {
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
