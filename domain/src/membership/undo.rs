//! Whether what an import did to somebody can be undone, and how.

use super::{
    event::MembershipEvent,
    state::{Membership, Standing},
};
use crate::Refusal;

/// What undoing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// Takes them off the license.
    Remove,
    /// Adds them: they had joined.
    Add,
    /// Invites them: they had not answered.
    Invite,
    /// Nothing: they stay as they are.
    Not(Refusal),
}

/// What undoing the event at a revision does, by the whole history of a membership. `undone`: the revision of what an
/// earlier attempt to undo it did, if it came to them.
///
/// Only what can be made as it was is undone. Whoever was invited before keeps their invite's outcome, whoever had
/// declined is not asked again, and what anybody did since counts more than the import.
pub fn undo(history: &[&MembershipEvent], revision: usize, undone: Option<usize>) -> Undo {
    use MembershipEvent as E;
    let Some((until, since)) = history.split_at_checked(revision) else {
        return Undo::Not(Refusal::UnknownImport);
    };
    if let Some(what) = since.iter().rev().find_map(|event| told(event)) {
        let before = undone.and_then(|revision| history.get(revision.checked_sub(1)?));
        let same_again = before.and_then(|undoing| still(undoing, history));
        return same_again.unwrap_or(Undo::Not(Refusal::ChangedSince { what }));
    }
    let Some((event, before)) = until.split_last() else { return Undo::Not(Refusal::UnknownImport) };
    match (event, Membership::fold(before.iter().copied()).standing) {
        (E::UserAdded { .. } | E::UserInvited { .. }, Standing::Invited(_)) => {
            Undo::Not(Refusal::InvitedBefore)
        }
        (E::UserAdded { .. } | E::UserInvited { .. }, _) => Undo::Remove,
        (E::UserRemoved {}, Standing::Accepted(_)) => Undo::Add,
        (E::UserRemoved {} | E::InviteWithdrawn {}, Standing::Invited(_)) => Undo::Invite,
        (E::UserRemoved {}, Standing::Rejected(_)) => Undo::Not(Refusal::HadDeclined),
        // An import does nothing else to anybody.
        _ => Undo::Not(Refusal::UnknownImport),
    }
}

/// What finds it undone already: what an earlier attempt did, where they still are as that left them.
fn still(undoing: &MembershipEvent, history: &[&MembershipEvent]) -> Option<Undo> {
    use MembershipEvent as E;
    match (undoing, Membership::fold(history.iter().copied()).standing) {
        (E::UserRemoved {}, Standing::Nobody | Standing::Removed) => Some(Undo::Remove),
        // Inviting makes nobody join who has yet to answer.
        (E::UserAdded { .. } | E::UserInvited { .. }, Standing::Invited(_) | Standing::Accepted(_)) => {
            Some(Undo::Invite)
        }
        _ => None,
    }
}

/// What happened, in words; nothing where it left the person as they were.
fn told(event: &MembershipEvent) -> Option<&'static str> {
    use MembershipEvent as E;
    match event {
        E::UserAdded { .. } => Some("they were added"),
        E::UserInvited { .. } => Some("they were invited"),
        E::InviteAccepted {} => Some("they accepted the invite"),
        E::InviteDeclined { .. } => Some("they declined the invite"),
        E::JoinedWithLicenseKey { .. } => Some("they joined with the license key"),
        E::InviteWithdrawn {} => Some("the invite was withdrawn"),
        E::UserRemoved {} => Some("they were removed"),
        E::UserLeft {} => Some("they left"),
        E::UserErased {} => Some("they were erased"),
        E::InviteNotificationClosed {} | E::InviteNotificationReopened {} | E::AdmissionRefused { .. } => {
            None
        }
    }
}
