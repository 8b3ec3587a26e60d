//! One sentence that answers "why are they (not) in?": a pure function over the history.
//!
//! It rests on the last event that changed the person's status, on what they did with the notification since,
//! and on the last refusal at a door since. It never guesses.

use chrono::{DateTime, Utc};
use domain::{
    LicenseEvent, MembershipEvent, Metadata, StaffRole,
    membership::{Admission, Notification, Standing},
};

use crate::audit::{Name, Names, clause, decline_reason, entered, invite_reason, invited, tried, way};

/// A moment of a history. No `Debug`: holds addresses.
pub(super) struct Moment<'a, E> {
    pub event: &'a E,
    pub metadata: &'a Metadata,
    pub at: DateTime<Utc>,
    pub names: &'a Names,
}

type Turn<'a> = Moment<'a, MembershipEvent>;

/// A membership's history, as far as an answer rests on it.
#[derive(Default)]
pub(super) struct Story<'a> {
    pub standing: Standing,
    /// The standing before the last change of status.
    before: Standing,
    /// The last change of status.
    turn: Option<&'a Turn<'a>>,
    invite: Option<&'a Turn<'a>>,
    /// What else there was since: the last of the notification, and the last refusal.
    since: Vec<&'a Turn<'a>>,
}

impl<'a> Story<'a> {
    pub(super) fn of(history: &'a [Turn<'a>]) -> Self {
        let mut story = Self::default();
        for moment in history {
            story.follow(moment);
        }
        story
    }

    /// What the standing can't follow leaves it as it is; verification reports it.
    fn follow(&mut self, moment: &'a Turn<'a>) {
        use MembershipEvent as E;
        let Some(after) = self.standing.after(moment.event) else { return };
        match moment.event {
            E::AdmissionRefused { .. }
            | E::InviteNotificationClosed {}
            | E::InviteNotificationReopened {} => {
                self.since.retain(|earlier| is_refusal(earlier) != is_refusal(moment));
                self.since.push(moment);
            }
            E::UserAdded { .. }
            | E::UserInvited { .. }
            | E::InviteAccepted {}
            | E::InviteDeclined { .. }
            | E::JoinedWithLicenseKey { .. }
            | E::InviteWithdrawn {}
            | E::UserRemoved {}
            | E::UserLeft {}
            | E::UserErased {} => {
                if matches!(moment.event, E::UserInvited { .. }) {
                    self.invite = Some(moment);
                }
                (self.before, self.turn) = (self.standing, Some(moment));
                self.since.clear();
            }
        }
        self.standing = after;
    }

    /// Since when they are where they are.
    pub(super) fn since(&self) -> Option<DateTime<Utc>> {
        self.turn.map(|turn| turn.at)
    }

    pub(super) fn sentence(&self, person: &Name) -> String {
        let turn = self.turn.map(|turn| self.told_turn(turn));
        let since = self.since.iter().map(|moment| told(moment));
        let told: Vec<String> = turn.into_iter().chain(since).collect();
        let (person, place) = (person.begin(), self.place());
        if told.is_empty() {
            format!("{person} {place}.")
        } else {
            format!("{person} {place}: {}.", told.join("; "))
        }
    }

    fn place(&self) -> &'static str {
        match self.standing {
            Standing::Accepted(_) => "is on this license (Accepted)",
            Standing::Invited(_) => "is Invited and has not answered yet",
            Standing::Rejected(_) => "is not on this license (Rejected)",
            Standing::Removed | Standing::Erased => "is not on this license any more",
            Standing::Nobody => "was never on this license",
        }
    }

    /// The last change of status, with the invite that it answered.
    fn told_turn(&self, turn: &Turn<'_>) -> String {
        use MembershipEvent as E;
        let answers_invite = match turn.event {
            E::InviteAccepted {} | E::InviteDeclined { .. } | E::InviteWithdrawn {} => true,
            E::UserAdded { .. } | E::JoinedWithLicenseKey { .. } | E::UserRemoved {} | E::UserErased {} => {
                matches!(self.before, Standing::Invited(_))
            }
            E::UserInvited { .. }
            | E::UserLeft {}
            | E::InviteNotificationClosed {}
            | E::InviteNotificationReopened {}
            | E::AdmissionRefused { .. } => false,
        };
        let mut words = match self.invite.filter(|_| answers_invite) {
            Some(invite) => format!("{}; {}", told(invite), told(turn)),
            None => told(turn),
        };
        if matches!(turn.event, E::UserRemoved {} | E::UserErased {}) {
            words.push_str(until_then(self.before));
        }
        words
    }
}

fn is_refusal(moment: &Turn<'_>) -> bool {
    matches!(moment.event, MembershipEvent::AdmissionRefused { .. })
}

fn until_then(before: Standing) -> &'static str {
    match before {
        Standing::Accepted(Admission::DomainAdmin) => {
            "; until then they were Accepted, added by an admin of their mail domain"
        }
        Standing::Accepted(Admission::Invite) => "; until then they were Accepted, by an invite",
        Standing::Accepted(Admission::LicenseKey) => "; until then they were Accepted, by the license key",
        Standing::Invited(Notification::Open | Notification::Closed) => "; until then they were Invited",
        Standing::Rejected(_) => "; until then they were Rejected",
        Standing::Nobody | Standing::Removed | Standing::Erased => "",
    }
}

/// An event as a part of the sentence, about "them": the fact, who entered it, and the reason behind it.
fn told(moment: &Turn<'_>) -> String {
    use MembershipEvent as E;
    let Moment { event, metadata, at, names } = moment;
    let (day, way, admin) = (at.date_naive(), way(metadata, names), names.within());
    let (fact, reason) = match event {
        E::UserAdded { domain, .. } => {
            let (again, domain) = (names.admin_again(), domain.to_unicode());
            let because = format!(", and they joined at once because {again} administered {domain}");
            (format!("{admin} added them on {day}{way}"), because)
        }
        E::UserInvited { attempt, reason, .. } => {
            let (did, why) = (invited(*reason), invite_reason(*reason, names));
            let number = if *attempt > 1 { format!(" (number {attempt})") } else { String::new() };
            let because = format!(", and they got an invite{number} because {why}");
            (format!("{admin} {did} them on {day}{way}"), because)
        }
        E::InviteNotificationClosed {} => {
            let find = ", and find the invite under License Invites".to_owned();
            (format!("they closed the notification on {day}"), find)
        }
        E::InviteNotificationReopened {} => {
            (format!("they reopened the notification on {day}"), String::new())
        }
        E::InviteAccepted {} => (format!("they accepted it on {day}"), String::new()),
        E::InviteDeclined { reason } => {
            (format!("they declined it on {day} {}", decline_reason(*reason)), String::new())
        }
        E::JoinedWithLicenseKey { .. } => {
            (format!("they entered the license key on {day} and joined at once"), String::new())
        }
        E::InviteWithdrawn {} => {
            (format!("{admin} withdrew it on {day}"), ", before they answered".to_owned())
        }
        E::UserRemoved {} => (format!("{admin} removed them on {day}{way}"), String::new()),
        E::UserLeft {} => (format!("they left on {day}"), String::new()),
        E::UserErased {} => (format!("{admin} erased them on {day}"), String::new()),
        E::AdmissionRefused { code, door, .. } => {
            let by_admin = matches!(door, domain::Door::Email | domain::Door::Csv);
            let who = if by_admin { admin } else { "they" };
            let tried = tried(*door, "them", metadata, names);
            (format!("{who} could not {tried} on {day}"), format!(": {}", clause(*code)))
        }
    };
    entered(fact, &names.entered()) + &reason
}

/// About somebody without a membership, whose roles are all that there is: the last one that they were given, or lost.
pub(super) fn of_roles(person: &Name, roles: &[Moment<'_, LicenseEvent>]) -> Option<String> {
    let person = person.begin();
    let role = |moment: &Moment<'_, LicenseEvent>| match moment.event {
        LicenseEvent::LicenseAdminGranted { .. } => Some((true, "an admin", moment.at.date_naive())),
        LicenseEvent::LicenseAdminRevoked { .. } => Some((false, "an admin", moment.at.date_naive())),
        LicenseEvent::LicenseStaffGranted { role, .. } => {
            Some((true, of_staff(*role), moment.at.date_naive()))
        }
        LicenseEvent::LicenseStaffRevoked { role, .. } => {
            Some((false, of_staff(*role), moment.at.date_naive()))
        }
        LicenseEvent::LicenseCreated { .. }
        | LicenseEvent::LicenseRenamed { .. }
        | LicenseEvent::LicensePlanChanged { .. }
        | LicenseEvent::SeatLimitChanged { .. }
        | LicenseEvent::LicenseTermChanged { .. }
        | LicenseEvent::DomainAdminGranted { .. }
        | LicenseEvent::DomainAdminRevoked { .. }
        | LicenseEvent::LicenseKeyIssued { .. }
        | LicenseEvent::LicenseKeyEndChanged { .. }
        | LicenseEvent::LicenseKeyShown { .. }
        | LicenseEvent::LicenseKeyRevoked { .. } => None,
    };
    let (has_it, role, day) = roles.iter().rev().find_map(role)?;
    let held = if has_it {
        format!("has been {role} of this license since {day}")
    } else {
        format!("was {role} of this license until {day}")
    };
    Some(format!("{person} {held}, but was never added to it: {role} holds a seat only once they are added."))
}

/// As what somebody reads a license.
const fn of_staff(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Auditor => "an auditor",
        StaffRole::Support => "one of the support staff",
    }
}
