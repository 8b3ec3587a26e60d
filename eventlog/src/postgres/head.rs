//! Hears how far the log goes: notifications wake, a timer covers for those that get lost.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};

use super::{find, seen::Seen};
use crate::recorded::Position;

/// The channel on which each commit tells its last position.
const CHANNEL: &str = "seatbook_log";

/// So often the log is asked even if nobody tells anything.
const NOW_AND_THEN: Duration = Duration::from_secs(1);

/// Goes on until it is aborted.
pub(super) async fn listen(pool: PgPool, seen: Arc<Seen>) {
    tokio::join!(hear(&pool, &seen), ask(&pool, &seen));
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

async fn ask(pool: &PgPool, seen: &Seen) {
    loop {
        let before = seen.position();
        let head = sqlx::query("SELECT position FROM log_head").fetch_one(pool).await;
        match head.and_then(|row| find::number(&row, 0)) {
            Ok(now) => {
                // Where it can't be the same log, the node has stopped: nothing to add.
                let _ = seen.compare(before, now).map(|()| seen.reached(now));
            }
            Err(error) => tracing::debug!(%error, "the log's head can't be asked for"),
        }
        tokio::time::sleep(NOW_AND_THEN).await;
    }
}
