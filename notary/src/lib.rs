//! Signs the heads of the log's tree, and keeps what was signed.
//!
//! The key is outside of the database, and so is the last checkpoint: whoever changes the database alone meets one that they
//! can't make. In the database stand those that are handed out, for every node the same. Whether a head is that of the log,
//! and as durable as it has to be before it is signed, is for the caller to see to.

mod book;
mod keys;
mod notary;

pub use book::TABLE;
pub use keys::{Keys, make_key};
pub use notary::{Found, Kept, Notary, NotaryError, Place, Signed};
