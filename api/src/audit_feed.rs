//! `/api/v1/licenses/{license_id}/audit/feed` and `/api/v1/installation/audit/feed`: the history as it goes on, as server-sent
//! events.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State as With,
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::{ImportId, LicenseId, Source};
use eventlog::Position;
use futures_util::stream;
use projections::audit::{AuditEntry, AuditQuery};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    State,
    audit::Filters,
    audit_lines::CloudEvent,
    body::{OnLicense, Params, PathOf},
    operation::{Operation, operations},
    problem::Problem,
    reads::Shows,
    rights::{StillMay, Viewer},
    visible::shortened,
    when::When,
    whole::{MOST, Whole},
};

pub(crate) const OPERATIONS: &[Operation] = operations![feed, feed_of_installation];

/// A comment goes out so often, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where nothing happens it is looked so often whether whoever follows it still may.
pub(crate) const LOOK: Duration = Duration::from_secs(5);

/// After so long the feed ends, and whoever follows it connects again: what is recorded of a read is written then.
const LONGEST: Duration = Duration::from_secs(30);

/// What is told at a time.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct Told {
    /// The position; `failed` has none.
    id: Option<String>,
    /// `event`, `caught_up` or `failed`.
    event: String,
    /// JSON.
    data: String,
}

/// Which part of the history.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FeedParams {
    /// Only what happened to this person: an address, a `subject_id` of the history, or a `member_id`.
    member: Option<String>,
    /// Only what this person did: an address, a `subject_id`, a `member_id`, or `operator`, in whose name ever.
    actor: Option<String>,
    /// Only this type of event, as `UserAdded`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    event_type: Option<String>,
    /// Only what belongs to this import.
    #[param(value_type = Option<uuid::Uuid>)]
    import: Option<ImportId>,
    /// Only what came in by `email`, `csv`, `list`, `key`, `api` or `cli`.
    #[param(value_type = Option<String>)]
    source: Option<Source>,
    /// From this day (UTC) or instant (RFC 3339) on.
    #[param(value_type = Option<String>)]
    from: Option<When>,
    /// What stands behind this position; everything, unless it or the header `Last-Event-ID` is given. The header counts.
    #[param(value_type = Option<u64>)]
    after: Option<Whole>,
    /// `false`: ends once it has told what there is.
    #[serde(default = "yes")]
    #[param(default = true)]
    follow: bool,
}

const fn yes() -> bool {
    true
}

/// The history as it goes on, as server-sent events: `event`, a `CloudEvent` (1.0, JSON), in the order of the log and each
/// at least once; `caught_up` with the position that all of it has been told up to, whenever that is so. The id of both is
/// the position: a browser that connects again sends it as `Last-Event-ID`. It ends after thirty seconds at the latest, or
/// with `failed` (a problem); whoever follows it connects again.
#[utoipa::path(get, path = "/licenses/{license_id}/audit/feed", tag = "audit", operation_id = "follow_audit",
    params(("license_id" = Uuid, Path,), FeedParams),
    responses((status = 200, body = Told, content_type = "text/event-stream")))]
async fn feed(
    With(state): With<State>,
    viewer: Viewer,
    still: StillMay,
    PathOf(license): OnLicense,
    Params(params): Params<FeedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.told(state, (&viewer, still), Some(license), &headers).await
}

/// The same of what happens to the installation itself.
#[utoipa::path(get, path = "/installation/audit/feed", tag = "installation",
    operation_id = "follow_installation_audit", params(FeedParams),
    responses((status = 200, body = Told, content_type = "text/event-stream")))]
async fn feed_of_installation(
    With(state): With<State>,
    viewer: Viewer,
    still: StillMay,
    Params(params): Params<FeedParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.told(state, (&viewer, still), None, &headers).await
}

impl FeedParams {
    async fn told(
        self,
        state: State,
        (viewer, still): (&Viewer, StillMay),
        license: Option<LicenseId>,
        headers: &HeaderMap,
    ) -> Result<Response, Problem> {
        let Self { member, actor, event_type, import, source, from, after, follow } = self;
        let filters = Filters { member, actor, event_type, import, source, from, to: None };
        let query = filters.query(&state, viewer, license).await?;
        let last = last_event_id(headers)?;
        let field = if last.is_some() { LAST_EVENT_ID } else { "after" };
        let after = last.or(after).map_or(0, u64::from);
        state.known_license(license).await?;
        state.reaches(field, Some(after)).await?;
        let query = AuditQuery { after: Some(after), limit: AuditQuery::MOST, ..query };
        let ends = Instant::now() + LONGEST;
        let shows = Shows::rows(0).and_more();
        let read = VecDeque::new();
        let mut follower = Follower {
            state,
            still,
            query,
            follow,
            ends,
            read,
            first: None,
            told: None,
            over: false,
            shows: shows.clone(),
        };
        // What is asked wrongly is answered so, and not within a feed.
        follower.first = Some(follower.go_on().await?);
        let told = stream::unfold(follower, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok::<_, Infallible>(event), follower))
        });
        Ok(shows.beside(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()))
    }
}

/// By which a browser says that.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// Where a browser was when its connection broke off.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Result<Option<Whole>, Problem> {
    let Some(id) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let text = String::from_utf8_lossy(id.as_bytes());
    let position = text.trim().parse().ok().filter(|position| *position <= MOST);
    position.map(|position| Some(Whole(position))).ok_or_else(|| {
        let what = format!("\"{}\" is no position", shortened(&text));
        Problem::invalid(LAST_EVENT_ID, what, "Send the id of the last event, which is a number.")
    })
}

/// Somebody who follows a history.
struct Follower {
    state: State,
    still: StillMay,
    /// What comes next.
    query: AuditQuery,
    follow: bool,
    ends: Instant,
    /// Read, and not yet told.
    read: VecDeque<AuditEntry>,
    /// What the first look came to, until it is told.
    first: Option<Next>,
    /// Up to where they were told that all of it was told.
    told: Option<Position>,
    over: bool,
    /// What they have been shown.
    shows: Shows,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.over || Instant::now() >= self.ends {
                return None;
            }
            if let Some(entry) = self.read.pop_front() {
                return Some(event("event", entry.position, &CloudEvent::of(&entry)));
            }
            let next = match self.first.take() {
                Some(first) => Ok(first),
                None => self.go_on().await,
            };
            match next {
                Ok(Next::Read) => {}
                Ok(Next::CaughtUp(position)) => {
                    self.over = !self.follow;
                    self.told = Some(position);
                    return Some(event("caught_up", position, &json!({ "position": position })));
                }
                Ok(Next::Ends) => return None,
                Err(problem) => {
                    self.over = true;
                    return Some(Event::default().event("failed").json_data(&problem).unwrap_or_default());
                }
            }
        }
    }

    /// Reads a page; where all has been told, waits before until there is more.
    async fn go_on(&mut self) -> Result<Next, Problem> {
        let after = self.query.after.unwrap_or(0);
        if self.query.cursor.is_none() && self.told == Some(after) && !self.more_behind(after).await? {
            return Ok(Next::Ends);
        }
        self.state.reached(&["audit"], None::<u64>).await?;
        // At once, and not when the feed ends: what was taken away is good for nothing.
        self.still.check(&self.state).await?;
        let query = self.query.clone();
        let page = self.state.query(move |conn| query.run(conn)).await?;
        let last = page.items.last().map(|entry| entry.position);
        self.shows.add(page.items.len());
        self.read = page.items.into();
        self.query.cursor = page.next_cursor;
        if self.query.cursor.is_some() {
            return Ok(Next::Read);
        }
        let told = after.max(page.position);
        self.query.after = Some(last.unwrap_or(told));
        Ok(if last.is_none() && self.told != Some(told) { Next::CaughtUp(told) } else { Next::Read })
    }

    /// Waits until the history shows more; whether it did before the feed ends.
    async fn more_behind(&mut self, after: Position) -> Result<bool, Problem> {
        let (mut head, mut ending) = (self.state.log.head(), self.state.ending.subscribe());
        let at = loop {
            let waited = tokio::select! {
                () = tokio::time::sleep_until(self.ends) => Waited::Over,
                _ = ending.wait_for(|ending| *ending) => Waited::Over,
                more = head.wait_for(|at| *at > after) => more.map_or(Waited::Over, |at| Waited::More(*at)),
                () = tokio::time::sleep(LOOK) => Waited::Long,
            };
            match waited {
                Waited::Over => return Ok(false),
                Waited::More(at) => break at,
                Waited::Long => self.still.check(&self.state).await?,
            }
        };
        match self.state.reached(&["audit"], Some(at)).await {
            // Not in time: what there is is told, and then it is waited for again.
            Err(problem) if problem.code == "behind" => Ok(true),
            reached => reached.map(|()| true),
        }
    }
}

/// What ended waiting for more.
enum Waited {
    /// The feed, or the service.
    Over,
    /// There is more, up to here.
    More(Position),
    /// Nothing for a while.
    Long,
}

/// What comes after what was told.
enum Next {
    /// What has been read.
    Read,
    /// Nothing yet: all up to a position has been told.
    CaughtUp(Position),
    /// Nothing any more.
    Ends,
}

/// All of it is made of texts and numbers, and has no line breaks: that is never an error.
fn event(name: &str, position: Position, data: &impl serde::Serialize) -> Event {
    Event::default().event(name).id(position.to_string()).json_data(data).unwrap_or_default()
}
