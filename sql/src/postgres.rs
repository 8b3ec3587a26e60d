//! PostgreSQL behind the same statements.

use std::{
    cell::{Cell as Flag, RefCell},
    future::Future,
    ops::ControlFlow,
    time::Duration,
};

use eventlog::{LogError, postgres::silence};
use sqlx::{
    Arguments, Encode, Executor, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    pool::PoolConnection,
    postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, types::Oid},
};
use tokio::{runtime::Handle, time::timeout};

use crate::{Conn, SqlError, ToValue, Value};

/// A connection that is waited for: it belongs to a thread that may block.
pub struct Session {
    conn: RefCell<PoolConnection<Postgres>>,
    runtime: Handle,
    in_transaction: Flag<bool>,
    cursors: Flag<u32>,
    /// So long a statement is waited for.
    patience: Flag<Option<Duration>>,
    /// Whether the server did not answer in time.
    silent: Flag<bool>,
    /// Whether rows can be found by three letters that stand together.
    pub(crate) trigrams: bool,
}

/// Rows that a walk fetches at first, and at most, at a time.
const FETCHED: (usize, usize) = (100, 5_000);

impl Session {
    /// A connection to be waited for on this runtime. `trigrams`: whether the server has `pg_trgm`.
    pub fn new(conn: PoolConnection<Postgres>, runtime: Handle, trigrams: bool) -> Self {
        Self {
            conn: RefCell::new(conn),
            runtime,
            in_transaction: Flag::new(false),
            cursors: Flag::new(0),
            patience: Flag::new(None),
            silent: Flag::new(false),
            trigrams,
        }
    }

    /// Waits for each statement for so long at most; `None`: as long as it takes. A server that is gone may say nothing of it.
    #[must_use]
    pub fn patient_for(self, patience: Option<Duration>) -> Self {
        self.patience.set(patience);
        self
    }

    fn wait<T>(&self, answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        let Some(patience) = self.patience.get() else { return self.runtime.block_on(answer) };
        self.runtime.block_on(async { timeout(patience, answer).await }).unwrap_or_else(|_| {
            self.silent.set(true);
            Err(silence(patience))
        })
    }

    /// Does not give the connection back to others.
    pub fn close_when_dropped(&self) {
        self.conn.borrow_mut().close_on_drop();
    }

    pub(crate) fn fetch(&self, sql: &str, values: &[&dyn ToValue]) -> Result<Vec<PgRow>, SqlError> {
        self.fetch_with(&numbered(sql), arguments(values)?, true)
    }

    /// The rows whose column at the end of `select` is one of the keys.
    pub(crate) fn fetch_each<K: ToValue>(&self, select: &str, keys: &[K]) -> Result<Vec<PgRow>, SqlError> {
        let (mut numbers, mut ids, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        for key in keys {
            match key.to_value()? {
                Value::Number(number) => numbers.push(number),
                Value::Id(id) => ids.push(id),
                Value::Stream(id) => streams.push(id.to_string()),
                Value::Null | Value::Text(_) | Value::Bytes(_) => {}
            }
        }
        let mut arguments = PgArguments::default();
        let added = match (numbers.is_empty(), ids.is_empty()) {
            (false, _) => arguments.add(numbers),
            (true, false) => arguments.add(ids),
            (true, true) if streams.is_empty() => return Ok(Vec::new()),
            (true, true) => arguments.add(streams),
        };
        added.map_err(sqlx::Error::Encode)?;
        self.fetch_with(&format!("{select} = ANY($1)"), arguments, true)
    }

    /// `again`: the server need not be told what it means the next time.
    fn fetch_with(&self, sql: &str, arguments: PgArguments, again: bool) -> Result<Vec<PgRow>, SqlError> {
        let query = sqlx::query_with(sql, arguments).persistent(again);
        Ok(self.wait(query.fetch_all(&mut **self.conn.borrow_mut()))?)
    }

    pub(crate) fn run(&self, sql: &str, values: &[&dyn ToValue]) -> Result<usize, SqlError> {
        let (sql, arguments) = (numbered(sql), arguments(values)?);
        let mut conn = self.conn.borrow_mut();
        let done = self.wait(sqlx::query_with(&sql, arguments).execute(&mut **conn))?;
        Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Runs statements that take no values.
    pub fn batch(&self, sql: &str) -> Result<(), SqlError> {
        let mut conn = self.conn.borrow_mut();
        self.wait(conn.execute(sqlx::raw_sql(sql)))?;
        Ok(())
    }

    /// Copies rows into a table, each as [`crate::copy`] writes it.
    pub(crate) fn copy(&self, into: &str, rows: Vec<u8>) -> Result<(), SqlError> {
        let mut conn = self.conn.borrow_mut();
        self.wait(async {
            let mut copy = conn.copy_in_raw(&format!("COPY {into} FROM STDIN")).await?;
            copy.send(rows).await?;
            copy.finish().await
        })?;
        Ok(())
    }

    /// Puts rows of numbers into a table, all with one statement.
    pub(crate) fn merge<const N: usize>(
        &self,
        into: &str,
        rows: &[[i64; N]],
        conflict: &str,
    ) -> Result<(), SqlError> {
        let mut arguments = PgArguments::default();
        for column in 0..N {
            let numbers: Vec<i64> = rows.iter().map(|row| row[column]).collect();
            arguments.add(numbers).map_err(sqlx::Error::Encode)?;
        }
        let columns: Vec<String> = (1..=N).map(|column| format!("${column}::bigint[]")).collect();
        let sql = format!("INSERT INTO {into} SELECT * FROM unnest({}) {conflict}", columns.join(", "));
        let mut conn = self.conn.borrow_mut();
        self.wait(sqlx::query_with(&sql, arguments).execute(&mut **conn))?;
        Ok(())
    }

    /// Begins a transaction, which lasts until [`Self::end`].
    pub fn begin(&self, how: &str) -> Result<(), SqlError> {
        self.batch(how)?;
        self.in_transaction.set(true);
        Ok(())
    }

    /// Ends the transaction. One that failed is rolled back whatever it is told.
    pub fn end(&self, how: &str) -> Result<(), SqlError> {
        self.in_transaction.set(false);
        self.batch(how)
    }

    /// Gives up whatever transaction there is; the connection with it, if that can't be done.
    pub fn abandon(&self) {
        if self.in_transaction.get() && (self.silent.get() || self.end("ROLLBACK").is_err()) {
            self.close_when_dropped();
        }
    }

    /// Does all of some work, or nothing of it.
    pub fn in_transaction<R, E: From<LogError>>(
        &self,
        work: impl FnOnce(&Conn<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.begin("BEGIN").map_err(LogError::from)?;
        // Left without a commit, also by a panic, it is rolled back.
        let ends = Ends(self);
        let result = work(&Conn::from(self))?;
        self.end("COMMIT").map_err(LogError::from)?;
        drop(ends);
        Ok(result)
    }

    /// Row by row, as long as more are wanted. Only so many are fetched as are likely to be.
    pub(crate) fn walk<E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        mut each: impl FnMut(&PgRow) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let own = !self.in_transaction.get();
        if own {
            self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
        let walked = self.walk_cursor(sql, values, &mut each);
        if own {
            self.end("ROLLBACK")?;
        }
        walked
    }

    fn walk_cursor<E: From<SqlError>>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        each: &mut impl FnMut(&PgRow) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        // Another walk may be made for a row of this one. What fails leaves its cursor to the end of the transaction.
        let cursor = format!("walk_{}", self.cursors.replace(self.cursors.get() + 1));
        let fetch_from =
            |size| self.fetch_with(&format!("FETCH {size} FROM {cursor}"), PgArguments::default(), false);
        let declare = format!("DECLARE {cursor} NO SCROLL CURSOR FOR {}", numbered(sql));
        self.fetch_with(&declare, arguments(values)?, false)?;
        let mut size = FETCHED.0;
        'walk: loop {
            let rows = fetch_from(size)?;
            for row in &rows {
                if each(row)?.is_break() {
                    break 'walk;
                }
            }
            if rows.len() < size {
                break;
            }
            size = (size * 4).min(FETCHED.1);
        }
        Ok(self.batch(&format!("CLOSE {cursor}"))?)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Whatever it says later, it would be to somebody else.
        if self.silent.get() {
            self.conn.get_mut().close_on_drop();
        }
    }
}

struct Ends<'s>(&'s Session);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The statement with numbered places: `?` becomes `$1`, `$2` ..., and `?3` becomes `$3`.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 16);
    let mut places = 0;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '?' {
            text.push(letter);
            continue;
        }
        text.push('$');
        if letters.peek().is_none_or(|next| !next.is_ascii_digit()) {
            places += 1;
            text.push_str(&places.to_string());
        }
    }
    text
}

fn arguments(values: &[&dyn ToValue]) -> Result<PgArguments, SqlError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value.to_value()? {
            Value::Null => arguments.add(Nothing),
            Value::Number(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Id(id) => arguments.add(id),
            Value::Stream(id) => arguments.add(id.to_string()),
            Value::Bytes(bytes) => arguments.add(bytes),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Nothing, of whatever type the statement needs.
struct Nothing;

impl Type<Postgres> for Nothing {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_as_they_come_or_as_they_say() {
        assert_eq!(numbered("a = ? AND b IN (?, ?)"), "a = $1 AND b IN ($2, $3)");
        assert_eq!(numbered("a = ?2 AND b = ?1 AND c = ?12"), "a = $2 AND b = $1 AND c = $12");
    }
}
