//! What is ordered, and what has to come of it: the table of the design as text, a second opinion beside the domain's.

use domain::{Code, Effect};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Paste,
    Csv,
    Invite,
    Remove,
    Accept,
    Decline,
    Close,
    Reopen,
    Join,
    Leave,
    Withdraw,
    Seats,
}

/// Those about one person; adding comes more often, or there would be nobody to do anything with.
pub const ABOUT_ONE: [Order; 14] = [
    Order::Paste,
    Order::Paste,
    Order::Csv,
    Order::Csv,
    Order::Invite,
    Order::Remove,
    Order::Accept,
    Order::Accept,
    Order::Decline,
    Order::Close,
    Order::Reopen,
    Order::Join,
    Order::Leave,
    Order::Withdraw,
];

/// How somebody stands on a license, as a clerk notes it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stands {
    #[default]
    Nobody,
    Invited,
    /// Invited, and the notification is closed.
    Closed,
    Accepted,
    Rejected,
}

impl Stands {
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::Invited | Self::Closed | Self::Accepted)
    }

    /// As the user list says it.
    pub const fn status(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::Invited | Self::Closed => Some("invited"),
            Self::Accepted => Some("accepted"),
            Self::Rejected => Some("rejected"),
        }
    }

    /// How they stand after an event. Nothing: it can't have happened.
    pub fn after(self, event: &str) -> Option<Self> {
        let invited = matches!(self, Self::Invited | Self::Closed);
        Some(match event {
            "UserAdded" | "JoinedWithLicenseKey" if self != Self::Accepted => Self::Accepted,
            "UserInvited" if matches!(self, Self::Nobody | Self::Rejected) => Self::Invited,
            "InviteAccepted" if invited => Self::Accepted,
            "InviteDeclined" if invited => Self::Rejected,
            "InviteNotificationClosed" if self == Self::Invited => Self::Closed,
            "InviteNotificationReopened" if self == Self::Closed => Self::Invited,
            "InviteWithdrawn" if invited => Self::Nobody,
            "UserLeft" if self == Self::Accepted => Self::Nobody,
            "UserRemoved" if self != Self::Nobody => Self::Nobody,
            "AdmissionRefused" => self,
            _ => return None,
        })
    }
}

impl Order {
    /// What it comes to where a seat is free: an event and its code, or a code alone. `at_home`: in the admin's domain.
    pub fn comes_to(self, stands: Stands, at_home: bool) -> (Option<&'static str>, Code) {
        let column = match stands {
            Stands::Nobody => 0,
            Stands::Invited => 1,
            Stands::Closed => 2,
            Stands::Accepted => 3,
            Stands::Rejected => 4,
        };
        let cell = self.row(at_home)[column];
        let (event, code) = cell.split_once(' ').map_or((None, cell), |(event, code)| (Some(event), code));
        (event, code_of(code))
    }

    #[rustfmt::skip]
    fn row(self, at_home: bool) -> [&'static str; 5] {
        match self {
            Self::Paste | Self::Csv if at_home => ["UserAdded accepted", "UserAdded accepted", "UserAdded accepted",
                "already_accepted", "UserAdded accepted"],
            Self::Paste | Self::Csv | Self::Invite => ["UserInvited invited", "already_invited", "already_invited",
                "already_accepted", "UserInvited invited"],
            Self::Remove => ["not_on_license", "UserRemoved removed", "UserRemoved removed", "UserRemoved removed",
                "UserRemoved removed"],
            Self::Accept => ["no_invite", "InviteAccepted accepted", "InviteAccepted accepted", "already_accepted",
                "invite_declined"],
            Self::Decline => ["no_invite", "InviteDeclined declined", "InviteDeclined declined", "leave_instead",
                "already_declined"],
            Self::Close => ["no_invite", "InviteNotificationClosed notification_closed", "already_closed", "no_invite",
                "no_invite"],
            Self::Reopen => ["no_invite", "already_open", "InviteNotificationReopened notification_reopened", "no_invite",
                "no_invite"],
            Self::Join => ["JoinedWithLicenseKey accepted", "JoinedWithLicenseKey accepted",
                "JoinedWithLicenseKey accepted", "already_accepted", "JoinedWithLicenseKey accepted"],
            Self::Leave => ["not_a_member", "decline_instead", "decline_instead", "UserLeft left", "not_a_member"],
            Self::Withdraw => ["not_a_member", "InviteWithdrawn withdrawn", "InviteWithdrawn withdrawn",
                "remove_instead", "invite_declined"],
            Self::Seats => ["SeatLimitChanged changed"; 5],
        }
    }

    /// The event that stands where it says that it was done.
    pub fn event(self, code: Code) -> &'static str {
        if code.effect() == Effect::Refused {
            return "AdmissionRefused";
        }
        let done = self.row(true).into_iter().chain(self.row(false)).filter_map(|cell| cell.split_once(' '));
        done.into_iter().find(|(_, said)| *said == code.as_str()).map_or("", |(event, _)| event)
    }

    /// Whether it is an import of its own.
    pub const fn is_import(self) -> bool {
        matches!(self, Self::Paste | Self::Csv | Self::Invite | Self::Remove)
    }
}

/// A code by its text.
pub fn code_of(text: &str) -> Code {
    let found = Code::ALL.iter().find(|code| code.as_str() == text);
    *found.unwrap_or_else(|| panic!("{text} is no code"))
}
