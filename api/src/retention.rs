//! Refused rows are kept for a while, and then forgotten; so are sessions, links and tokens that are over.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    State,
    cli::{Failure, environment::said, values},
};

/// For how many days, unless the operator says otherwise.
pub(crate) const USUAL_DAYS: u32 = 7;

/// For how many days, as the environment says, or as usual. A command that opens the file itself asks, too: where no
/// server runs, nobody else forgets them. What can't be read is an error: rows must not go before their time.
pub(crate) fn days() -> Result<u32, Failure> {
    Ok(said("SEATBOOK_KEEP_REFUSED_ROWS_DAYS", values::days)?.unwrap_or(USUAL_DAYS))
}

/// Looks so often whether the time of some has come.
const LOOK: Duration = Duration::from_hours(1);

/// Forgets what is older than it is to be kept, now and every hour.
pub(crate) async fn keep_for(state: State) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        forget(&state, state.keep_refused_rows_days, Utc::now()).await;
    }
}

/// Letters in a folder, where there is no mail server, are kept for so long.
const LETTERS: TimeDelta = TimeDelta::days(30);

/// The refused rows of a preview can be had for so long: then whoever asked for it has read it, or asks anew.
const PREVIEWS: TimeDelta = TimeDelta::hours(1);

/// Forgets refused rows that are older than so many days, those of old previews, old letters, and whatever signs nobody in any more.
pub(crate) async fn forget(state: &State, days: u32, now: DateTime<Utc>) {
    let before = now - TimeDelta::days(i64::from(days));
    match state.database.forget_refused(before, now - PREVIEWS).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "refused rows were forgotten"),
        Err(error) => tracing::error!(%error, "refused rows can't be forgotten"),
    }
    match state.front.mail.forget_before(now - LETTERS).await {
        Ok(0) => {}
        Ok(letters) => tracing::info!(letters, "letters in the mail folder were forgotten"),
        Err(error) => tracing::error!(%error, "letters in the mail folder can't be forgotten"),
    }
    match state.accounts.forget_what_is_over(state.front.sessions, now).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "sessions, links and tokens that are over were forgotten"),
        Err(error) => tracing::error!(%error, "sessions, links and tokens can't be forgotten"),
    }
}

#[cfg(test)]
mod tests {
    use domain::ImportId;
    use eventlog::{Append, Commit, NewEvent, Refused};
    use uuid::Uuid;

    use super::*;

    async fn refuses(state: &State, import_id: ImportId, appends: Vec<Append>) {
        let license_id = domain::LicenseId(Uuid::nil());
        let refused = Refused { import_id, license_id, columns: None, separator: ',', rows: Vec::new() };
        let commit = Commit { appends, refused: Some(refused), ..Commit::default() };
        state.log.commit(commit).await.unwrap();
    }

    /// The beginning of an import's stream.
    fn begins(import: ImportId) -> Append {
        let event_id = domain::EventId(Uuid::now_v7());
        let event =
            NewEvent { event_id, event_type: "ImportStarted", payload: "{}".into(), metadata: "{}".into() };
        Append { stream: import.into(), expected: 0, license: None, events: vec![event] }
    }

    #[tokio::test]
    async fn what_is_old_enough_is_forgotten_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let state = crate::open(&folder.path().join("seatbook.db")).await.unwrap();
        let [import, preview] = [1, 2].map(|n| ImportId(Uuid::from_u128(n)));
        refuses(&state, import, vec![begins(import)]).await;
        refuses(&state, preview, Vec::new()).await;
        let kept = async || {
            let count = "SELECT count(*) FROM refused_imports";
            state.query(move |conn| Ok(conn.value::<u64>(count, &[])?)).await.unwrap()
        };
        for (hours, expected) in [(0, 2), (2, 1), (6 * 24, 1), (8 * 24, 0)] {
            forget(&state, USUAL_DAYS, Utc::now() + TimeDelta::hours(hours)).await;
            assert_eq!(kept().await, Some(expected), "after {hours} hours");
        }
        state.close().await;
    }
}
