//! Group commit: one transaction and one fsync for everybody who waits, each with their own outcome.

use std::time::Instant;

use rusqlite::Connection;

use super::{
    commit::{self, Applied},
    error::database_error,
    write::{Batch, Write},
    writer::Writer,
};
use crate::{
    faults::place,
    outcome::{LogError, Outcome, Receipt},
    queue::{Waiting, stopped},
};

/// Serves a batch, and says about how many rows it wrote.
pub(super) fn serve(writer: &mut Writer, batch: Batch) -> usize {
    let started = Instant::now();
    let Batch { commits, write, others_wait } = batch;
    if !writer.conn.is_autocommit() {
        // Somebody who read here panicked half-way.
        let _ = writer.conn.execute_batch("ROLLBACK");
    }
    if let Err(error) = execute(&writer.conn, "BEGIN IMMEDIATE") {
        fail(commits, write, &database_error(error));
        return 0;
    }
    let alone = commits.len() + usize::from(write.is_some()) == 1;
    let mut rows = 0;
    let mut done: Vec<Done> = Vec::with_capacity(commits.len());
    for waiting in commits {
        let outcome = part(writer, alone, |writer| commit::apply(writer, &waiting.commit));
        if let Ok(Applied::Committed { rows: n, .. }) = &outcome {
            rows += n;
        }
        done.push((waiting, outcome));
    }
    let written = write.map(|Write { run, weight, reply }| {
        rows += weight;
        (reply, part(writer, alone, |writer| guarded(|| run(&writer.conn))))
    });
    // A part that was alone has rolled itself back; a full disk or a failed read may have done so for all.
    if writer.conn.is_autocommit() && !alone {
        let error = done.iter().find_map(|(_, o)| o.as_ref().err().cloned());
        let error = error.or_else(|| written.as_ref().and_then(|(_, w)| w.as_ref().err().cloned()));
        abandon(writer, done, written, &error.unwrap_or_else(stopped));
        return 0;
    }
    place("log.before_a_commit");
    let committed = if writer.conn.is_autocommit() { Ok(()) } else { execute(&writer.conn, "COMMIT") };
    if let Err(error) = committed {
        let unknown = error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure);
        let error = database_error(error);
        if !writer.conn.is_autocommit() {
            let _ = writer.conn.execute_batch("ROLLBACK");
        }
        if unknown {
            abandon_unknown(writer, done, written, &error);
        } else {
            abandon(writer, done, written, &error);
        }
        return 0;
    }
    place("log.after_a_commit");
    let position = writer.heads.position;
    writer.head.send_if_modified(|known| std::mem::replace(known, position) != position);
    for (waiting, outcome) in done {
        let _ = waiting.reply.send(outcome.map(|applied| finish(applied, started, others_wait)));
    }
    if let Some((reply, result)) = written {
        let _ = reply.send(result);
    }
    rows
}

type Done = (Waiting, Result<Applied, LogError>);
type Written = Option<(tokio::sync::oneshot::Sender<Result<(), LogError>>, Result<(), LogError>)>;

fn finish(applied: Applied, started: Instant, others_waited: bool) -> Outcome {
    match applied {
        Applied::Committed { position, result, .. } => {
            Outcome::Committed(Receipt { position, result, held: started.elapsed(), others_waited })
        }
        Applied::Not(outcome) => outcome,
    }
}

/// Runs a statement that is needed again and again.
pub(super) fn execute(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// Runs one part of a batch: what it wrote stays only if it succeeded. One that is alone in its transaction
/// needs no savepoint, which would copy every page before it is changed.
fn part<T: PartOfBatch>(
    writer: &mut Writer,
    alone: bool,
    run: impl FnOnce(&mut Writer) -> Result<T, LogError>,
) -> Result<T, LogError> {
    if writer.conn.is_autocommit() {
        return Err(stopped());
    }
    let heads = (writer.heads.position, writer.heads.recorded_at);
    if !alone {
        execute(&writer.conn, "SAVEPOINT part").map_err(database_error)?;
    }
    let result = run(writer);
    let kept = result.as_ref().is_ok_and(T::wrote);
    if kept {
        writer.heads.sequences.keep();
    } else {
        (writer.heads.position, writer.heads.recorded_at) = heads;
        writer.heads.sequences.undo();
    }
    let ended = match (kept, alone) {
        _ if writer.conn.is_autocommit() => Ok(()),
        (true, true) => Ok(()),
        (true, false) => execute(&writer.conn, "RELEASE part"),
        (false, true) => execute(&writer.conn, "ROLLBACK"),
        (false, false) => {
            execute(&writer.conn, "ROLLBACK TO part").and_then(|()| execute(&writer.conn, "RELEASE part"))
        }
    };
    if let Err(error) = ended {
        // A part that can't be ended must not be committed with the others.
        let _ = writer.conn.execute_batch("ROLLBACK");
        return Err(database_error(error));
    }
    result
}

/// A reader of the log that panics stops itself, and not the log.
fn guarded(run: impl FnOnce() -> Result<(), LogError>) -> Result<(), LogError> {
    // What it had written is rolled back; it shares nothing else with us.
    let run = std::panic::AssertUnwindSafe(run);
    std::panic::catch_unwind(run)
        .unwrap_or_else(|_| Err(LogError::Database("a write beside the log panicked".to_owned())))
}

trait PartOfBatch {
    fn wrote(&self) -> bool;
}

impl PartOfBatch for Applied {
    fn wrote(&self) -> bool {
        matches!(self, Self::Committed { .. })
    }
}

impl PartOfBatch for () {
    fn wrote(&self) -> bool {
        true
    }
}

fn fail(commits: Vec<Waiting>, write: Option<Write>, error: &LogError) {
    for waiting in commits {
        let _ = waiting.reply.send(Err(error.clone()));
    }
    if let Some(write) = write {
        let _ = write.reply.send(Err(error.clone()));
    }
}

/// Nothing of the batch was written.
fn abandon(writer: &mut Writer, done: Vec<Done>, written: Written, error: &LogError) {
    tell(writer, done, written, error, || Err(error.clone()));
}

/// The disk failed while it was asked to keep the batch: it may be in the WAL or not.
fn abandon_unknown(writer: &mut Writer, done: Vec<Done>, written: Written, error: &LogError) {
    tell(writer, done, written, error, || Ok(Outcome::Unknown));
}

fn tell(
    writer: &mut Writer,
    done: Vec<Done>,
    written: Written,
    error: &LogError,
    outcome: impl Fn() -> Result<Outcome, LogError>,
) {
    tracing::error!(%error, "a batch was not committed");
    if let Err(again) = writer.reload() {
        tracing::error!(error = %again, "and the log's head can't be read");
    }
    for (waiting, _) in done {
        let _ = waiting.reply.send(outcome());
    }
    if let Some((reply, _)) = written {
        let _ = reply.send(Err(error.clone()));
    }
}
