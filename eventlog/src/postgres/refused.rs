//! Refused rows: written with their commit, forgotten after a while.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Postgres, error::database_error};
use crate::{contract::Refused, faults::place, outcome::LogError, spellings::Spellings};

/// Rows that are forgotten in one go.
const AT_ONCE: i64 = 5_000;

/// What one import's rows are written as, column by column.
pub(super) struct Columns {
    pub imports: Vec<uuid::Uuid>,
    pub items: Vec<i64>,
    pub lines: Vec<i64>,
    pub values: Vec<String>,
    pub codes: Vec<&'static str>,
    pub reasons: Vec<String>,
    pub hints: Vec<String>,
    pub cells: Vec<Option<String>>,
}

pub(super) fn columns(refused: &[&Refused]) -> Columns {
    let rows = || refused.iter().flat_map(|refused| refused.rows.iter().map(|row| (refused.import_id, row)));
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Columns {
        imports: rows().map(|(import, _)| import.0).collect(),
        items: rows().map(|(_, row)| number(row.row)).collect(),
        lines: rows().map(|(_, row)| number(row.line)).collect(),
        values: rows().map(|(_, row)| storable(&row.value)).collect(),
        codes: rows().map(|(_, row)| row.code.as_str()).collect(),
        reasons: rows().map(|(_, row)| storable(&row.reason)).collect(),
        hints: rows().map(|(_, row)| storable(&row.hint)).collect(),
        cells: rows().map(|(_, row)| row.cells.as_deref().map(json)).collect(),
    }
}

/// Texts as a JSON array. A NUL is an escape there: the whole row of a file comes back as it was.
pub(super) fn json(cells: &[String]) -> String {
    serde_json::Value::from(cells).to_string()
}

/// The one character that `PostgreSQL`'s texts can't hold is shown as what it is: no character.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What sets the types of a table's columns anew, to what they are: of those that may say who somebody is, and of which the
/// planner has samples.
const SAMPLED: &str = "
    SELECT string_agg(format('ALTER %I TYPE %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN c.oid IS NULL THEN '' ELSE format(' COLLATE %I.%I', n.nspname, c.collname) END), ', ')
    FROM pg_attribute a
        LEFT JOIN pg_collation c ON c.oid = a.attcollation LEFT JOIN pg_namespace n ON n.oid = c.collnamespace
    WHERE a.attrelid = to_regclass($1) AND a.atttypid IN ('text'::regtype, 'bytea'::regtype) AND EXISTS (
        SELECT FROM pg_stats s
        WHERE format('%I.%I', s.schemaname, s.tablename)::regclass = a.attrelid AND s.attname = a.attname)";

impl Postgres {
    /// Forgets the refused rows of imports that refused their last one before an instant, and the digests of their files;
    /// those of previews, which nothing in the log speaks of, from another one on. How many rows there were.
    pub async fn forget_refused(
        &self,
        imports: DateTime<Utc>,
        previews: DateTime<Utc>,
    ) -> Result<usize, LogError> {
        let mut forgotten = 0;
        let before = [imports, previews].map(|before| before.timestamp_micros());
        while let Some((import, rows)) = self.forget_some(before).await.map_err(database_error)? {
            forgotten += rows;
            tracing::debug!(%import, rows, "refused rows were forgotten");
            place("refused.some_forgotten");
        }
        Ok(forgotten)
    }

    /// The import's own row is taken first: a commit that adds rows to it waits, or was before.
    async fn forget_some(&self, [imports, previews]: [i64; 2]) -> sqlx::Result<Option<(uuid::Uuid, usize)>> {
        let mut transaction = self.inner.pool.begin().await?;
        let oldest = "SELECT import_id FROM refused_imports WHERE recorded_at < $1 OR (recorded_at < $2 AND
                      NOT EXISTS (SELECT 1 FROM events WHERE aggregate_id = import_id::text))
                      LIMIT 1 FOR UPDATE SKIP LOCKED";
        let oldest = sqlx::query_scalar(oldest).bind(imports).bind(previews);
        let oldest = oldest.fetch_optional(&mut *transaction).await?;
        let Some(import) = oldest else { return Ok(None) };
        let some = "DELETE FROM refused_rows WHERE import_id = $1 AND item IN
                    (SELECT item FROM refused_rows WHERE import_id = $1 LIMIT $2)";
        let some =
            sqlx::query(some).bind(import).bind(AT_ONCE).execute(&mut *transaction).await?.rows_affected();
        if some < AT_ONCE.unsigned_abs() {
            let all = "DELETE FROM refused_imports WHERE import_id = $1";
            sqlx::query(all).bind(import).execute(&mut *transaction).await?;
            let digest = "UPDATE import_files SET sha256 = NULL WHERE import_id = $1";
            sqlx::query(digest).bind(import).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(Some((import, usize::try_from(some).unwrap_or(usize::MAX))))
    }
}

impl Postgres {
    /// Deletes the refused rows that hold one of these spellings of an address, and what is kept of their files. How many
    /// rows there were.
    pub async fn erase_refused(&self, spellings: &Spellings) -> Result<usize, LogError> {
        let (mut erased, mut after) = (0, (uuid::Uuid::nil(), -1));
        loop {
            let looked = self.erase_some(spellings, after).await.map_err(database_error)?;
            erased += looked.0;
            match looked.1 {
                Some(last) => after = last,
                None => return Ok(erased),
            }
        }
    }

    /// How many were deleted of the next rows, and the last one that was looked at, if there may be more.
    async fn erase_some(
        &self,
        spellings: &Spellings,
        after: (uuid::Uuid, i64),
    ) -> sqlx::Result<(usize, Option<(uuid::Uuid, i64)>)> {
        let sql = "SELECT import_id, item, value, reason, hint, coalesce(cells, '') FROM refused_rows
                   WHERE (import_id, item) > ($1, $2) ORDER BY import_id, item LIMIT $3";
        let rows = sqlx::query(sql).bind(after.0).bind(after.1).bind(AT_ONCE);
        let rows = rows.fetch_all(&self.inner.pool).await?;
        let (mut imports, mut items, mut last) = (Vec::new(), Vec::new(), None);
        for row in &rows {
            let key: (uuid::Uuid, i64) = (row.try_get(0)?, row.try_get(1)?);
            let texts: [&str; 3] = [row.try_get(2)?, row.try_get(3)?, row.try_get(4)?];
            if texts.iter().any(|text| spellings.stand_in(text)) || spellings.stand_in_cells(row.try_get(5)?)
            {
                imports.push(key.0);
                items.push(key.1);
            }
            last = Some(key);
        }
        let delete = "WITH files AS (DELETE FROM import_files WHERE import_id = ANY($1::uuid[]))
                      DELETE FROM refused_rows r USING unnest($1::uuid[], $2::bigint[]) d(import_id, item)
                      WHERE r.import_id = d.import_id AND r.item = d.item";
        let deleted = sqlx::query(delete).bind(imports).bind(items).execute(&self.inner.pool).await?;
        let whole = i64::try_from(rows.len()).is_ok_and(|rows| rows == AT_ONCE);
        Ok((usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX), last.filter(|_| whole)))
    }

    /// Forgets what files were called that hold one of these spellings in their names, and their digests. How many there were.
    pub async fn erase_file_names(&self, spellings: &Spellings) -> Result<usize, LogError> {
        self.erase_named(spellings).await.map_err(database_error)
    }

    async fn erase_named(&self, spellings: &Spellings) -> sqlx::Result<usize> {
        let mut found: Vec<uuid::Uuid> = Vec::new();
        let named = "SELECT import_id, name FROM import_files WHERE name IS NOT NULL";
        for row in sqlx::query(named).fetch_all(&self.inner.pool).await? {
            if spellings.stand_in_name(row.try_get(1)?) {
                found.push(row.try_get(0)?);
            }
        }
        if found.is_empty() {
            return Ok(0);
        }
        let delete = "DELETE FROM import_files WHERE import_id = ANY($1)";
        let deleted = sqlx::query(delete).bind(found).execute(&self.inner.pool).await?;
        Ok(usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Clears the row versions that nobody sees any more out of tables and their indexes. The tables that this role does
    /// not own, and that their owner has to clear, come back.
    pub async fn clear_dead_rows(&self, tables: &[&str]) -> Result<Vec<String>, LogError> {
        let mut others = Vec::new();
        for table in tables {
            let ours = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass($1)";
            let ours = sqlx::query_scalar::<_, bool>(ours).bind(table).fetch_optional(&self.inner.pool).await;
            match ours.map_err(database_error)? {
                None => {}
                Some(false) => others.push((*table).to_owned()),
                Some(true) => {
                    // Where few are dead it leaves the indexes alone otherwise, and those hold addresses, too; so do
                    // the samples that the planner goes by.
                    let vacuum = format!("VACUUM (ANALYZE, INDEX_CLEANUP ON, TRUNCATE OFF) {table}");
                    sqlx::raw_sql(&vacuum).execute(&self.inner.pool).await.map_err(database_error)?;
                    self.forget_samples(table).await.map_err(database_error)?;
                }
            }
        }
        Ok(others)
    }

    /// The planner's samples of a table that has become empty stay otherwise: ANALYZE leaves them as they were. A type
    /// that is set anew, to what it is, lets them go, and rewrites nothing.
    async fn forget_samples(&self, table: &str) -> sqlx::Result<()> {
        let is_empty = format!("SELECT NOT EXISTS (SELECT FROM {table})");
        if !sqlx::query_scalar(&is_empty).fetch_one(&self.inner.pool).await? {
            return Ok(());
        }
        let changes: Option<String> =
            sqlx::query_scalar(SAMPLED).bind(table).fetch_one(&self.inner.pool).await?;
        let Some(changes) = changes else { return Ok(()) };
        let mut transaction = self.inner.pool.begin().await?;
        sqlx::query("SET LOCAL lock_timeout = '1s'").execute(&mut *transaction).await?;
        let change = format!("ALTER TABLE {table} {changes}");
        sqlx::query(&change).execute(&mut *transaction).await?;
        transaction.commit().await
    }
}
