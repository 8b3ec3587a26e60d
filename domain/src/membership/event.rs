//! The events of a membership's stream.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::{
    Code, Commitment, Door, KeyId, LicenseId, MailDomain, SubjectId,
    catalogue::{EventDescription, FIRST_COMMITMENT, Field, LICENSE, SUBJECT, field},
    event::VERSION,
};

/// Why it was an invite and not a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteReason {
    /// The admin does not administer the person's mail domain.
    NotDomainAdmin,
    /// The admin asked for the person's consent (`InviteUser`).
    ConsentAsked,
}

/// Why somebody declined. Codes only: free text about people never enters the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// No reason given.
    Unspecified,
    /// They do not know who invites them.
    UnknownSender,
    /// They do not need it.
    NotNeeded,
    /// The invite went to the wrong person or address.
    WrongPerson,
    /// They have a license already.
    AlreadyLicensed,
    /// They object to the use of their data.
    PrivacyConcern,
}

impl DeclineReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::UnknownSender,
        Self::NotNeeded,
        Self::WrongPerson,
        Self::AlreadyLicensed,
        Self::PrivacyConcern,
    ];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::UnknownSender => "unknown_sender",
            Self::NotNeeded => "not_needed",
            Self::WrongPerson => "wrong_person",
            Self::AlreadyLicensed => "already_licensed",
            Self::PrivacyConcern => "privacy_concern",
        }
    }
}

/// What happened to a membership. Fields stand in the order of their names (canonical JSON).
///
/// Events that can be the first of a stream name person and license, and the first holds the commitment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "described once, in the catalogue below")]
pub enum MembershipEvent {
    UserAdded {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<Commitment>,
        domain: MailDomain,
        license_id: LicenseId,
        subject_id: SubjectId,
    },
    UserInvited {
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<Commitment>,
        license_id: LicenseId,
        reason: InviteReason,
        subject_id: SubjectId,
    },
    InviteNotificationClosed {},
    InviteNotificationReopened {},
    InviteAccepted {},
    InviteDeclined {
        reason: DeclineReason,
    },
    JoinedWithLicenseKey {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<Commitment>,
        key_id: KeyId,
        license_id: LicenseId,
        subject_id: SubjectId,
    },
    InviteWithdrawn {},
    UserRemoved {},
    UserLeft {},
    UserErased {},
    AdmissionRefused {
        code: Code,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<Commitment>,
        door: Door,
        license_id: LicenseId,
        license_revision: u64,
        subject_id: SubjectId,
    },
}

impl MembershipEvent {
    /// Whether the person holds a seat once it has happened; nothing where that stays as it was. The same as of
    /// [`Standing::after`](super::Standing::after), for who does not know what was before.
    pub const fn holds_seat(&self) -> Option<bool> {
        match self {
            Self::UserAdded { .. }
            | Self::UserInvited { .. }
            | Self::JoinedWithLicenseKey { .. }
            | Self::InviteAccepted {} => Some(true),
            Self::InviteDeclined { .. }
            | Self::InviteWithdrawn {}
            | Self::UserRemoved {}
            | Self::UserLeft {}
            | Self::UserErased {} => Some(false),
            Self::InviteNotificationClosed {}
            | Self::InviteNotificationReopened {}
            | Self::AdmissionRefused { .. } => None,
        }
    }

    /// The person whom it names: every event that can be a membership's first one does.
    pub fn subject_id(&self) -> Option<SubjectId> {
        match self {
            Self::UserAdded { subject_id, .. }
            | Self::UserInvited { subject_id, .. }
            | Self::JoinedWithLicenseKey { subject_id, .. }
            | Self::AdmissionRefused { subject_id, .. } => Some(*subject_id),
            Self::InviteNotificationClosed {}
            | Self::InviteNotificationReopened {}
            | Self::InviteAccepted {}
            | Self::InviteDeclined { .. }
            | Self::InviteWithdrawn {}
            | Self::UserRemoved {}
            | Self::UserLeft {}
            | Self::UserErased {} => None,
        }
    }

    /// The type of a membership's stream.
    pub const STREAM: &'static str = "membership";

    /// What the catalogue says about it.
    pub fn description(&self) -> &'static EventDescription {
        match self {
            Self::UserAdded { .. } => &ADDED,
            Self::UserInvited { .. } => &INVITED,
            Self::InviteNotificationClosed {} => &CLOSED,
            Self::InviteNotificationReopened {} => &REOPENED,
            Self::InviteAccepted {} => &ACCEPTED,
            Self::InviteDeclined { .. } => &DECLINED,
            Self::JoinedWithLicenseKey { .. } => &JOINED,
            Self::InviteWithdrawn {} => &WITHDRAWN,
            Self::UserRemoved {} => &REMOVED,
            Self::UserLeft {} => &LEFT,
            Self::UserErased {} => &ERASED,
            Self::AdmissionRefused { .. } => &REFUSED,
        }
    }
}

impl DomainEvent for MembershipEvent {
    fn event_type(&self) -> String {
        self.description().name.to_owned()
    }

    fn event_version(&self) -> String {
        VERSION.to_owned()
    }
}

pub(crate) static ALL: [&EventDescription; 12] = [
    &ADDED, &INVITED, &CLOSED, &REOPENED, &ACCEPTED, &DECLINED, &JOINED, &WITHDRAWN, &REMOVED, &LEFT,
    &ERASED, &REFUSED,
];

const REASONS: &str =
    "`unspecified`, `unknown_sender`, `not_needed`, `wrong_person`, `already_licensed` or `privacy_concern`";
const READERS: &str = "members, spans, invites, why";

const fn membership_event(
    name: &'static str,
    meaning: &'static str,
    fields: &'static [Field],
    written_by: &'static str,
) -> EventDescription {
    let (stream, since, read_by) = (MembershipEvent::STREAM, "0.1.0", READERS);
    EventDescription { name, stream, since, meaning, fields, written_by, read_by }
}

static ADDED: EventDescription = membership_event(
    "UserAdded",
    "An admin who administers the person's mail domain added them: they joined at once.",
    &[
        FIRST_COMMITMENT,
        field(
            "domain",
            "text: the domain in ASCII (A-labels)",
            "the mail domain that both the person is in and the admin administers: why they joined at once",
        ),
        LICENSE,
        SUBJECT,
    ],
    "AddUsers",
);
static INVITED: EventDescription = membership_event(
    "UserInvited",
    "An admin added the person, who got an invite to accept or decline. It holds a seat.",
    &[
        field("attempt", "number", "which invite of this person to this license it is, counted from 1"),
        FIRST_COMMITMENT,
        LICENSE,
        field(
            "reason",
            "`not_domain_admin` or `consent_asked`",
            "why they did not join at once: the admin does not administer their mail domain, or asked for their consent",
        ),
        SUBJECT,
    ],
    "AddUsers, InviteUser",
);
static CLOSED: EventDescription = membership_event(
    "InviteNotificationClosed",
    "The person closed the notification of their invite. The invite stays open.",
    &[],
    "CloseNotification",
);
static REOPENED: EventDescription = membership_event(
    "InviteNotificationReopened",
    "The person reopened the notification of their invite.",
    &[],
    "ReopenNotification",
);
static ACCEPTED: EventDescription =
    membership_event("InviteAccepted", "The person accepted their invite and joined.", &[], "AcceptInvite");
static DECLINED: EventDescription = membership_event(
    "InviteDeclined",
    "The person declined their invite. Its seat is free again.",
    &[field("reason", REASONS, "why, if they said")],
    "DeclineInvite",
);
static JOINED: EventDescription = membership_event(
    "JoinedWithLicenseKey",
    "The person entered a license key and joined at once.",
    &[FIRST_COMMITMENT, field("key_id", "UUID", "which key"), LICENSE, SUBJECT],
    "JoinWithKey",
);
static WITHDRAWN: EventDescription = membership_event(
    "InviteWithdrawn",
    "An admin took back an open invite. Its seat is free again.",
    &[],
    "WithdrawInvite",
);
static REMOVED: EventDescription = membership_event(
    "UserRemoved",
    "An admin took the person off the license. A seat that they held is free again.",
    &[],
    "RemoveUsers",
);
static LEFT: EventDescription = membership_event(
    "UserLeft",
    "The person left the license. Their seat is free again.",
    &[],
    "LeaveLicense",
);
static ERASED: EventDescription = membership_event(
    "UserErased",
    "The person was erased from the installation, and with that from the license. A seat that they held is free again.",
    &[],
    "EraseSubject",
);
static REFUSED: EventDescription = membership_event(
    "AdmissionRefused",
    "The person could not join or be invited just then. Whether they are on the license, and how, is as before.",
    &[
        field("code", "outcome code", "the rule that turned them away; see outcomes.md"),
        FIRST_COMMITMENT,
        field("door", "`email`, `csv`, `invite` or `license_key`", "by which way they tried to come in"),
        LICENSE,
        field(
            "license_revision",
            "number",
            "how many events the stream of the license had then: with it, the rule can be checked again",
        ),
        SUBJECT,
    ],
    "AddUsers, InviteUser, AcceptInvite, JoinWithKey",
);
