//! Uploads in the log's own database, for any node to go on with.
//!
//! What comes in lies in a temporary file of the node until it is kept: then it goes into two tables, in pieces, all of it
//! in one transaction. They hold people's addresses, and go when the job ends.

use std::{
    io::{self, ErrorKind, Read},
    time::Duration,
};

use async_trait::async_trait;
use domain::ImportId;
use eventlog::{LogError, Postgres, faults::place, postgres::database_error};
use sqlx::{Connection, Executor, PgConnection, pool::PoolConnection};
use tokio::task::spawn_blocking;

use super::{
    Mark, Note, Source, Upload, Uploads,
    spool::{Reader, Spool},
};

/// Bytes in a piece.
const PIECE: usize = 1 << 20;

/// So long a node may take to begin with what it keeps. It holds a claim meanwhile; but claims go with a server that
/// ends, and the node then goes on with the next one.
const TO_BEGIN: Duration = Duration::from_mins(10);

/// Whoever holds it makes the tables: "Seatbook" and a number, for no other lock to be the same.
const MAKING: i64 = 0x5365_6174_0000_0003;

/// What they are called.
pub const TABLES: [&str; 2] = ["uploads", "upload_pieces"];

/// Tables beside the log's.
pub struct PostgresUploads {
    server: Postgres,
}

impl PostgresUploads {
    /// In the database of a log. The tables are made if they are not there.
    pub async fn open(server: Postgres) -> io::Result<Self> {
        make_tables(&mut *connection(&server).await?).await.map_err(told)?;
        Ok(Self { server })
    }

    async fn connection(&self) -> io::Result<PoolConnection<sqlx::Postgres>> {
        connection(&self.server).await
    }

    async fn noted(&self, import: ImportId) -> io::Result<Option<String>> {
        let sql = "SELECT note FROM uploads WHERE import_id = $1";
        sqlx::query_scalar(sql)
            .bind(import.0)
            .fetch_optional(&mut *self.connection().await?)
            .await
            .map_err(told)
    }

    async fn piece(&self, import: ImportId, piece: i32) -> io::Result<Option<Vec<u8>>> {
        let sql = "SELECT bytes FROM upload_pieces WHERE import_id = $1 AND piece = $2";
        let piece = sqlx::query_scalar(sql).bind(import.0).bind(piece);
        piece.fetch_optional(&mut *self.connection().await?).await.map_err(told)
    }
}

/// Who only works with the tables need not be allowed to make any.
async fn make_tables(conn: &mut PgConnection) -> sqlx::Result<()> {
    let there = "SELECT to_regclass('upload_pieces') IS NOT NULL AND EXISTS (SELECT FROM pg_attribute
                 WHERE attrelid = to_regclass('uploads') AND attname = 'kept_at')";
    if sqlx::query_scalar(there).fetch_one(&mut *conn).await? {
        return Ok(());
    }
    let mut transaction = conn.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MAKING).execute(&mut *transaction).await?;
    transaction.execute(include_str!("postgres.sql")).await?;
    transaction.commit().await
}

#[async_trait]
impl Uploads for PostgresUploads {
    async fn begin(&self) -> io::Result<Box<dyn Upload>> {
        Ok(Box::new(IncomingSpool { spool: Spool::begin()?, server: self.server.clone() }))
    }

    async fn note(&self, import: ImportId) -> io::Result<Option<Note>> {
        let noted = self.noted(import).await?;
        let read = |text: String| {
            serde_json::from_str(&text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
        };
        noted.map(read).transpose()
    }

    async fn open(&self, import: ImportId) -> io::Result<Box<dyn Source>> {
        let (mut spool, mut next) = (Spool::begin()?, 0);
        while let Some(bytes) = self.piece(import, next).await? {
            spool.write(&bytes)?;
            next += 1;
        }
        // Forgotten meanwhile, it would look like one that is shorter.
        self.noted(import).await?.ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
        Ok(Box::new(spool.reader()))
    }

    async fn mark(&self, import: ImportId, mark: &Mark) -> io::Result<()> {
        let mut conn = self.connection().await?;
        let mut transaction = conn.begin().await.map_err(told)?;
        // Whoever marks it at the same time waits, and loses nothing.
        let noted = "SELECT note FROM uploads WHERE import_id = $1 FOR UPDATE";
        let noted = sqlx::query_scalar::<_, String>(noted).bind(import.0);
        let Some(text) = noted.fetch_optional(&mut *transaction).await.map_err(told)? else { return Ok(()) };
        let mut note: Note = serde_json::from_str(&text)?;
        note.erased.push(mark.clone());
        let sql = "UPDATE uploads SET note = $2 WHERE import_id = $1";
        let update = sqlx::query(sql).bind(import.0).bind(serde_json::to_string(&note)?);
        update.execute(&mut *transaction).await.map_err(told)?;
        transaction.commit().await.map_err(told)
    }

    async fn forget(&self, import: ImportId) -> io::Result<()> {
        let sql = "DELETE FROM uploads WHERE import_id = $1";
        sqlx::query(sql).bind(import.0).execute(&mut *self.connection().await?).await.map_err(told)?;
        place("upload.forgotten");
        Ok(())
    }

    async fn let_go(&self, import: ImportId) -> io::Result<()> {
        let sql = "DELETE FROM uploads WHERE import_id = $1 AND kept_at < now() - make_interval(secs => $2)";
        let letting = sqlx::query(sql).bind(import.0).bind(TO_BEGIN.as_secs_f64());
        letting.execute(&mut *self.connection().await?).await.map(drop).map_err(told)
    }

    async fn kept(&self) -> io::Result<Vec<ImportId>> {
        let kept = sqlx::query_scalar("SELECT import_id FROM uploads")
            .fetch_all(&mut *self.connection().await?)
            .await;
        Ok(kept.map_err(told)?.into_iter().map(ImportId).collect())
    }
}

struct IncomingSpool {
    spool: Spool,
    server: Postgres,
}

#[async_trait]
impl Upload for IncomingSpool {
    async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.spool.write(piece)
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(self.spool.reader()))
    }

    async fn keep(self: Box<Self>, import: ImportId, note: &Note) -> io::Result<()> {
        let mut conn = connection(&self.server).await?;
        let mut transaction = conn.begin().await.map_err(told)?;
        let noted = "INSERT INTO uploads (import_id, note) VALUES ($1, $2)";
        let noted = sqlx::query(noted).bind(import.0).bind(serde_json::to_string(note)?);
        noted.execute(&mut *transaction).await.map_err(told)?;
        let (mut reader, mut number) = (self.spool.reader(), 0);
        loop {
            let (bytes, rest) = next_piece(reader).await?;
            if bytes.is_empty() {
                break;
            }
            let piece = "INSERT INTO upload_pieces (import_id, piece, bytes) VALUES ($1, $2, $3)";
            let piece = sqlx::query(piece).bind(import.0).bind(number).bind(bytes);
            piece.execute(&mut *transaction).await.map_err(told)?;
            (reader, number) = (rest, number + 1);
        }
        place("upload.before_its_note");
        transaction.commit().await.map_err(told)
    }
}

/// The next bytes, as many as a piece has; none at the end.
async fn next_piece(mut reader: Reader) -> io::Result<(Vec<u8>, Reader)> {
    let read = move || {
        let mut bytes = Vec::with_capacity(PIECE);
        reader.by_ref().take(PIECE as u64).read_to_end(&mut bytes)?;
        Ok((bytes, reader))
    };
    spawn_blocking(read).await.map_err(io::Error::other)?
}

async fn connection(server: &Postgres) -> io::Result<PoolConnection<sqlx::Postgres>> {
    server.connection().await.map_err(told_by_the_log)
}

/// What the database says.
pub(crate) fn told(error: sqlx::Error) -> io::Error {
    told_by_the_log(database_error(error))
}

/// Never "not found": a connection that is not there is no upload that is lost.
pub(crate) fn told_by_the_log(error: LogError) -> io::Error {
    match error {
        LogError::DiskFull => io::Error::new(ErrorKind::StorageFull, "the disk of the database is full"),
        LogError::Database(_) => io::Error::other(error.to_string()),
        // The log's own: this node has stopped, or the server has been away for long.
        of_log => io::Error::new(ErrorKind::NotConnected, of_log),
    }
}
