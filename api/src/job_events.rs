//! `/api/v1/licenses/{license_id}/imports/{import_id}/events`: a job's progress as server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State as With,
    http::StatusCode,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use commands::{
    CommandError,
    jobs::{End, Job, Progress, State as JobState},
};
use domain::{Code, ImportId, LicenseId, import::Phase, number::grouped, refusal::hint};
use eventlog::LogError;
use futures_util::stream;
use projections::imports::ImportSummary;
use serde::Serialize;
use tokio::{sync::watch, time::sleep};

use crate::{
    State,
    body::PathOf,
    imports::known_import,
    jobs::{ImportAnswer, JobShown, problem_of},
    operation::{Operation, operations},
    problem::Problem,
    rights::StillMay,
};

pub(crate) const OPERATIONS: &[Operation] = operations![events];

/// News is told at most this often.
const BEAT: Duration = Duration::from_millis(200);

/// A comment goes out so often, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What is told at a time.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described")]
struct News {
    /// `progress`, `ended`, `failed` or `paused`.
    event: String,
    /// JSON.
    data: String,
}

/// Somebody who watches a job.
enum Watcher {
    /// Has been told nothing yet, or what was so then.
    Watches {
        state: State,
        job: Arc<Job>,
        news: watch::Receiver<Progress>,
        told: bool,
    },
    /// Has been told all but how it ended.
    Waits(State, Arc<Job>),
    /// Is told this, and no more.
    Late(Event),
    Done,
}

/// A job's progress, as server-sent events: `progress` (the job) now and whenever it goes on, then one of `ended` (the
/// report, as the first answer would have had it), `failed` (a problem; what an import that runs can't go on for) or
/// `paused` (it goes on when the service starts again, or the database is back). Whoever connects again begins with the present state. Of what
/// ended long ago: `ended` with what the history says.
#[utoipa::path(get, path = "/licenses/{license_id}/imports/{import_id}/events", tag = "imports",
    operation_id = "watch_import", params(("license_id" = Uuid, Path,), ("import_id" = Uuid, Path,)),
    responses((status = 200, body = News, content_type = "text/event-stream")))]
async fn events(
    With(state): With<State>,
    still: StillMay,
    PathOf((license, id)): PathOf<(LicenseId, ImportId)>,
) -> Result<impl IntoResponse, Problem> {
    let watcher = match Watcher::of_a_job(&state, license, id) {
        Some(watcher) => watcher,
        None => of_the_history(&state, license, id).await?,
    };
    let told = stream::unfold((watcher, still, state), |(watcher, mut still, state)| async {
        let (mut event, mut watcher) = watcher.next().await?;
        if let Err(problem) = still.check(&state).await {
            (event, watcher) = (json("failed", &problem), Watcher::Done);
        }
        Some((Ok::<_, Infallible>(event), (watcher, still, state)))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

impl Watcher {
    fn of_a_job(state: &State, license: LicenseId, id: ImportId) -> Option<Self> {
        let job = state.jobs.find(id).filter(|job| job.license_id == license)?;
        Some(Self::Watches { state: state.clone(), news: job.progress(), job, told: false })
    }

    async fn next(self) -> Option<(Event, Self)> {
        match self {
            Self::Watches { state, job, mut news, told } => {
                if told {
                    tokio::select! {
                        // The sender is the job's.
                        _ = async { sleep(BEAT).await; news.changed().await } => {}
                        // Its end is told at once.
                        _ = job.ended() => {}
                    }
                }
                let over = news.borrow_and_update().state.is_over();
                let event = json("progress", &JobShown::of(&job));
                let next = if over {
                    Self::Waits(state, job)
                } else {
                    Self::Watches { state, job, news, told: true }
                };
                Some((event, next))
            }
            Self::Waits(state, job) => {
                let event = match &*job.ended().await {
                    End::Report(report) => json("ended", &ImportAnswer::of(&job, report)),
                    End::Error(error)
                        if job.progress().borrow().state == JobState::Paused && is_away(error) =>
                    {
                        json("paused", &JobShown::of(&job))
                    }
                    End::Error(error) => json("failed", &problem_of(&state, &job, error)),
                    End::Paused => json("paused", &JobShown::of(&job)),
                };
                Some((event, Self::Done))
            }
            Self::Late(event) => Some((event, Self::Done)),
            Self::Done => None,
        }
    }
}

/// Of an import that nobody here works on: what the history says, if it has ended; if it runs, the service has only just
/// started and not come to it yet, or could not go on with it.
async fn of_the_history(state: &State, license: LicenseId, id: ImportId) -> Result<Watcher, Problem> {
    let known = async || known_import(state, license, id).await?.ok_or_else(|| Problem::unknown_import(id));
    let mut found = known().await?;
    let mut resumed = Ok(());
    if found.summary.phase == Phase::Running {
        resumed = state.jobs.resume(&[id]).await;
        if state.jobs.find(id).is_none() && resumed.is_ok() {
            // Another node works on it.
            resumed = state.jobs.follow(id).await.map(drop);
        }
        if let Some(watcher) = Watcher::of_a_job(state, license, id) {
            return Ok(watcher);
        }
        // It may have failed for it just now.
        let head = *state.log.head().borrow();
        state.reached(&["imports"], Some(head)).await?;
        found = known().await?;
    }
    Ok(Watcher::Late(match (found.summary.phase, resumed) {
        (Phase::Running, Ok(())) => json("paused", &found),
        (Phase::Running, Err(error)) if is_away(&error) => json("paused", &found),
        (Phase::Running, Err(error)) => json("failed", &state.problem_of_import(license, id, &error)),
        (Phase::Failed, _) => json("failed", &failed(&found.summary)),
        (_, _) => json("ended", &found),
    }))
}

/// Whether it goes on by itself once the log answers again.
const fn is_away(error: &CommandError) -> bool {
    matches!(error, CommandError::Log(LogError::Stopped(_) | LogError::Away(_)))
}

/// Why an import failed, as far as the history says.
fn failed(import: &ImportSummary) -> Problem {
    let code = import.code.unwrap_or(Code::UploadLost);
    let detail = format!("{} {} rows were applied, and stay.", code.meaning(), grouped(import.rows));
    Problem::new(StatusCode::CONFLICT, code.as_str(), detail, hint(code))
}

/// All of it is made of texts and numbers, and has no line breaks: that is never an error.
fn json(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).json_data(data).unwrap_or_default()
}
