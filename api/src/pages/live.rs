//! `/licenses/{license_id}/changes`: tells an open page that something has changed on its license.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State as With,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::LicenseId;
use futures_util::stream;
use projections::audit::AuditQuery;
use tokio::time::sleep;

use crate::{
    State,
    body::{OnLicense, PathOf},
    problem::Problem,
};

/// News is told at most this often.
const BEAT: Duration = Duration::from_millis(300);

/// A comment goes out so often, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A page is told for so long; then its browser asks again, and whether it still may.
const LONGEST: usize = 2_000;

/// `changed`, with the position, whenever something has happened on the license and the list shows it.
pub(super) async fn changes(
    With(state): With<State>,
    PathOf(id): OnLicense,
) -> Result<impl IntoResponse, Problem> {
    let last = newest(&state, id).await?;
    let told = stream::unfold((state, last, 0), move |(state, last, n)| async move {
        let (position, n) = next(&state, id, last, n).await?;
        let event = Event::default().event("changed").data(position.to_string());
        Some((Ok::<_, Infallible>(event), (state, position, n)))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Waits for something new. Nothing: the connection has been there long enough, or the service is stopping.
async fn next(state: &State, id: LicenseId, last: u64, mut n: usize) -> Option<(u64, usize)> {
    let mut head = state.log.head();
    loop {
        let at = *head.borrow_and_update();
        // Also what came while the last was told.
        for model in ["members", "audit"] {
            drop(state.reached(&[model], Some(at)).await);
        }
        let newest = newest(state, id).await.ok()?;
        n += 1;
        if newest > last {
            return Some((newest, n));
        }
        if n > LONGEST {
            return None;
        }
        head.changed().await.ok()?;
        sleep(BEAT).await;
    }
}

/// The position of the last event of a license.
async fn newest(state: &State, id: LicenseId) -> Result<u64, Problem> {
    let query = AuditQuery { license: Some(id), newest_first: true, limit: 1, ..AuditQuery::default() };
    let page = state.query(move |conn| query.run(conn)).await?;
    Ok(page.items.first().map_or(0, |entry| entry.position))
}
