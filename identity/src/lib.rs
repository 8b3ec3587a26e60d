//! Where accounts are kept: sessions, sign-in links, accounts at providers, API tokens, letters to be sent; and what admins
//! are to put into DNS.
//!
//! Ordinary tables beside the log, on either engine. They are no part of history: rows are deleted when their time is
//! over, when somebody takes them back, and when a person is erased. Of every secret only the SHA-256 is kept: all have
//! more than 170 random bits, so nobody finds one by trying.

mod accounts;
pub mod api_tokens;
pub mod attempts;
pub mod domain_proofs;
mod forget;
pub mod linked_identities;
pub mod outbox;
mod schema;
pub mod secret;
pub mod sessions;
pub mod sign_in_attempts;
pub mod sign_in_links;

pub use accounts::Accounts;
pub use api_tokens::{ApiToken, NewToken, Scope};
pub use domain_proofs::DomainProof;
pub use linked_identities::{LinkedIdentity, Shown};
pub use schema::TABLES;
pub use secret::Secret;
pub use sessions::{Session, SessionLimits, SignInMethod};
