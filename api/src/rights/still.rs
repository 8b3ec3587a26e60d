//! Whether somebody who was let in still may: asked again where an answer goes on for long.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::FromRequestParts,
    http::request::Parts,
    response::Response,
};
use chrono::Utc;
use domain::LicenseId;
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::{Right, enforce};
use crate::{
    State,
    asker::{By, SignedIn},
    media_type::content_type,
    problem::Problem,
};

/// Asked at most this often: so long somebody is told more than they may be.
const EVERY: Duration = Duration::from_secs(1);

/// As what somebody was let in. No `Debug`: holds an address.
#[derive(Clone)]
pub(crate) struct StillMay {
    right: &'static Right,
    /// Nobody: whoever can open the database, or whoever asks for what is anybody's.
    person: Option<Arc<SignedIn>>,
    license: Option<LicenseId>,
    asked: Instant,
    used: Instant,
}

impl StillMay {
    pub(super) fn new(
        right: &'static Right,
        person: Option<Arc<SignedIn>>,
        license: Option<LicenseId>,
    ) -> Self {
        let now = Instant::now();
        Self { right, person, license, asked: now, used: now }
    }

    /// That they still may: their session or token has not ended, and neither has their role.
    pub(crate) async fn check(&mut self, state: &State) -> Result<(), Problem> {
        let Some(person) = self.person.as_ref().filter(|_| self.asked.elapsed() >= EVERY) else {
            return Ok(());
        };
        enforce::still(state, self.right, person, self.license).await?;
        self.asked = Instant::now();
        Ok(())
    }

    /// Whoever takes a long file uses their session, though they ask for nothing else.
    async fn uses(&mut self, state: &State) {
        let Some(By::Session(session)) = self.person.as_ref().map(|person| &person.by) else { return };
        if self.used.elapsed() >= state.front.sessions.noted_every().to_std().unwrap_or_default() {
            self.used = Instant::now();
            state.accounts.note_use(session.session_id, Utc::now()).await;
        }
    }

    /// Hands an answer on that is made as it is taken, for as long as they still may: otherwise it breaks off, and lacks its
    /// end. What feeds send says so itself.
    pub(crate) fn watches(self, state: &State, answer: Response) -> Response {
        let is_a_feed = content_type(answer.headers()).is_some_and(|kind| kind == "text/event-stream");
        if self.person.is_none() || is_a_feed || answer.body().size_hint().exact().is_some() {
            return answer;
        }
        let state = state.clone();
        answer.map(|body| {
            let begin = (body.into_data_stream(), self, state);
            Body::from_stream(stream::try_unfold(begin, |(mut parts, mut still, state)| async move {
                let Some(part) = parts.next().await.transpose()? else { return Ok(None) };
                match still.check(&state).await {
                    Ok(()) => still.uses(&state).await,
                    // What passes is no answer to whether they may.
                    Err(problem) if problem.status >= 500 => {}
                    Err(problem) => return Err(axum::Error::new(problem.detail)),
                }
                Ok::<_, axum::Error>(Some((part, (parts, still, state))))
            }))
        })
    }
}

impl<S: Sync> FromRequestParts<S> for StillMay {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(|| Problem::internal(&"nobody asked who may see it"))
    }
}
