//! `/licenses/{license_id}/changes`: tells an open page that something has changed on its license.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State as With,
    http::HeaderMap,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::LicenseId;
use futures_util::{StreamExt, stream};
use projections::audit::AuditQuery;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    State,
    audit_feed::{LOOK, last_event_id},
    body::{OnLicense, PathOf},
    problem::Problem,
    rights::StillMay,
};

/// News is told at most this often.
const BEAT: Duration = Duration::from_millis(300);

/// A comment goes out so often, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A page is told for so long; then its browser asks again, and whether it still may.
const LONGEST: Duration = Duration::from_mins(5);

/// `changed`, with the position, whenever something has happened on the license and the list shows it. First `since`, from
/// which position on: a browser that connects again says where it was.
pub(super) async fn changes(
    With(state): With<State>,
    still: StillMay,
    PathOf(id): OnLicense,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let last = match last_event_id(&headers)? {
        Some(before) => before.into(),
        None => newest(&state, id).await?,
    };
    let onlooker = Onlooker { state, still, id, last, ends: Instant::now() + LONGEST };
    let since = stream::iter([Ok::<_, Infallible>(event("since", last))]);
    let told = stream::unfold(onlooker, |mut onlooker| async move {
        let position = onlooker.next().await?;
        Some((Ok::<_, Infallible>(event("changed", position)), onlooker))
    });
    Ok(Sse::new(since.chain(told)).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

fn event(name: &str, position: u64) -> Event {
    Event::default().event(name).id(position.to_string()).data(position.to_string())
}

/// A page that stands open.
struct Onlooker {
    state: State,
    still: StillMay,
    id: LicenseId,
    /// What it was told last.
    last: u64,
    ends: Instant,
}

impl Onlooker {
    /// Waits for something new. Nothing: the connection has been there long enough, or whoever looks may not any more, or the
    /// service is stopping.
    async fn next(&mut self) -> Option<u64> {
        let mut head = self.state.log.head();
        loop {
            let at = *head.borrow_and_update();
            // Also what came while the last was told.
            for model in ["members", "audit"] {
                drop(self.state.reached(&[model], Some(at)).await);
            }
            self.still.check(&self.state).await.ok()?;
            let newest = newest(&self.state, self.id).await.ok()?;
            if newest > self.last {
                self.last = newest;
                return Some(newest);
            }
            match timeout(LOOK, head.changed()).await {
                Ok(changed) => {
                    changed.ok()?;
                    sleep(BEAT).await;
                }
                Err(_) if Instant::now() >= self.ends => return None,
                Err(_) => {}
            }
        }
    }
}

/// The position of the last event of a license.
async fn newest(state: &State, id: LicenseId) -> Result<u64, Problem> {
    let query = AuditQuery { license: Some(id), newest_first: true, limit: 1, ..AuditQuery::default() };
    let page = state.query(move |conn| query.run(conn)).await?;
    Ok(page.items.first().map_or(0, |entry| entry.position))
}
