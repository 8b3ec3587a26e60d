//! Why a command was refused, and what to do about it.

mod about;

use chrono::NaiveDate;

use crate::{LicenseId, LicenseName, MailDomain, code::Code};

pub use about::About;

/// A rule said no. [`Refusal::about`] says what happened, [`Refusal::hint`] what to do. Holds nothing about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant has a sentence in `about.rs`")]
pub enum Refusal {
    SeatLimit { limit: u64 },
    LicenseExpired { ended: NaiveDate },
    PlanRequired,
    NotPermitted,
    OperatorOnly,
    KeyUnknown,
    KeyMistyped(crate::license_key::LicenseKeyError),
    KeyUsedUp { limit: u64 },
    KeyExpired { ended: NaiveDate },
    KeyRevoked,
    KeyNotKept,
    KeySealed,
    NoInvite,
    NoInviteJoined,
    NoInviteDeclined,
    InviteDeclined,
    NoneToWithdraw,
    LeaveInstead,
    DeclineInstead,
    RemoveInstead,
    NotAMember,
    NothingToWithdraw,
    EndInPast { ends: NaiveDate, today: NaiveDate },
    SeatsHeld { held: u64, limit: u64 },
    LastAdmin,
    LastAdminOf { licenses: Vec<(LicenseId, LicenseName)> },
    Erased,
    NotAnAdmin,
    DomainOfMany { domain: MailDomain },
    DomainTooLong { domain: MailDomain },
    UnknownLicense,
    LicenseExists,
    UnknownImport,
    ImportEnded,
    ImportRunning,
    ChangedSince { what: &'static str },
    InvitedBefore,
    HadDeclined,
    RowsApplied { applied: u64 },
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::SeatLimit { .. } => Code::SeatLimit,
            Self::LicenseExpired { .. } => Code::LicenseExpired,
            Self::PlanRequired => Code::PlanRequired,
            Self::NotPermitted | Self::OperatorOnly => Code::NotPermitted,
            Self::KeyUnknown => Code::KeyUnknown,
            Self::KeyMistyped(_) => Code::KeyMistyped,
            Self::KeyUsedUp { .. } => Code::KeyUsedUp,
            Self::KeyExpired { .. } => Code::KeyExpired,
            Self::KeyRevoked => Code::KeyRevoked,
            Self::KeyNotKept => Code::KeyNotKept,
            Self::KeySealed => Code::KeySealed,
            Self::NoInvite | Self::NoInviteJoined | Self::NoInviteDeclined => Code::NoInvite,
            Self::InviteDeclined | Self::NoneToWithdraw => Code::InviteDeclined,
            Self::LeaveInstead => Code::LeaveInstead,
            Self::DeclineInstead => Code::DeclineInstead,
            Self::RemoveInstead => Code::RemoveInstead,
            Self::NotAMember | Self::NothingToWithdraw => Code::NotAMember,
            Self::EndInPast { .. } => Code::EndInPast,
            Self::SeatsHeld { .. } => Code::SeatsHeld,
            Self::LastAdmin | Self::LastAdminOf { .. } => Code::LastAdmin,
            Self::Erased => Code::Erased,
            Self::NotAnAdmin => Code::NotAnAdmin,
            Self::DomainOfMany { .. } | Self::DomainTooLong { .. } => Code::DomainNotProvable,
            Self::UnknownLicense => Code::UnknownLicense,
            Self::LicenseExists => Code::LicenseExists,
            Self::UnknownImport => Code::UnknownImport,
            Self::ImportEnded => Code::ImportEnded,
            Self::ImportRunning => Code::ImportRunning,
            Self::ChangedSince { .. } => Code::ChangedSince,
            Self::InvitedBefore => Code::InvitedBefore,
            Self::HadDeclined => Code::HadDeclined,
            Self::RowsApplied { .. } => Code::RowsApplied,
        }
    }

    /// What to do next, and who can do it.
    pub fn hint(&self) -> &'static str {
        match self {
            // One code, several situations: each with the words for who is in it.
            Self::OperatorOnly => "Ask the operator to do it.",
            Self::NotAMember => {
                "Check the license, and as whom you leave: only somebody who has joined can leave."
            }
            Self::NothingToWithdraw => {
                "Check the address and the license: only an open invite can be withdrawn."
            }
            Self::NoInviteJoined => {
                "Nothing to do: whoever has joined needs no invite. To give up the seat, the person leaves the license."
            }
            Self::NoInviteDeclined => hint(Code::InviteDeclined),
            Self::LastAdminOf { .. } => "Make somebody else an admin of each of these licenses first.",
            Self::NoneToWithdraw => {
                "Nothing to do: they hold no seat. An admin can add them again, or remove them, which takes them off the list."
            }
            _ => hint(self.code()),
        }
    }

    /// Whether a good person was turned away at a door: that is history (`AdmissionRefused`).
    pub fn is_admission(&self) -> bool {
        match self {
            Self::SeatLimit { .. }
            | Self::LicenseExpired { .. }
            | Self::PlanRequired
            | Self::NotPermitted
            | Self::KeyUsedUp { .. }
            | Self::KeyExpired { .. }
            | Self::KeyRevoked => true,
            Self::OperatorOnly
            | Self::NothingToWithdraw
            | Self::EndInPast { .. }
            | Self::KeyUnknown
            | Self::KeyMistyped(_)
            | Self::KeyNotKept
            | Self::KeySealed
            | Self::NoInvite
            | Self::NoInviteJoined
            | Self::NoInviteDeclined
            | Self::InviteDeclined
            | Self::NoneToWithdraw
            | Self::LeaveInstead
            | Self::DeclineInstead
            | Self::RemoveInstead
            | Self::NotAMember
            | Self::SeatsHeld { .. }
            | Self::LastAdmin
            | Self::LastAdminOf { .. }
            | Self::Erased
            | Self::NotAnAdmin
            | Self::DomainOfMany { .. }
            | Self::DomainTooLong { .. }
            | Self::UnknownLicense
            | Self::LicenseExists
            | Self::UnknownImport
            | Self::ImportEnded
            | Self::ImportRunning
            | Self::ChangedSince { .. }
            | Self::InvitedBefore
            | Self::HadDeclined
            | Self::RowsApplied { .. } => false,
        }
    }
}

/// What to do after a refusal of this code; empty for outcomes that need nothing.
pub const fn hint(code: Code) -> &'static str {
    match code {
        Code::InvalidEmail => "Correct the address and add it again. Write it like ada@example.org.",
        Code::MissingEmail => "Fill in the Email column of this row, or delete the row.",
        Code::DuplicateInFile => "Nothing to do: the first one counts.",
        Code::SeatLimit => {
            "An admin can free a seat by removing people or withdrawing invites; the operator can add seats. Then try again."
        }
        Code::LicenseExpired => "The operator can renew the license; then try again.",
        Code::PlanRequired => "The operator can move the license to a paid plan; then try again.",
        Code::NotPermitted => "Ask an admin of the license to do it, or to make you one.",
        Code::KeyUnknown => "Check the key with whoever gave it to you.",
        Code::KeyMistyped => {
            "Type the key again, just as it was given to you: five groups of five letters and digits."
        }
        Code::KeyUsedUp | Code::KeyExpired | Code::KeyRevoked => {
            "Ask an admin of the license for a new key, or to add you."
        }
        Code::KeyNotKept => {
            "Whoever has the key can go on with it. To have one that can be shown, issue another and let this one end."
        }
        Code::KeySealed => {
            "The operator has to give this node the secret that was in use when the key was issued. Until then, issue another key."
        }
        Code::NoInvite => {
            "An admin of the license can send a new invite; with the license key, nobody needs one."
        }
        Code::InviteDeclined => {
            "To join after all, the person is added again by an admin, or enters the license key if they have it."
        }
        Code::LeaveInstead => "To give up the seat, the person leaves the license.",
        Code::DeclineInstead => "To turn the invite down, the person declines it.",
        Code::RemoveInstead => "To take the seat back, an admin removes the person.",
        Code::NotAMember => {
            "Check the address and the license: only members can leave, and only an open invite can be withdrawn."
        }
        Code::SeatsHeld => {
            "Choose a limit that is not below the seats held, or let an admin remove people first."
        }
        Code::LastAdmin => "Make somebody else an admin first.",
        Code::NotAnAdmin => "Make the person an admin of the license first.",
        Code::DomainNotProvable => {
            "Ask the operator to grant the domain, if all people in it are yours; or add people, who then get an invite."
        }
        Code::EndInPast => "Give a day that is not past, or leave it out.",
        Code::UnknownLicense => "Check the license id: `seatbook license list` shows all of them.",
        Code::LicenseExists => "Leave the id out: the license then gets one of its own.",
        Code::UnknownPerson => "Check the address: Seatbook knows nobody by it, or not here.",
        Code::UnknownImport => {
            "Check the import id and the license: `seatbook imports list` shows all of them."
        }
        Code::ImportEnded => "Undo it to take back what it did, or start a new import.",
        Code::RowsApplied => "Nothing to do: each row is applied once.",
        Code::ImportRunning => "Wait until it has ended, or cancel it; then try again.",
        Code::Erased => {
            "Nothing to do. If they ask for it themselves, an admin can add them anew, as somebody new."
        }
        Code::ChangedSince => {
            "Nothing to do, if that is as it should be; an admin can also add or remove them by hand."
        }
        Code::InvitedBefore => "If they should go, an admin can remove them by hand.",
        Code::HadDeclined => "If they should be asked again, an admin can add them by hand.",
        Code::UploadLost | Code::UploadChanged => {
            "Upload the file again: what was applied stays, and nobody is added twice."
        }
        Code::Accepted
        | Code::Invited
        | Code::Removed
        | Code::Declined
        | Code::Left
        | Code::Withdrawn
        | Code::NotificationClosed
        | Code::NotificationReopened
        | Code::Changed
        | Code::AlreadyAccepted
        | Code::AlreadyInvited
        | Code::AlreadyDeclined
        | Code::AlreadyClosed
        | Code::AlreadyOpen
        | Code::NotOnLicense
        | Code::Unchanged => "",
    }
}
