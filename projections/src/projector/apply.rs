//! Pages, applied to every read model that goes on: in one transaction.

use std::time::{Duration, Instant};

use eventlog::{LogError, Position, faults::place};

use crate::{
    ahead::{KnownPage, PagesAhead},
    sql::{Conn, Dialect, SqlError},
    status::Checkpoint,
    values,
};

/// Events in a transaction, about, while there are more: an index whose keys come in no order has each of its
/// pages written once for all of them.
const BATCH: usize = 50_000;

/// A transaction takes no more pages after so long: what it has applied nobody sees before it ends, and somebody who has
/// just added a person waits for it.
const LONGEST: Duration = Duration::from_secs(1);

/// Why pages were not applied: nothing of them was written.
pub(super) enum NotApplied {
    /// A read model can't follow an event.
    Event,
    /// The database.
    Log(LogError),
}

impl From<LogError> for NotApplied {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// Applies a page, and those behind it that are there already: one transaction. Without a savepoint, which
/// would copy each page of the file before it is changed.
pub(super) fn apply_pages(
    conn: &Conn<'_>,
    mut going: Vec<Checkpoint>,
    page: &KnownPage,
    mut ahead: Option<PagesAhead>,
) -> Result<(Vec<Checkpoint>, Option<PagesAhead>), NotApplied> {
    let apply = |going: &mut Vec<Checkpoint>, page: &KnownPage| {
        still_in_the_log(conn, page)?;
        for checkpoint in going.iter_mut() {
            if let Some(news) = checkpoint.news(page) {
                *checkpoint = checkpoint.follow(conn, news).map_err(|_| NotApplied::Event)?;
            }
        }
        Ok::<_, NotApplied>(page.events.len())
    };
    let began = Instant::now();
    let mut applied = apply(&mut going, page)?;
    place("projector.within_a_page");
    while applied < BATCH
        && began.elapsed() < LONGEST
        && let Some(page) = ahead.as_mut().and_then(PagesAhead::take_ready)
    {
        applied += apply(&mut going, &page)?;
    }
    Ok((going, ahead))
}

/// Applies a page; a read model that can't follow stops right before the event.
pub(super) fn apply_carefully(
    conn: &Conn<'_>,
    going: &[Checkpoint],
    page: &KnownPage,
) -> Result<Vec<Checkpoint>, LogError> {
    still_in_the_log(conn, page)?;
    let follow = |checkpoint: &Checkpoint| match checkpoint.news(page) {
        Some(news) => checkpoint.follow_carefully(conn, news),
        None => Ok(checkpoint.clone()),
    };
    Ok(going.iter().map(follow).collect::<Result<_, SqlError>>()?)
}

/// A page that was read from a server whose place another one has taken since may be of a history that is no more.
/// A file has one history as long as it is open.
fn still_in_the_log(conn: &Conn<'_>, page: &KnownPage) -> Result<(), LogError> {
    let (Dialect::Postgres { .. }, Some(last)) = (conn.dialect(), page.events.last()) else { return Ok(()) };
    let there = "SELECT 1 FROM events WHERE position = ? AND event_id = ?";
    if conn.exists(there, values![last.position, last.event_id.0])? {
        return Ok(());
    }
    Err(LogError::Stopped(format!(
        "the log does not hold the event any more that was read at {}",
        last.position
    )))
}

/// An event that can't be read stops every read model that comes to it.
pub(super) fn stop_all(
    conn: &Conn<'_>,
    going: &[Checkpoint],
    at: Position,
    why: &str,
) -> Result<Vec<Checkpoint>, LogError> {
    let there = going.iter().filter(|checkpoint| checkpoint.position == at);
    Ok(there.map(|checkpoint| checkpoint.stop(conn, why.to_owned())).collect::<Result<_, SqlError>>()?)
}
