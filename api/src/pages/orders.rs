//! Orders about any number of people, from pages: each is an import like any other.

use std::{borrow::Cow, sync::Arc, time::Duration};

use commands::{
    import::Report,
    jobs::{End, Job, JobOrder},
};
use domain::{
    Code, Counts, Effect, ImportMode, LicenseId, forecast::forecast, number::grouped, outcome::in_short,
};
use eventlog::LogError;
use tokio::time::timeout;

use super::{
    toast::{Kind, Toast},
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
pub(super) fn outcomes(counts: &Counts) -> Vec<Outcome> {
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

    /// The same within a sentence.
    pub fn would_be_in_words(&self) -> String {
        format!("{} {}", grouped(self.n), words::would_be(self.code).to_lowercase())
    }

    fn badged(&self, word: &str) -> Badge {
        Badge::of_outcome(self.code, format!("{} {word}", grouped(self.n)))
    }

    pub fn meaning(&self) -> Cow<'static, str> {
        self.of_each(self.code.meaning())
    }

    /// Of what has not happened yet.
    pub fn would_mean(&self) -> Cow<'static, str> {
        self.of_each(forecast(self.code))
    }

    /// What is said of one person, of as many as there are.
    fn of_each(&self, said: &'static str) -> Cow<'static, str> {
        if self.n == 1 {
            return Cow::Borrowed(said);
        }
        let of_one = [("The person ", "Each of them "), ("The invite ", "The invite of each ")];
        let each = of_one.into_iter().find_map(|(one, each)| Some((each, said.strip_prefix(one)?)));
        each.map_or(Cow::Borrowed(said), |(each, rest)| Cow::Owned(format!("{each}{rest}")))
    }
}

/// What came of an order about people, in one sentence.
pub(super) fn told(id: LicenseId, report: &Report) -> Toast {
    let (kind, what, link) = sentence(&report.outcomes);
    Toast::of(kind, what, report.position)
        .with_link(format!("/licenses/{id}/imports/{}", report.import_id), link)
}

/// Its look, what it says, and what its report is called.
pub(super) fn sentence(counts: &Counts) -> (Kind, String, &'static str) {
    let said = said(counts);
    match (counts.changed(), counts.refused()) {
        (0, 0) if said.is_empty() => (Kind::Neutral, "Nothing was to be done.".to_owned(), "Report"),
        (0, 0) => (Kind::Neutral, format!("Nothing changed: {said}."), "Report"),
        (_, 0) => (Kind::Good, format!("Done: {said}."), "Report and undo"),
        (0, _) => (Kind::Warn, format!("Nothing changed: {said}."), "See who was refused, and why"),
        _ => (Kind::Warn, format!("{said}."), "See who was refused, and why"),
    }
}

/// How many had which outcome, in words; of those who were refused, why only where it is the same for all of them.
fn said(counts: &Counts) -> String {
    let (refused, others): (Vec<_>, Vec<_>) =
        outcomes(counts).into_iter().partition(|it| it.code.effect() == Effect::Refused);
    let word = |it: &Outcome| in_short(it.code);
    let mut said: Vec<String> = others.iter().map(|it| format!("{} {}", grouped(it.n), word(it))).collect();
    match refused.as_slice() {
        [] => {}
        [one] => said.push(format!("{} refused ({})", grouped(one.n), word(one))),
        _ => said.push(format!("{} refused", grouped(counts.refused()))),
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_done_looks_done_and_offers_to_be_undone() {
        let of = |counts: &[(Code, u64)]| {
            let (kind, what, link) = sentence(&Counts(counts.iter().copied().collect()));
            (kind.look().0, what, link)
        };
        let (joined, there) = ((Code::Accepted, 4), (Code::AlreadyAccepted, 1));
        let (broken, full) = ((Code::InvalidEmail, 2), (Code::SeatLimit, 5));
        let why = "See who was refused, and why";
        for (counts, look, what, link) in [
            (
                &[joined, there][..],
                "good",
                "Done: 4 joined at once, 1 on the license already.",
                "Report and undo",
            ),
            (&[there], "neutral", "Nothing changed: 1 on the license already.", "Report"),
            (&[], "neutral", "Nothing was to be done.", "Report"),
            (&[joined, broken, full], "warn", "4 joined at once, 7 refused.", why),
            (&[joined, full], "warn", "4 joined at once, 5 refused (no seat free).", why),
            (
                &[there, full],
                "warn",
                "Nothing changed: 1 on the license already, 5 refused (no seat free).",
                why,
            ),
        ] {
            assert_eq!(of(counts), (look, what.to_owned(), link));
        }
    }
}
