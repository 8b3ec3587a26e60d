//! The write side. One file per command: it parses, loads, asks the domain, commits; a lost race is decided
//! again. Nothing here knows how events are shown: that is the read side's, and events are all they share.

pub mod accept_invite;
mod authority;
mod backpressure;
pub mod cancel_import;
pub mod change_license;
pub mod context;
pub mod create_license;
pub mod decline_invite;
pub mod erase_subject;
pub mod error;
pub mod executor;
pub mod grant_admin;
pub mod grant_domain;
pub mod grant_installation_role;
pub mod grant_staff;
pub mod import;
pub mod invite_notification;
pub mod issue_key;
pub mod jobs;
pub mod join_with_key;
pub mod leave_license;
pub mod ledger;
mod membership;
pub mod paste;
pub mod prove_domain;
pub mod record_read;
pub mod revoke_admin;
pub mod revoke_domain;
pub mod revoke_installation_role;
pub mod revoke_key;
pub mod revoke_staff;
pub mod rotate_key;
pub mod secrets;
pub mod show_key;
mod somebody;
pub mod standing;
pub mod uploads;
pub mod withdraw_invite;

pub use backpressure::Backpressure;
pub use context::{Context, Who};
pub use error::CommandError;
pub use executor::{Executor, Reply};
pub use prove_domain::ProvedDomain;
pub use secrets::{SecretError, Secrets};
pub use standing::{OnLicense, Standing};
