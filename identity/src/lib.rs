//! Where accounts are kept: sessions, sign-in links, API tokens, letters to be sent.
//!
//! Ordinary tables beside the log, on either engine. They are no part of history: rows are deleted when their time is
//! over, when somebody takes them back, and when a person is erased. Of every secret only the SHA-256 is kept: all have
//! more than 170 random bits, so nobody finds one by trying.

mod accounts;
pub mod api_tokens;
pub mod attempts;
mod forget;
pub mod outbox;
mod schema;
pub mod secret;
pub mod sessions;
pub mod sign_in_links;

pub use accounts::Accounts;
pub use api_tokens::{ApiToken, NewToken, Scope};
pub use schema::TABLES;
pub use secret::Secret;
pub use sessions::{Session, SessionLimits, SignInMethod};
