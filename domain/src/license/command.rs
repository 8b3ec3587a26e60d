//! What can be asked of a license.

use chrono::NaiveDate;

use super::{
    proof::DomainProof,
    state::{Plan, StaffRole},
};
use crate::{Commitment, KeyId, LicenseName, MailDomain, SubjectId};

/// A key to be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewKey {
    /// Its id; the key itself stays outside the log.
    pub key_id: KeyId,
    /// How many people can join with it.
    pub limit: Option<u64>,
    /// The last day, UTC.
    pub ends: Option<NaiveDate>,
}

/// An order to a license. Ids and facts from outside are in it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant and field is its own name; DESIGN §4 lists them")]
pub enum LicenseCommand {
    CreateLicense {
        name: LicenseName,
        plan: Plan,
        seat_limit: u64,
        ends: Option<NaiveDate>,
        admin: SubjectId,
        commitment: Commitment,
        domains: Vec<MailDomain>,
        key: NewKey,
    },
    RenameLicense {
        name: LicenseName,
    },
    ChangePlan {
        plan: Plan,
    },
    /// `held`: the seats held when asked; the commit asserts it again.
    ChangeSeatLimit {
        seat_limit: u64,
        held: u64,
    },
    ChangeTerm {
        ends: Option<NaiveDate>,
    },
    GrantAdmin {
        subject: SubjectId,
        commitment: Commitment,
    },
    RevokeAdmin {
        subject: SubjectId,
    },
    /// `proof`: what was seen that shows the domain to be the admin's; nothing where the operator says so.
    GrantDomain {
        subject: SubjectId,
        domain: MailDomain,
        proof: Option<DomainProof>,
    },
    RevokeDomain {
        subject: SubjectId,
        domain: MailDomain,
    },
    GrantStaff {
        subject: SubjectId,
        role: StaffRole,
        commitment: Commitment,
    },
    RevokeStaff {
        subject: SubjectId,
        role: StaffRole,
    },
    IssueKey(NewKey),
    /// Another key takes the place of one, which goes on until a day.
    RotateKey {
        old: KeyId,
        old_ends: NaiveDate,
        new: NewKey,
    },
    /// The text of a key is shown to whoever asks for it.
    ShowKey {
        key_id: KeyId,
    },
    RevokeKey {
        key_id: KeyId,
    },
}
