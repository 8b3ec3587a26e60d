//! Orders about any number of people, from pages: each is an import like any other.

use std::{sync::Arc, time::Duration};

use commands::{
    import::Report,
    jobs::{End, Job, JobOrder},
};
use domain::{Code, Effect, ImportMode, LicenseId, forecast::forecast, number::grouped};
use eventlog::LogError;
use tokio::time::timeout;

use super::{
    toast::Toast,
    visit::Visit,
    words::{self, Badge},
};
use crate::{State, caller::Caller, jobs::problem_of, problem::Problem, upload::Given};

/// As long as a page waits for an import to end before it shows how far it is.
const SOON: Duration = Duration::from_secs(2);

/// Begins an import.
pub(super) async fn submit(
    visit: &Visit,
    caller: Caller,
    license_id: LicenseId,
    (mode, dry_run): (ImportMode, bool),
    Given { what: given, digest }: Given,
) -> Result<Arc<Job>, Problem> {
    let about = caller.about().license(license_id);
    let order = JobOrder { license_id, mode, dry_run, given };
    visit.state.told(visit.state.jobs.submit(&caller.named()?.context(digest), order).await, &about)
}

/// What an import comes to, if it comes to it soon.
pub(super) async fn soon(state: &State, job: &Job) -> Result<Option<Arc<End>>, Problem> {
    // What goes on by itself need not be waited for.
    let patience = if job.goes_on { SOON } else { Duration::MAX };
    let Ok(end) = timeout(patience, job.ended()).await else { return Ok(None) };
    match &*end {
        End::Report(_) => Ok(Some(end)),
        End::Error(error) => Err(problem_of(state, job, error)),
        End::Paused => Err(LogError::Stopped("the service is stopping".to_owned()).into()),
    }
}

/// How many had which outcome, in words: what changed first.
pub(super) fn outcomes(counts: &domain::Counts) -> Vec<Outcome> {
    let mut found: Vec<Outcome> = counts.0.iter().map(|(code, n)| Outcome { code: *code, n: *n }).collect();
    found.sort_by_key(|it| (it.order(), std::cmp::Reverse(it.n)));
    found
}

/// An outcome and how many had it.
pub(super) struct Outcome {
    pub code: Code,
    n: u64,
}

impl Outcome {
    fn order(&self) -> u8 {
        match self.code.effect() {
            Effect::Changed => 0,
            Effect::Unchanged => 1,
            Effect::Refused => 2,
        }
    }

    /// How many had it.
    pub fn badge(&self) -> Badge {
        self.badged(&words::outcome(self.code))
    }

    /// How many would have it.
    pub fn would_be(&self) -> Badge {
        self.badged(&words::would_be(self.code))
    }

    fn badged(&self, word: &str) -> Badge {
        Badge::of_outcome(self.code, format!("{} {word}", grouped(self.n)))
    }

    pub fn meaning(&self) -> &'static str {
        self.code.meaning()
    }

    /// Of what has not happened yet.
    pub fn would_mean(&self) -> &'static str {
        forecast(self.code)
    }
}

/// What came of an order about people, in one sentence.
pub(super) fn told(id: LicenseId, report: &Report) -> Toast {
    let said: Vec<String> = outcomes(&report.outcomes)
        .iter()
        .map(|it| format!("{} {}", grouped(it.n), words::outcome(it.code).to_lowercase()))
        .collect();
    let refused = report.outcomes.refused();
    let what = if said.is_empty() {
        "Nothing was to be done.".to_owned()
    } else {
        format!("Done: {}.", said.join(", "))
    };
    let toast = Toast::good(what, report.position);
    let to = format!("/licenses/{id}/imports/{}", report.import_id);
    toast.with_link(to, if refused == 0 { "Report and undo" } else { "See who was refused, and why" })
}
