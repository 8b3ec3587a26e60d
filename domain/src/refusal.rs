//! Why a command was refused, and what to do about it.

use chrono::NaiveDate;

use crate::{code::Code, number::grouped};

/// A rule said no. `Display` says what happened, [`Refusal::hint`] what to do. Holds nothing about a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is its own sentence")]
pub enum Refusal {
    #[error("No seat is free: {0} of {0} are held.", grouped(*limit))]
    SeatLimit { limit: u64 },
    #[error("The license ended on {ended}.")]
    LicenseExpired { ended: NaiveDate },
    #[error("The license is on the free plan, where nobody can be added.")]
    PlanRequired,
    #[error("You are not an admin of this license.")]
    NotPermitted,
    #[error("Only the operator can do this.")]
    OperatorOnly,
    #[error("No license has this key.")]
    KeyUnknown,
    #[error("The license key can't be right: {0}.")]
    KeyMistyped(crate::license_key::LicenseKeyError),
    #[error("This license key is used up: {0} of {0} people have joined with it.", grouped(*limit))]
    KeyUsedUp { limit: u64 },
    #[error("This license key ended on {ended}.")]
    KeyExpired { ended: NaiveDate },
    #[error("This license key was revoked.")]
    KeyRevoked,
    #[error("There is no open invite to this license.")]
    NoInvite,
    #[error("The invite was declined.")]
    InviteDeclined,
    #[error("There is no invite left to decline: the person has joined already.")]
    LeaveInstead,
    #[error("There is nothing to leave yet: the invite is still open.")]
    DeclineInstead,
    #[error("There is no invite left to withdraw: the person has joined already.")]
    RemoveInstead,
    #[error("The person is not a member of this license.")]
    NotAMember,
    #[error("There is no invite to withdraw: the person is not on this license.")]
    NothingToWithdraw,
    #[error("{ends} is past already: today is {today}, UTC.")]
    EndInPast { ends: NaiveDate, today: NaiveDate },
    #[error("The limit can't be {}: {} seats are held.", grouped(*limit), grouped(*held))]
    SeatsHeld { held: u64, limit: u64 },
    #[error("This is the license's only admin.")]
    LastAdmin,
    #[error("The person is not an admin of this license.")]
    NotAnAdmin,
    #[error("There is no such license.")]
    UnknownLicense,
    #[error("There is already a license with this id.")]
    LicenseExists,
    #[error("There is no such import.")]
    UnknownImport,
    #[error("The import has ended.")]
    ImportEnded,
    #[error("The import has applied its rows up to {applied}: these rows do not come next.")]
    RowsApplied { applied: u64 },
}

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
            Self::NoInvite => Code::NoInvite,
            Self::InviteDeclined => Code::InviteDeclined,
            Self::LeaveInstead => Code::LeaveInstead,
            Self::DeclineInstead => Code::DeclineInstead,
            Self::RemoveInstead => Code::RemoveInstead,
            Self::NotAMember | Self::NothingToWithdraw => Code::NotAMember,
            Self::EndInPast { .. } => Code::EndInPast,
            Self::SeatsHeld { .. } => Code::SeatsHeld,
            Self::LastAdmin => Code::LastAdmin,
            Self::NotAnAdmin => Code::NotAnAdmin,
            Self::UnknownLicense => Code::UnknownLicense,
            Self::LicenseExists => Code::LicenseExists,
            Self::UnknownImport => Code::UnknownImport,
            Self::ImportEnded => Code::ImportEnded,
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
            | Self::NoInvite
            | Self::InviteDeclined
            | Self::LeaveInstead
            | Self::DeclineInstead
            | Self::RemoveInstead
            | Self::NotAMember
            | Self::SeatsHeld { .. }
            | Self::LastAdmin
            | Self::NotAnAdmin
            | Self::UnknownLicense
            | Self::LicenseExists
            | Self::UnknownImport
            | Self::ImportEnded
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
        Code::KeyUnknown => {
            "Check the key with whoever gave it to you. To revoke a key, name it by its id: `seatbook license show` lists them."
        }
        Code::KeyMistyped => {
            "Type the key again, just as it was given to you: five groups of five letters and digits."
        }
        Code::KeyUsedUp | Code::KeyExpired | Code::KeyRevoked => {
            "Ask an admin of the license for a new key, or to add you."
        }
        Code::NoInvite => {
            "The person can ask an admin of the license to be added, or enter the license key if they have it."
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
        Code::EndInPast => "Give a day that is not past, or leave it out.",
        Code::UnknownLicense => "Check the license id: `seatbook license list` shows all of them.",
        Code::LicenseExists => "Leave the id out: the license then gets one of its own.",
        Code::UnknownPerson => "Check the address: Seatbook knows nobody by it on this license.",
        Code::UnknownImport => "Check the import id: the license's Imports page lists all of them.",
        Code::ImportEnded => "Start a new import.",
        Code::RowsApplied => "Nothing to do: each row is applied once.",
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
