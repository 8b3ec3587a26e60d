//! Outcome codes: the same in events, API, command line, CSV reports and pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What an outcome did to the license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Something is different now.
    Changed,
    /// It was so already.
    Unchanged,
    /// It was refused; the hint says what to do.
    Refused,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal $effect:ident;)*) => {
        /// A stable outcome code. Codes are added, never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])* $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written everywhere.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What the outcome did.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$variant => Effect::$effect,)* }
            }

            /// One sentence for people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*).trim_ascii_start(),)* }
            }
        }
    };
}

codes! {
    /// The person joined the license: they hold a seat, and nothing more is required.
    Accepted = "accepted" Changed;
    /// The person got an invite to accept or decline; a seat is held for them.
    Invited = "invited" Changed;
    /// The person was taken off the license.
    Removed = "removed" Changed;
    /// The person declined the invite; its seat is free again.
    Declined = "declined" Changed;
    /// The person left the license; their seat is free again.
    Left = "left" Changed;
    /// The invite was withdrawn; its seat is free again.
    Withdrawn = "withdrawn" Changed;
    /// The notification was closed; the invite stays open.
    NotificationClosed = "notification_closed" Changed;
    /// The notification is shown again.
    NotificationReopened = "notification_reopened" Changed;
    /// The change was made.
    Changed = "changed" Changed;
    /// The person had joined already.
    AlreadyAccepted = "already_accepted" Unchanged;
    /// The person had an open invite already.
    AlreadyInvited = "already_invited" Unchanged;
    /// The person had declined the invite already.
    AlreadyDeclined = "already_declined" Unchanged;
    /// The notification was closed already.
    AlreadyClosed = "already_closed" Unchanged;
    /// The notification was open already.
    AlreadyOpen = "already_open" Unchanged;
    /// The person was not on the license.
    NotOnLicense = "not_on_license" Unchanged;
    /// It was so already.
    Unchanged = "unchanged" Unchanged;
    /// The e-mail address is not well-formed.
    InvalidEmail = "invalid_email" Refused;
    /// The row has no e-mail address.
    MissingEmail = "missing_email" Refused;
    /// The same address stands earlier in the same file or list.
    DuplicateInFile = "duplicate_in_file" Refused;
    /// No seat of the license is free.
    SeatLimit = "seat_limit" Refused;
    /// The license has ended.
    LicenseExpired = "license_expired" Refused;
    /// The license is on the free plan, where nobody can be added.
    PlanRequired = "plan_required" Refused;
    /// Whoever asked is not an admin of the license, or is one no longer.
    NotPermitted = "not_permitted" Refused;
    /// No license has this key.
    KeyUnknown = "key_unknown" Refused;
    /// The key has a typing mistake.
    KeyMistyped = "key_mistyped" Refused;
    /// As many people have joined with the key as it allows.
    KeyUsedUp = "key_used_up" Refused;
    /// The key has ended.
    KeyExpired = "key_expired" Refused;
    /// The key was revoked.
    KeyRevoked = "key_revoked" Refused;
    /// The text of the key is not kept: it can't be shown again.
    KeyNotKept = "key_not_kept" Refused;
    /// The text of the key is kept, sealed with a secret that is not here.
    KeySealed = "key_sealed" Refused;
    /// The person has no open invite to the license.
    NoInvite = "no_invite" Refused;
    /// The person has declined the invite, so it is not open any more.
    InviteDeclined = "invite_declined" Refused;
    /// The person has joined, so there is no invite to decline any more.
    LeaveInstead = "leave_instead" Refused;
    /// The person has not joined yet, so there is nothing to leave.
    DeclineInstead = "decline_instead" Refused;
    /// The person has joined, so there is no invite to withdraw any more.
    RemoveInstead = "remove_instead" Refused;
    /// The person is not on the license.
    NotAMember = "not_a_member" Refused;
    /// More seats are held than the new limit allows.
    SeatsHeld = "seats_held" Refused;
    /// The license would be left without an admin.
    LastAdmin = "last_admin" Refused;
    /// The person is not an admin of the license.
    NotAnAdmin = "not_an_admin" Refused;
    /// The mail domain can't be proved to be somebody's: many share it, or its name is too long.
    DomainNotProvable = "domain_not_provable" Refused;
    /// The last day is past already.
    EndInPast = "end_in_past" Refused;
    /// There is no such license.
    UnknownLicense = "unknown_license" Refused;
    /// There is already a license with this id.
    LicenseExists = "license_exists" Refused;
    /// There is no such person.
    UnknownPerson = "unknown_person" Refused;
    /// There is no such import.
    UnknownImport = "unknown_import" Refused;
    /// The import has ended.
    ImportEnded = "import_ended" Refused;
    /// These are not the rows that come next in the import; usually they are applied already.
    RowsApplied = "rows_applied" Refused;
    /// The import is not done yet.
    ImportRunning = "import_running" Refused;
    /// The person was erased, and is not brought back by what was begun before.
    Erased = "erased" Refused;
    /// Something happened to the person after the import, so what it did is not undone.
    ChangedSince = "changed_since" Refused;
    /// The person had an invite before the import, so they are not taken off the license.
    InvitedBefore = "invited_before" Refused;
    /// The person had declined before the import removed them, so they are not invited again.
    HadDeclined = "had_declined" Refused;
    /// The uploaded file is not there any more, so its import could not go on.
    UploadLost = "upload_lost" Refused;
    /// The uploaded file is not what was uploaded, so its import could not go on.
    UploadChanged = "upload_changed" Refused;
}

// By their text, so that a map of counts is written in canonical order.
impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| format!("no outcome code '{text}'"))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// How many items had which outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<Code, u64>);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, code: Code) {
        *self.0.entry(code).or_default() += 1;
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: &Self) {
        for (code, n) in &other.0 {
            let sum = self.0.entry(*code).or_default();
            *sum = sum.saturating_add(*n);
        }
    }

    /// Of one code.
    pub fn of(&self, code: Code) -> u64 {
        self.0.get(&code).copied().unwrap_or_default()
    }

    /// Of all codes.
    pub fn total(&self) -> u64 {
        self.0.values().copied().fold(0, u64::saturating_add)
    }

    /// Of all codes that change something.
    pub fn changed(&self) -> u64 {
        self.with(Effect::Changed)
    }

    /// Of all codes that refuse.
    pub fn refused(&self) -> u64 {
        self.with(Effect::Refused)
    }

    fn with(&self, effect: Effect) -> u64 {
        let found = self.0.iter().filter(|(code, _)| code.effect() == effect);
        found.map(|(_, n)| *n).fold(0, u64::saturating_add)
    }
}
