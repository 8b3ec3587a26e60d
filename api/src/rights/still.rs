//! Whether somebody who was let in still may: asked again where an answer goes on for long.

use std::{sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::LicenseId;
use tokio::time::Instant;

use super::{Right, enforce};
use crate::{State, asker::SignedIn, problem::Problem};

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
}

impl StillMay {
    pub(super) fn new(
        right: &'static Right,
        person: Option<Arc<SignedIn>>,
        license: Option<LicenseId>,
    ) -> Self {
        Self { right, person, license, asked: Instant::now() }
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
}

impl<S: Sync> FromRequestParts<S> for StillMay {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(|| Problem::internal(&"nobody asked who may see it"))
    }
}
