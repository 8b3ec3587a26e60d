//! The table of DESIGN §4, copied from the page as text: an independent second opinion.

use crate::orders::What;

/// One row: what comes of it for nobody (or somebody removed), invited, accepted, rejected.
///
/// An event by its name; `-` and a code where nothing changes; `!` and a code where it is refused.
type Cells = [&'static str; 4];

fn row(what: What) -> Cells {
    match what {
        What::AddedByDomainAdmin => ["UserAdded", "UserAdded", "-already_accepted", "UserAdded"],
        What::AddedByOtherAdmin | What::AskedForConsent => {
            ["UserInvited", "-already_invited", "-already_accepted", "UserInvited"]
        }
        What::ClosesNotification => ["!no_invite", "InviteNotificationClosed", "!no_invite", "!no_invite"],
        What::ReopensNotification => ["!no_invite", "InviteNotificationReopened", "!no_invite", "!no_invite"],
        What::Accepts => ["!no_invite", "InviteAccepted", "-already_accepted", "!invite_declined"],
        What::Declines(_) => ["!no_invite", "InviteDeclined", "!leave_instead", "-already_declined"],
        What::EntersKey => {
            ["JoinedWithLicenseKey", "JoinedWithLicenseKey", "-already_accepted", "JoinedWithLicenseKey"]
        }
        What::Withdrawn => ["!not_a_member", "InviteWithdrawn", "!remove_instead", "!invite_declined"],
        What::Removed => ["-not_on_license", "UserRemoved", "UserRemoved", "UserRemoved"],
        What::Leaves => ["!not_a_member", "!decline_instead", "UserLeft", "!not_a_member"],
        What::Refused(..) => ["AdmissionRefused"; 4],
    }
}

/// A license's pool of seats.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    pub held: u64,
    pub limit: u64,
}

/// What an order came to: the event, if there was one, and the outcome code.
pub type Answer = (Option<&'static str>, String);

/// A membership as a clerk would note it down.
#[derive(Debug, Clone)]
pub struct Naive {
    /// The state's name and what belongs to it, spelled as `Standing` prints itself.
    pub standing: String,
    pub attempts: u32,
    /// Whether the person has any history, so that the commitment was given.
    pub known: bool,
    /// What was refused since anything else happened.
    refusals: Vec<What>,
}

impl Default for Naive {
    fn default() -> Self {
        Self { standing: "Nobody".into(), attempts: 0, known: false, refusals: Vec::new() }
    }
}

impl Naive {
    /// Says what comes of an order, notes it down, and keeps the pool.
    ///
    /// `shut`: the code of the rule that shuts the license, if one does.
    pub fn answer(&mut self, what: What, shut: Option<&str>, pool: &mut Pool) -> Answer {
        let column = ["Invited", "Accepted", "Rejected"]
            .iter()
            .position(|word| self.standing.starts_with(word))
            .map_or(0, |place| place + 1);
        let cell = row(what)[column];
        if let Some(code) = cell.strip_prefix(['-', '!']) {
            return (None, code.into());
        }
        if let What::Refused(_, code, _) = what {
            let again = self.refusals.contains(&what);
            if !again {
                // Of a license that has changed since, nothing counts any more.
                self.refusals.retain(
                    |old| matches!((old, what), (What::Refused(.., a), What::Refused(.., b)) if *a == b),
                );
                self.refusals.push(what);
            }
            self.known = true;
            return ((!again).then_some(cell), code.as_str().into());
        }
        match (cell, self.standing.as_str()) {
            ("InviteNotificationClosed", "Invited(Closed)") => return (None, "already_closed".into()),
            ("InviteNotificationReopened", "Invited(Open)") => return (None, "already_open".into()),
            ("UserAdded" | "UserInvited" | "InviteAccepted" | "JoinedWithLicenseKey", _) => {
                if let Some(code) = shut {
                    return (None, code.into());
                }
                if column != 1 {
                    if pool.held >= pool.limit {
                        return (None, "seat_limit".into());
                    }
                    pool.held += 1;
                }
            }
            ("InviteDeclined" | "InviteWithdrawn" | "UserLeft", _) => pool.held -= 1,
            ("UserRemoved", _) if column != 3 => pool.held -= 1,
            _ => {}
        }
        let code = self.note(cell, what);
        (Some(cell), code.into())
    }

    fn note(&mut self, event: &str, what: What) -> &'static str {
        self.known = true;
        self.refusals.clear();
        if event == "UserInvited" {
            self.attempts += 1;
        }
        let (standing, code) = match event {
            "UserAdded" => ("Accepted(DomainAdmin)", "accepted"),
            "UserInvited" => ("Invited(Open)", "invited"),
            "InviteNotificationClosed" => ("Invited(Closed)", "notification_closed"),
            "InviteNotificationReopened" => ("Invited(Open)", "notification_reopened"),
            "InviteAccepted" => ("Accepted(Invite)", "accepted"),
            "InviteDeclined" => ("Rejected", "declined"),
            "JoinedWithLicenseKey" => ("Accepted(LicenseKey)", "accepted"),
            "InviteWithdrawn" => ("Removed", "withdrawn"),
            "UserRemoved" => ("Removed", "removed"),
            "UserLeft" => ("Removed", "left"),
            other => panic!("{other} is in no cell"),
        };
        self.standing = standing.into();
        if let What::Declines(reason) = what {
            self.standing = format!("Rejected({reason:?})");
        }
        code
    }
}
