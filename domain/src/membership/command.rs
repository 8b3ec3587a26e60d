//! What can be asked of a membership.

use super::event::DeclineReason;
use crate::{Code, Commitment, Door, KeyId, LicenseId, MailDomain, Refusal, SubjectId};

/// The person, and the license that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The license.
    pub license_id: LicenseId,
    /// The person.
    pub subject_id: SubjectId,
    /// Goes into the first event of the membership.
    pub commitment: Commitment,
}

/// Who adds, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddedBy {
    /// An admin of the person's mail domain: they join at once.
    DomainAdmin(MailDomain),
    /// Another admin: they get an invite.
    OtherAdmin,
    /// An admin who asks for consent, in whatever domain: they get an invite.
    AdminAskingConsent,
}

/// Whether the license admits anybody just now. Facts from outside the membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Plan, term, key: [`crate::License::open_on`].
    pub open: Result<(), Refusal>,
    /// Whether a seat is free.
    pub seat_free: bool,
    /// The license's limit, for the refusal's text.
    pub seat_limit: u64,
}

impl Gate {
    /// Lets somebody through, or says why not.
    pub(crate) fn admit(self, holds_seat: bool) -> Result<(), Refusal> {
        self.open?;
        if holds_seat || self.seat_free { Ok(()) } else { Err(Refusal::SeatLimit { limit: self.seat_limit }) }
    }
}

/// An order to a membership. Ids and facts from outside are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant and field is its own name; DESIGN §4 lists them")]
pub enum MembershipCommand {
    Add {
        person: Person,
        by: AddedBy,
        gate: Gate,
    },
    CloseNotification,
    ReopenNotification,
    AcceptInvite {
        gate: Gate,
    },
    DeclineInvite {
        reason: DeclineReason,
    },
    JoinWithKey {
        person: Person,
        key_id: KeyId,
        gate: Gate,
    },
    WithdrawInvite,
    Remove,
    Leave,
    /// Ends the membership because its person is erased.
    Erase,
    /// Writes a refusal into the history, unless it stands there already and nothing has changed.
    RecordRefusal {
        person: Person,
        door: Door,
        code: Code,
        license_revision: u64,
    },
}
