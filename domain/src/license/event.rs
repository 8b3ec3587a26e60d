//! The events of a license's stream.

use chrono::NaiveDate;
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{
    proof::DomainProof,
    state::{Plan, StaffRole},
};
use crate::{
    Commitment, KeyId, LicenseName, MailDomain, SubjectId,
    catalogue::{COMMITMENT, EventDescription, Field, SUBJECT, field},
    event::VERSION,
};

/// What happened to a license. Fields stand in the order of their names (canonical JSON).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "described once, in the catalogue below")]
pub enum LicenseEvent {
    LicenseCreated {
        ends: Option<NaiveDate>,
        name: LicenseName,
        plan: Plan,
        seat_limit: u64,
    },
    LicenseRenamed {
        name: LicenseName,
    },
    LicensePlanChanged {
        plan: Plan,
    },
    SeatLimitChanged {
        seat_limit: u64,
    },
    LicenseTermChanged {
        ends: Option<NaiveDate>,
    },
    LicenseAdminGranted {
        commitment: Commitment,
        subject_id: SubjectId,
    },
    LicenseAdminRevoked {
        subject_id: SubjectId,
    },
    DomainAdminGranted {
        domain: MailDomain,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<DomainProof>,
        subject_id: SubjectId,
    },
    DomainAdminRevoked {
        domain: MailDomain,
        subject_id: SubjectId,
    },
    LicenseStaffGranted {
        commitment: Commitment,
        role: StaffRole,
        subject_id: SubjectId,
    },
    LicenseStaffRevoked {
        role: StaffRole,
        subject_id: SubjectId,
    },
    LicenseKeyIssued {
        ends: Option<NaiveDate>,
        key_id: KeyId,
        limit: Option<u64>,
    },
    LicenseKeyEndChanged {
        ends: Option<NaiveDate>,
        key_id: KeyId,
    },
    LicenseKeyShown {
        key_id: KeyId,
    },
    LicenseKeyRevoked {
        key_id: KeyId,
    },
}

impl LicenseEvent {
    /// The type of a license's stream.
    pub const STREAM: &'static str = "license";

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::LicenseCreated { .. } => &CREATED,
            Self::LicenseRenamed { .. } => &RENAMED,
            Self::LicensePlanChanged { .. } => &PLAN_CHANGED,
            Self::SeatLimitChanged { .. } => &SEAT_LIMIT_CHANGED,
            Self::LicenseTermChanged { .. } => &TERM_CHANGED,
            Self::LicenseAdminGranted { .. } => &ADMIN_GRANTED,
            Self::LicenseAdminRevoked { .. } => &ADMIN_REVOKED,
            Self::DomainAdminGranted { .. } => &DOMAIN_GRANTED,
            Self::DomainAdminRevoked { .. } => &DOMAIN_REVOKED,
            Self::LicenseStaffGranted { .. } => &STAFF_GRANTED,
            Self::LicenseStaffRevoked { .. } => &STAFF_REVOKED,
            Self::LicenseKeyIssued { .. } => &KEY_ISSUED,
            Self::LicenseKeyEndChanged { .. } => &KEY_END_CHANGED,
            Self::LicenseKeyShown { .. } => &KEY_SHOWN,
            Self::LicenseKeyRevoked { .. } => &KEY_REVOKED,
        }
    }
}

impl DomainEvent for LicenseEvent {
    fn event_type(&self) -> String {
        self.description().name.to_owned()
    }

    fn event_version(&self) -> String {
        VERSION.to_owned()
    }
}

pub(crate) static ALL: [&EventDescription; 15] = [
    &CREATED,
    &RENAMED,
    &PLAN_CHANGED,
    &SEAT_LIMIT_CHANGED,
    &TERM_CHANGED,
    &ADMIN_GRANTED,
    &ADMIN_REVOKED,
    &DOMAIN_GRANTED,
    &DOMAIN_REVOKED,
    &STAFF_GRANTED,
    &STAFF_REVOKED,
    &KEY_ISSUED,
    &KEY_END_CHANGED,
    &KEY_SHOWN,
    &KEY_REVOKED,
];

const fn license_event(
    name: &'static str,
    meaning: &'static str,
    fields: &'static [Field],
    written_by: &'static str,
    read_by: &'static str,
) -> EventDescription {
    EventDescription {
        name,
        stream: LicenseEvent::STREAM,
        since: "0.1.0",
        meaning,
        fields,
        written_by,
        read_by,
    }
}

static CREATED: EventDescription = license_event(
    "LicenseCreated",
    "A license was set up. The events that follow at once name its first admin, their mail domains and a key.",
    &[
        field("ends", "date or null", "the last day of the term, UTC; null: no end"),
        field("name", "text", "what the license is called"),
        field("plan", "`paid` or `free`", "on the free plan nobody can be added"),
        field("seat_limit", "number", "how many seats can be held"),
    ],
    "CreateLicense",
    "licenses",
);
static RENAMED: EventDescription = license_event(
    "LicenseRenamed",
    "The license got another name.",
    &[field("name", "text", "the new name")],
    "RenameLicense",
    "licenses",
);
static PLAN_CHANGED: EventDescription = license_event(
    "LicensePlanChanged",
    "The license moved to another plan.",
    &[field("plan", "`paid` or `free`", "the new plan")],
    "ChangePlan",
    "licenses",
);
static SEAT_LIMIT_CHANGED: EventDescription = license_event(
    "SeatLimitChanged",
    "The license got more seats, or fewer.",
    &[field("seat_limit", "number", "the new limit; never below the seats held")],
    "ChangeSeatLimit",
    "licenses",
);
static TERM_CHANGED: EventDescription = license_event(
    "LicenseTermChanged",
    "The license ends on another day than before, or has no end any more.",
    &[field("ends", "date or null", "the last day of the term, UTC; null: no end")],
    "ChangeTerm",
    "licenses",
);
static ADMIN_GRANTED: EventDescription = license_event(
    "LicenseAdminGranted",
    "Somebody became an admin of the license.",
    &[COMMITMENT, SUBJECT],
    "CreateLicense, GrantAdmin",
    "licenses",
);
static ADMIN_REVOKED: EventDescription = license_event(
    "LicenseAdminRevoked",
    "Somebody is no longer an admin of the license, nor of any mail domain on it.",
    &[SUBJECT],
    "RevokeAdmin",
    "licenses",
);
static DOMAIN_GRANTED: EventDescription = license_event(
    "DomainAdminGranted",
    "An admin of the license began to administer a mail domain: people whom they add there join at once.",
    &[
        field("domain", "text: the domain in ASCII (A-labels)", "the mail domain, without its subdomains"),
        field(
            "proof",
            "object, optional",
            "what was seen that shows the domain to be the admin's: `method` `dns_txt`, and the name (`record`) and the \
             text (`value`) of the TXT record; absent where the operator granted it",
        ),
        SUBJECT,
    ],
    "CreateLicense, GrantDomain, ProveDomain",
    "licenses",
);
static DOMAIN_REVOKED: EventDescription = license_event(
    "DomainAdminRevoked",
    "An admin of the license ceased to administer a mail domain: people whom they add there get an invite.",
    &[field("domain", "text: the domain in ASCII (A-labels)", "the mail domain"), SUBJECT],
    "RevokeDomain",
    "licenses",
);
const ROLE: Field = field(
    "role",
    "`auditor` or `support`",
    "what they may read: everything; or who is on the license and why, without keys and settings",
);
static STAFF_GRANTED: EventDescription = license_event(
    "LicenseStaffGranted",
    "Somebody who need not administer the license may read it from now on.",
    &[COMMITMENT, ROLE, SUBJECT],
    "GrantStaff",
    "licenses",
);
static STAFF_REVOKED: EventDescription = license_event(
    "LicenseStaffRevoked",
    "Somebody may no longer read the license in that role.",
    &[ROLE, SUBJECT],
    "RevokeStaff",
    "licenses",
);
static KEY_ISSUED: EventDescription = license_event(
    "LicenseKeyIssued",
    "A license key was issued: people who enter it join at once.",
    &[
        field("ends", "date or null", "the last day of the key, UTC; null: no end of its own"),
        field("key_id", "UUID", "stands for the key, which is itself in no event"),
        field(
            "limit",
            "number or null",
            "how many people can join with the key; null: as many as there are seats",
        ),
    ],
    "CreateLicense, IssueKey, RotateKey",
    "licenses",
);
static KEY_END_CHANGED: EventDescription = license_event(
    "LicenseKeyEndChanged",
    "A license key ends on another day than before, as when another one takes its place: until then both open the license.",
    &[
        field("ends", "date or null", "the last day of the key, UTC; null: no end of its own"),
        field("key_id", "UUID", "stands for the key"),
    ],
    "RotateKey",
    "licenses",
);
static KEY_SHOWN: EventDescription = license_event(
    "LicenseKeyShown",
    "Somebody had the text of a license key shown to them after it was issued: whoever has it can let people in.",
    &[field("key_id", "UUID", "stands for the key")],
    "ShowKey",
    "audit",
);
static KEY_REVOKED: EventDescription = license_event(
    "LicenseKeyRevoked",
    "A license key was revoked: nobody can join with it any more. People who have joined with it stay.",
    &[field("key_id", "UUID", "stands for the key")],
    "RevokeKey",
    "licenses",
);
