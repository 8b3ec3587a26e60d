//! `erasures`: who was erased, by subject id: for the ledger outside the database, and for whoever looks after it.

use chrono::{DateTime, Utc};
use domain::{ErasureBasis, Event, SubjectEvent, SubjectId};
use eventlog::Position;
use serde::Serialize;

use crate::{
    ApplyError, News, QueryError, columns,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, Inserts, Row, SqlError, Types},
    values,
};

/// The read model.
pub struct Erasures;

impl ReadModel for Erasures {
    fn name(&self) -> &'static str {
        "erasures"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["erasures"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        let Types { key, number, id, text, end, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE erasures{suffix} (
                position   {key}, -- of SubjectErased
                subject_id {id} NOT NULL,
                basis      {text} NOT NULL,
                erased_at  {number} NOT NULL
            ){end};"
        ))
    }

    fn indexes(&self, _: Dialect, _: Tables) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        let columns = ["position", "subject_id", "basis", "erased_at"];
        let mut rows = Inserts::into(conn, &format!("erasures{}", tables.suffix), &columns)?;
        for recorded in news.events {
            let Event::Subject(SubjectEvent::SubjectErased { basis }) = &recorded.event else { continue };
            let at = recorded.recorded_at.timestamp_micros();
            rows.add(values![recorded.position, recorded.stream.id, basis.as_str(), at])?;
        }
        Ok(rows.end()?)
    }
}

/// Somebody who was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Erased {
    /// Where the log says so.
    pub position: Position,
    /// Stood for them, and stands for nobody any more.
    #[schema(value_type = uuid::Uuid)]
    pub subject_id: SubjectId,
    /// Why: `request`, `retention` or `other`.
    #[schema(value_type = String)]
    pub basis: ErasureBasis,
    /// When.
    pub erased_at: DateTime<Utc>,
}

/// Who was erased after a position, the oldest first.
pub fn erased_after(conn: &Conn<'_>, after: Position, limit: usize) -> Result<Vec<Erased>, QueryError> {
    let sql = "SELECT position, subject_id, basis, erased_at FROM erasures WHERE position > ?
               ORDER BY position LIMIT ?";
    let read = |row: &Row<'_>| {
        Ok::<_, SqlError>(Erased {
            position: row.get("position")?,
            subject_id: SubjectId(row.get("subject_id")?),
            basis: columns::word(row, "basis")?,
            erased_at: columns::time(row, "erased_at")?,
        })
    };
    Ok(conn.all(sql, values![after, limit], read)?)
}
