//! What people do about their own place on a license: accept, decline, close, reopen, leave.

use axum::response::Response;
use chrono::Utc;
use commands::{CommandError, Reply};
use domain::{Code, DeclineReason, LicenseId, Refusal};

use super::{
    form::Form,
    toast::{Kind, Toast},
    visit::{Order, Visit, ours},
};
use crate::{
    about::About,
    body::{OnLicense, PathOf},
    problem::Problem,
};

/// The page from which the order came.
fn back(form: &Form) -> &str {
    ours(form.text("here")).unwrap_or("/account")
}

/// What came of an order, told to whom it is about.
pub(super) fn told(
    visit: &Visit,
    (about, id): (&About, LicenseId),
    done: Result<Reply, CommandError>,
    changed: impl FnOnce(&str) -> String,
) -> Toast {
    let name = visit.state.called(id);
    let own = to_themselves(&done, &name, |ways| way_in(visit, id, ways));
    let told = Toast::of_told(visit.state.told(done, about), || changed(&name));
    match own {
        Some((what, hint)) => Toast { what, ..told }.with_hint(hint),
        None => told,
    }
}

/// How somebody gets in where a license is open: with a key, where one lets people in, and without.
#[derive(Clone, Copy)]
struct Ways {
    by_key: &'static str,
    otherwise: &'static str,
}

/// How somebody gets in; or why nobody does just now.
fn way_in(visit: &Visit, license: LicenseId, ways: Ways) -> String {
    let (commands, today) = (&visit.state.commands, Utc::now().date_naive());
    match commands.admits(license, today) {
        Ok(()) if commands.has_open_key(license, today) => ways.by_key.to_owned(),
        Ok(()) => ways.otherwise.to_owned(),
        Err(refusal) => refusal.code().meaning().to_owned(),
    }
}

/// What rules say of a person, as it is said to that person, and what they can do: where another tab, or an admin, was
/// faster. Nothing where it names nobody.
fn to_themselves(
    done: &Result<Reply, CommandError>,
    license: &str,
    way_in: impl Fn(Ways) -> String,
) -> Option<(String, String)> {
    const TO_JOIN: Ways = Ways {
        by_key: "To join after all, enter the license key, or ask an admin to add you again.",
        otherwise: "To join after all, ask an admin to add you again.",
    };
    const TO_BE_INVITED: Ways = Ways {
        by_key: "It may have been withdrawn. Ask an admin for another one, or enter the license key.",
        otherwise: "It may have been withdrawn. Ask an admin for another one.",
    };
    const TO_GO: &str = "To give up your seat, leave the license.";
    let joined = || format!("You have joined {license} already.");
    let declined = || format!("You have declined the invite to {license}.");
    Some(match done {
        Ok(Reply { code: Code::AlreadyAccepted, .. }) => (joined(), String::new()),
        Ok(Reply { code: Code::AlreadyDeclined, .. }) => (declined(), way_in(TO_JOIN)),
        Err(CommandError::Refused { refusal, .. }) => match refusal {
            Refusal::NoInvite => {
                (format!("There is no open invite to {license} for you."), way_in(TO_BE_INVITED))
            }
            Refusal::NoInviteJoined | Refusal::LeaveInstead => (joined(), TO_GO.to_owned()),
            Refusal::NoInviteDeclined | Refusal::InviteDeclined => (declined(), way_in(TO_JOIN)),
            Refusal::DeclineInstead => (
                format!("You have not joined {license}: your invite is still open."),
                "Decline the invite instead.".to_owned(),
            ),
            Refusal::NotAMember => {
                (format!("You are not on {license} any more."), "There is nothing to leave.".to_owned())
            }
            _ => return None,
        },
        _ => return None,
    })
}

pub(super) async fn accept(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.accept_invite(&caller.named()?.context(&form.bytes), id).await;
    let told = told(&visit, (&about, id), done, |name| format!("You have joined {name}."));
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn decline(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let reason = DeclineReason::ALL.into_iter().find(|reason| reason.as_str() == form.text("reason"));
    let reason = reason.unwrap_or(DeclineReason::Unspecified);
    let about = caller.about().license(id);
    let done = visit.state.commands.decline_invite(&caller.named()?.context(&form.bytes), id, reason).await;
    let told = told(&visit, (&about, id), done, |name| {
        let ways = Ways {
            by_key: "If you change your mind, enter the license key or ask to be added again.",
            otherwise: "If you change your mind, ask to be added again.",
        };
        format!("You declined the invite to {name}. {}", way_in(&visit, id, ways))
    });
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn close(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.close_notification(&caller.named()?.context(&form.bytes), id).await;
    let told = told(&visit, (&about, id), done, |_| {
        "The notification is closed. The invite stays open: you find it under".to_owned()
    });
    let told =
        if told.kind == Kind::Bad { told } else { told.with_link("/account#invites", "License Invites") };
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn reopen(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.reopen_notification(&caller.named()?.context(&form.bytes), id).await;
    let told = told(&visit, (&about, id), done, |_| "The notification is shown again.".to_owned());
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn leave(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.leave_license(&caller.named()?.context(&form.bytes), id).await;
    let told = told(&visit, (&about, id), done, |name| {
        let ways = Ways {
            by_key: "To come back, enter the license key or ask an admin.",
            otherwise: "To come back, ask an admin.",
        };
        format!("You left {name}, and your seat is free. {}", way_in(&visit, id, ways))
    });
    Ok(visit.tell(&told, back(&form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_faster_elsewhere_is_told_so_themselves() {
        let refused = |refusal: Refusal| {
            to_themselves(&Err(refusal.into()), "\"School\"", |ways| ways.by_key.to_owned())
                .map(|(what, _)| what)
        };
        assert_eq!(refused(Refusal::LeaveInstead).unwrap(), "You have joined \"School\" already.");
        assert_eq!(
            refused(Refusal::NoInviteDeclined).unwrap(),
            "You have declined the invite to \"School\"."
        );
        assert_eq!(refused(Refusal::NoInvite).unwrap(), "There is no open invite to \"School\" for you.");
        assert_eq!(refused(Refusal::PlanRequired), None, "which names nobody");
    }
}
