//! Hears how far the log goes: notifications wake, a timer covers for those that get lost.

use std::{sync::Arc, time::Duration};

use sqlx::{PgExecutor, PgPool, Row, postgres::PgListener};
use uuid::Uuid;

use super::{
    find,
    lifeline::Lifeline,
    schema,
    seen::Seen,
    session::{PATIENCE, Unreached, Wanted},
    waits::Waits,
};
use crate::recorded::Position;

/// The channel on which each commit tells its last position.
const CHANNEL: &str = "seatbook_log";

/// So often the log is asked even if nobody tells anything.
const NOW_AND_THEN: Duration = Duration::from_secs(1);

/// Where the log ends is told within this time by a server that is there.
const SOON: Duration = Duration::from_secs(3);

/// Goes on until it is aborted.
pub(super) async fn listen(
    pool: PgPool,
    lifeline: Lifeline,
    wanted: Wanted,
    seen: Arc<Seen>,
    waits: Arc<Waits>,
) {
    tokio::join!(hear(&pool, &seen), ask(&pool, &lifeline, &wanted, &seen), waits.watch());
}

async fn hear(pool: &PgPool, seen: &Seen) {
    loop {
        if let Err(error) = hear_until_lost(pool, seen).await {
            tracing::debug!(%error, "nothing is heard of other nodes; the log is asked meanwhile");
        }
        tokio::time::sleep(NOW_AND_THEN).await;
    }
}

async fn hear_until_lost(pool: &PgPool, seen: &Seen) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    // `None`: the connection was lost, and something may have been missed.
    while let Some(told) = listener.try_recv().await? {
        if let Ok(position) = told.payload().parse::<Position>() {
            seen.reached(position);
        }
    }
    Ok(())
}

async fn ask(pool: &PgPool, lifeline: &Lifeline, wanted: &Wanted, seen: &Seen) {
    loop {
        let (before, mark) = (seen.position(), seen.mark());
        match lifeline.within(SOON, look(pool, mark.map(|(position, _)| position))).await {
            Ok(Look { position, marked, works_with }) => {
                seen.is_back();
                if works_with > schema::newest() {
                    seen.outgrown();
                }
                let same = seen.compare(before, position).and_then(|()| seen.compare_mark(mark, marked));
                // Where it can't be the same log, the node has stopped: nothing to add.
                let _ = same.map(|()| seen.reached(position));
            }
            Err(error) => {
                tracing::debug!(%error, "the log's head can't be asked for");
                find_out(wanted, lifeline, seen).await;
            }
        }
        tokio::time::sleep(NOW_AND_THEN).await;
    }
}

/// Why the head can't be asked for. A pool says no more than that it has waited in vain, also where its connections have too much
/// to do; and tables may have become others than we know.
async fn find_out(wanted: &Wanted, lifeline: &Lifeline, seen: &Seen) {
    match wanted.reach().await {
        Ok(mut conn) => {
            seen.is_back();
            if matches!(schema::is_newer(&mut conn).await, Ok(true)) {
                seen.outgrown();
            }
        }
        // Over the connections that it has, a node may be answered all the same.
        Err(Unreached::Full(_)) if lifeline.was_heard_within(PATIENCE) => {}
        Err(Unreached::Full(why) | Unreached::Gone(why)) => seen.is_away(why.to_string()),
    }
}

/// What a look at the log shows.
pub(super) struct Look {
    /// Where it ends.
    pub position: Position,
    /// The event at the position that was asked for.
    pub marked: Option<Uuid>,
    /// How new a program has to be for these tables.
    pub works_with: i32,
}

/// Looks where the log ends, and which event stands at a position.
pub(super) async fn look(db: impl PgExecutor<'_>, at: Option<Position>) -> sqlx::Result<Look> {
    let at = at.and_then(|position| i64::try_from(position).ok());
    let sql = "SELECT position, (SELECT event_id FROM events e WHERE e.position = $1),
                      (SELECT coalesce(max(works_with), 0) FROM log_schema)
               FROM log_head";
    let row = sqlx::query(sql).bind(at).fetch_one(db).await?;
    Ok(Look { position: find::number(&row, 0)?, marked: row.try_get(1)?, works_with: row.try_get(2)? })
}
