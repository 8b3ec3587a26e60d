//! Outcomes that a preview tells: nothing has happened yet.

use crate::Code;

/// One sentence for people, about what would be.
pub const fn forecast(code: Code) -> &'static str {
    match code {
        Code::Accepted => {
            "The person would join the license: they would hold a seat, and nothing more would be required."
        }
        Code::Invited => {
            "The person would get an invite to accept or decline; a seat would be held for them."
        }
        Code::Removed => {
            "The person would be taken off the license; a seat that they hold would be free again."
        }
        Code::Withdrawn => "The invite would be withdrawn; its seat would be free again.",
        Code::AlreadyAccepted => "The person has joined already.",
        Code::AlreadyInvited => "The person has an open invite already.",
        Code::NotOnLicense => "The person is not on the license.",
        _ => code.meaning(),
    }
}
