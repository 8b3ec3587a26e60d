//! What a membership is now.

use serde::{Deserialize, Serialize};

use super::event::{DeclineReason, MembershipEvent};
use crate::{Code, Door, LicenseId, SubjectId};

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Added by an admin of their mail domain.
    DomainAdmin,
    /// Accepted an invite.
    Invite,
    /// Entered the license key.
    LicenseKey,
}

impl Admission {
    /// Every way in.
    pub const ALL: [Self; 3] = [Self::DomainAdmin, Self::Invite, Self::LicenseKey];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DomainAdmin => "domain_admin",
            Self::Invite => "invite",
            Self::LicenseKey => "license_key",
        }
    }
}

/// Whether the invited person has closed the notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notification {
    /// It shows when they come in.
    Open,
    /// It waits under License Invites.
    Closed,
}

/// Where a person stands; each variant owns only its data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Never on the license.
    #[default]
    Nobody,
    /// Holds a seat, and has not answered.
    Invited(Notification),
    /// Holds a seat, and has joined.
    Accepted(Admission),
    /// Declined.
    Rejected(DeclineReason),
    /// Was on the license.
    Removed,
    /// The person was erased: nothing follows any more.
    Erased,
}

/// The three words of the user list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They were added, and no further action is required.
    Accepted,
    /// They have not yet accepted or declined the invitation.
    Invited,
    /// They have declined the invitation.
    Rejected,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Invited, Self::Rejected];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Invited => "invited",
            Self::Rejected => "rejected",
        }
    }
}

impl Standing {
    /// Whether a seat is held.
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::Invited(_) | Self::Accepted(_))
    }

    /// The word of the user list; none for people who are not on it.
    pub const fn status(self) -> Option<Status> {
        match self {
            Self::Invited(_) => Some(Status::Invited),
            Self::Accepted(_) => Some(Status::Accepted),
            Self::Rejected(_) => Some(Status::Rejected),
            Self::Nobody | Self::Removed | Self::Erased => None,
        }
    }

    /// The standing after an event; `None` where the event can't follow this standing.
    #[expect(clippy::match_same_arms, reason = "event by event")]
    pub fn after(self, event: &MembershipEvent) -> Option<Self> {
        use MembershipEvent as E;
        match (event, self) {
            (_, Self::Erased) => None,
            (E::UserErased {}, _) => Some(Self::Erased),
            (E::UserAdded { .. }, Self::Nobody | Self::Invited(_) | Self::Rejected(_) | Self::Removed) => {
                Some(Self::Accepted(Admission::DomainAdmin))
            }
            (
                E::JoinedWithLicenseKey { .. },
                Self::Nobody | Self::Invited(_) | Self::Rejected(_) | Self::Removed,
            ) => Some(Self::Accepted(Admission::LicenseKey)),
            (E::UserInvited { .. }, Self::Nobody | Self::Removed | Self::Rejected(_)) => {
                Some(Self::Invited(Notification::Open))
            }
            (E::InviteNotificationClosed {}, Self::Invited(Notification::Open)) => {
                Some(Self::Invited(Notification::Closed))
            }
            (E::InviteNotificationReopened {}, Self::Invited(Notification::Closed)) => {
                Some(Self::Invited(Notification::Open))
            }
            (E::InviteAccepted {}, Self::Invited(_)) => Some(Self::Accepted(Admission::Invite)),
            (E::InviteDeclined { reason }, Self::Invited(_)) => Some(Self::Rejected(*reason)),
            (E::InviteWithdrawn {}, Self::Invited(_))
            | (E::UserLeft {}, Self::Accepted(_))
            | (E::UserRemoved {}, Self::Invited(_) | Self::Accepted(_) | Self::Rejected(_)) => {
                Some(Self::Removed)
            }
            (E::AdmissionRefused { .. }, standing) => Some(standing),
            (E::UserAdded { .. } | E::JoinedWithLicenseKey { .. }, Self::Accepted(_))
            | (E::UserInvited { .. }, Self::Invited(_) | Self::Accepted(_))
            | (E::InviteNotificationClosed {}, Self::Invited(Notification::Closed))
            | (E::InviteNotificationReopened {}, Self::Invited(Notification::Open))
            | (
                E::InviteNotificationClosed {}
                | E::InviteNotificationReopened {}
                | E::InviteAccepted {}
                | E::InviteDeclined { .. }
                | E::InviteWithdrawn {},
                Self::Nobody | Self::Accepted(_) | Self::Rejected(_) | Self::Removed,
            )
            | (E::UserLeft {}, Self::Nobody | Self::Invited(_) | Self::Rejected(_) | Self::Removed)
            | (E::UserRemoved {}, Self::Nobody | Self::Removed) => None,
        }
    }
}

/// A refusal at a door, as long as nothing else happened since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedAway {
    /// Where.
    pub door: Door,
    /// By which rule.
    pub code: Code,
    /// The license as it was then.
    pub license_revision: u64,
}

/// A membership, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Whose, of which license; nothing before the first event.
    pub of: Option<(LicenseId, SubjectId)>,
    /// Where the person stands.
    pub standing: Standing,
    /// How many invites there were.
    pub attempts: u32,
    /// The refusals since anything else happened, by the license as it was last.
    pub turned_away: Vec<TurnedAway>,
}

impl Membership {
    /// Follows an event. What the state can't follow leaves it as it is; verification reports it.
    pub fn evolve(&mut self, event: &MembershipEvent) {
        use MembershipEvent as E;
        let Some(standing) = self.standing.after(event) else { return };
        if self.of.is_none() && matches!(event, E::UserErased {}) {
            // It names nobody, and so can't be a membership's first.
            return;
        }
        self.standing = standing;
        if !matches!(event, E::AdmissionRefused { .. }) {
            self.turned_away.clear();
        }
        match event {
            E::UserInvited { attempt, license_id, subject_id, .. } => {
                self.attempts = *attempt;
                self.of.get_or_insert((*license_id, *subject_id));
            }
            E::UserAdded { license_id, subject_id, .. }
            | E::JoinedWithLicenseKey { license_id, subject_id, .. } => {
                self.of.get_or_insert((*license_id, *subject_id));
            }
            E::AdmissionRefused { code, door, license_id, license_revision, subject_id, .. } => {
                self.of.get_or_insert((*license_id, *subject_id));
                let license_revision = *license_revision;
                // Refusals by the license as it was before say nothing about it as it is now.
                self.turned_away.retain(|earlier| earlier.license_revision == license_revision);
                self.turned_away.push(TurnedAway { door: *door, code: *code, license_revision });
            }
            E::InviteNotificationClosed {}
            | E::InviteNotificationReopened {}
            | E::InviteAccepted {}
            | E::InviteDeclined { .. }
            | E::InviteWithdrawn {}
            | E::UserRemoved {}
            | E::UserLeft {}
            | E::UserErased {} => {}
        }
    }

    /// How many seats these events take; given back where negative.
    pub fn seats_taken_by(&self, events: &[MembershipEvent]) -> i64 {
        let mut after = self.clone();
        for event in events {
            after.evolve(event);
        }
        i64::from(after.standing.holds_seat()) - i64::from(self.standing.holds_seat())
    }

    /// Folds a history.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a MembershipEvent>) -> Self {
        let mut membership = Self::default();
        for event in events {
            membership.evolve(event);
        }
        membership
    }
}
