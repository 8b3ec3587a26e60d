//! Identifiers. Each is a UUID with a type of its own, so that one can't stand where another belongs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text.trim()).map(Self)
            }
        }
    };
}

id! {
    /// A license; also the id of its stream.
    LicenseId
}
id! {
    /// Stands for a person in every event. Time-ordered (`UUIDv7`); one per e-mail in the installation.
    SubjectId
}
id! {
    /// One (license, subject); also the id of the membership's stream. Time-ordered (`UUIDv7`).
    MemberId
}
id! {
    /// One upload or one paste; also the id of the import's stream.
    ImportId
}
id! {
    /// A reading of people's data by staff; also the id of its stream.
    ReadingId
}
id! {
    /// A license key; the key itself is never in an event.
    KeyId
}
id! {
    /// One event, for the world outside (`CloudEvents` id). Order comes from the position, never from this.
    EventId
}
id! {
    /// One request to the service. Every event that it caused carries it.
    RequestId
}

impl SubjectId {
    /// The installation's operator: whoever can open the database, or its socket. Not in the directory.
    pub const OPERATOR: Self = Self(Uuid::nil());
}
