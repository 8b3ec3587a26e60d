//! Undoes an import, and says what that came to.

use axum::response::Response;
use commands::{import::Report, jobs::End};
use domain::{Code, Counts};

use super::{OfLicense, at};
use crate::{
    body::PathOf,
    pages::{
        form::Form,
        orders::soon,
        toast::{Kind, Toast},
        visit::Order,
        words,
    },
    problem::Problem,
};

/// Undoes an import: an import of its own.
pub(in crate::pages) async fn undo(
    order: Order,
    PathOf((id, import)): OfLicense,
    _: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).import(import);
    let done = async {
        let job =
            visit.state.told(visit.state.jobs.undo(&caller.context([]), id, import, false).await, &about)?;
        soon(&visit.state, &job).await.map(|end| (job.import_id, end))
    };
    match done.await {
        Ok((undoing, end)) => {
            let here = at(id, undoing);
            let told = match end.as_deref() {
                Some(End::Report(report)) => undone(report, &here),
                _ => Toast::good("Undoing has begun. It goes on by itself, also if you leave this page.", 0),
            };
            Ok(visit.tell(&told, &here))
        }
        Err(problem) => Ok(visit.tell(&Toast::bad(&problem), &at(id, import))),
    }
}

/// What undoing an import came to.
fn undone(report: &Report, here: &str) -> Toast {
    if report.repeated {
        return Toast::neutral("It was undone already: this is what that did.", report.position);
    }
    let (kind, what, hint) = said(&report.outcomes);
    let told = Toast::of(kind, what, report.position).with_hint(hint);
    if report.outcomes.refused() == 0 { told } else { told.with_link(format!("{here}#refused"), "See them") }
}

/// Its look, what it says of those whom it changed, and of those who stay as they are.
pub(super) fn said(counts: &Counts) -> (Kind, String, String) {
    let went = if counts.of(Code::Removed) == 1 {
        "was taken off the license"
    } else {
        "were taken off the license"
    };
    let did = [(Code::Accepted, "joined again"), (Code::Invited, "got an invite"), (Code::Removed, went)];
    let did: Vec<String> = did
        .into_iter()
        .filter(|(code, _)| counts.of(*code) > 0)
        .map(|(code, did)| format!("{} {did}", words::people(counts.of(code))))
        .collect();
    let left = match counts.total().saturating_sub(counts.changed()) {
        0 => String::new(),
        1 => "1 person stays as they are: it says here why.".to_owned(),
        n => format!("{} stay as they are: it says here why.", words::people(n)),
    };
    match (did.is_empty(), counts.refused()) {
        (true, _) => (Kind::Warn, "Nothing could be undone.".to_owned(), left),
        (false, 0) => (Kind::Good, format!("Undone: {}.", did.join(", ")), left),
        (false, _) => (Kind::Warn, format!("Undone: {}.", did.join(", ")), left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_undone_is_said_by_what_it_did_and_who_stays_is_counted() {
        let of = |counts: &[(Code, u64)]| {
            let (kind, what, hint) = said(&Counts(counts.iter().copied().collect()));
            (kind.look().0, what, hint)
        };
        for (counts, look, what, hint) in [
            (&[(Code::Accepted, 51)][..], "good", "Undone: 51 people joined again.", ""),
            (
                &[(Code::Accepted, 1), (Code::Invited, 2), (Code::AlreadyAccepted, 1)],
                "good",
                "Undone: 1 person joined again, 2 people got an invite.",
                "1 person stays as they are: it says here why.",
            ),
            (
                &[(Code::Removed, 1), (Code::ChangedSince, 1_200)],
                "warn",
                "Undone: 1 person was taken off the license.",
                "1,200 people stay as they are: it says here why.",
            ),
            (&[(Code::Removed, 3)], "good", "Undone: 3 people were taken off the license.", ""),
            (
                &[(Code::ChangedSince, 2)],
                "warn",
                "Nothing could be undone.",
                "2 people stay as they are: it says here why.",
            ),
        ] {
            assert_eq!(of(counts), (look, what.to_owned(), hint.to_owned()));
        }
    }
}
