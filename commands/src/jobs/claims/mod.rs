//! Who works on an import, where several processes could.
//!
//! A claim saves work and nothing else: what an import did stands in the log, chunk by chunk, each of them once. So no
//! harm is done where a claim is lost with its connection while somebody still works; and an upload that nothing began
//! with is not let go for its claim being lost ([`Uploads::let_go`](crate::uploads::Uploads::let_go)).

mod postgres;

use std::io;

use async_trait::async_trait;
use domain::ImportId;
use sqlx::PgConnection;

pub use postgres::PostgresClaims;

/// Tells processes apart that could work on the same import.
#[async_trait]
pub trait Claims: Send + Sync {
    /// Takes an import for this process; nothing: another one has it.
    async fn claim(&self, import: ImportId) -> io::Result<Option<Claim>>;

    /// Whether some process has it.
    async fn is_claimed(&self, import: ImportId) -> io::Result<bool>;

    /// Whether there may be other processes.
    fn are_shared(&self) -> bool;
}

/// As long as it is there, no other process works on the import. It goes with the process, however that ends.
pub struct Claim {
    /// Nothing: there is nobody else.
    _held_by: Option<PgConnection>,
}

/// For the only process that there is.
pub struct Alone;

#[async_trait]
impl Claims for Alone {
    async fn claim(&self, _: ImportId) -> io::Result<Option<Claim>> {
        Ok(Some(Claim { _held_by: None }))
    }

    async fn is_claimed(&self, _: ImportId) -> io::Result<bool> {
        Ok(false)
    }

    fn are_shared(&self) -> bool {
        false
    }
}
