//! What a license, a membership, an import, the installation and the erasure of a subject may do, and what is
//! noted of who reads.
//!
//! Pure: no I/O, no clock, no random numbers. Time and ids arrive inside the commands; everything that
//! happens leaves as an event. `docs/architecture.md` shows how the other crates stand around this one.

mod aggregate;
pub mod canonical;
pub mod catalogue;
pub mod code;
pub mod commitment;
pub mod digest;
pub mod email;
pub mod entry;
pub mod envelope;
pub mod event;
pub mod forecast;
pub mod formula;
pub mod ids;
pub mod import;
pub mod installation;
pub mod license;
pub mod license_key;
pub mod license_name;
pub mod mail_domain;
pub mod membership;
pub mod next_step;
pub mod number;
pub mod outcome;
pub mod reading;
pub mod refusal;
pub mod subject;

pub use code::{Code, Counts, Effect};
pub use commitment::{Commitment, Salt};
pub use digest::Digest;
pub use email::{EmailAddress, EmailError};
pub use entry::Entry;
pub use envelope::{Actor, Door, Metadata, Role, Source};
pub use event::Event;
pub use ids::{EventId, ImportId, KeyId, LicenseId, MemberId, ReadingId, RequestId, SubjectId};
pub use import::{Import, ImportCommand, ImportEvent, ImportMode};
pub use installation::{Installation, InstallationCommand, InstallationEvent, InstallationRole};
pub use license::{License, LicenseCommand, LicenseEvent, Plan, StaffRole};
pub use license_key::LicenseKey;
pub use license_name::LicenseName;
pub use mail_domain::MailDomain;
pub use membership::{DeclineReason, Membership, MembershipCommand, MembershipEvent, Status};
pub use next_step::NextStep;
pub use reading::{ReadKind, Reading, ReadingCommand, ReadingEvent};
pub use refusal::Refusal;
pub use subject::{ErasureBasis, Subject, SubjectCommand, SubjectEvent};
