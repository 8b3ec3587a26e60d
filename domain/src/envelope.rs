//! What stands around every event: who did it, in which role, through which door.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::ids::{ImportId, RequestId, SubjectId};

/// The role somebody acted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Administers the license.
    Admin,
    /// The person that the membership is about.
    Member,
    /// Runs the installation.
    Operator,
    /// Reads everything, changes nothing.
    Auditor,
    /// Reads who is on a license, and why.
    Support,
}

/// Which way a command came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Pasted or typed e-mail addresses.
    Email,
    /// A CSV file.
    Csv,
    /// Chosen on the user list: ticked, or all that match.
    List,
    /// The license key.
    Key,
    /// Any other request over HTTP.
    Api,
    /// Any other request on the command line.
    Cli,
}

impl Source {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Csv => "csv",
            Self::List => "list",
            Self::Key => "key",
            Self::Api => "api",
            Self::Cli => "cli",
        }
    }
}

/// Where somebody was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// An admin added or invited them by e-mail.
    Email,
    /// An admin added or invited them by a CSV file.
    Csv,
    /// They accepted an invite.
    Invite,
    /// They entered the license key.
    LicenseKey,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub subject: SubjectId,
    /// As what.
    pub role: Role,
    /// Set where somebody else acts for that person: the operator on the command line with `--as`.
    pub acted_by: Option<SubjectId>,
}

impl Actor {
    /// The operator, for nobody but themselves.
    pub const OPERATOR: Self = Self { subject: SubjectId::OPERATOR, role: Role::Operator, acted_by: None };
}

/// An event's metadata. Every value is text, as `cqrs-es` wants it; fields stand in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Who acted in the actor's place, if anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<SubjectId>,
    /// Who acted.
    pub actor: SubjectId,
    /// The import that the event belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_id: Option<ImportId>,
    /// The line of the file where the item begins, if it is one of a file: people find it by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Row>,
    /// The request that caused it.
    pub request_id: RequestId,
    /// The role they acted in.
    pub role: Role,
    /// The item of the import, counted from 1, if the event stands for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Row>,
    /// The way the command came in.
    pub source: Source,
}

/// The number of an item in an import, or of a line in its file, counted from 1; written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row(pub u64);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
