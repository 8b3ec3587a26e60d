//! What is done behind the commit: refused rows, read models, and the bytes that deleted rows leave behind.

use std::time::Duration;

use eventlog::{LogError, Position, Spellings};
use projections::{MODELS, store::schema_of};

use crate::{State, engine::Engine, problem::Problem};

/// So long a request waits for earlier readers to let go of the write-ahead logs.
const AT_ONCE: Duration = Duration::from_secs(2);

/// So long it is tried behind a request.
const LATER: Duration = Duration::from_mins(1);

/// Of a server: the tables that hold addresses, for their dead rows to be cleared; beside them `members`.
const TABLES: [&str; 13] = [
    "directory",
    "refused_rows",
    "refused_imports",
    "import_files",
    "uploads",
    "upload_pieces",
    "sessions",
    "sign_in_links",
    "api_tokens",
    "outbox",
    "linked_identities",
    "domain_proofs",
    "attempts",
];

/// What was done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Swept {
    /// Refused rows that held the address.
    pub refused_rows: usize,
    /// Whether no byte of it is left in the files; of a server, never at once.
    pub bytes_gone: bool,
    /// Whether every letter that is kept could be looked at, and is gone if it held the address.
    pub letters_gone: bool,
}

impl State {
    pub(super) async fn sweep(&self, spellings: &Spellings, position: Position) -> Result<Swept, Problem> {
        let refused_rows = self.database.erase_refused(spellings).await?;
        let letters_gone = self.letters_gone(spellings).await;
        // A read model that has stopped is told of on the health page; it goes on from there, or is made anew.
        let shown = self.reached(&["members", "invites", "licenses"], Some(position)).await.is_ok();
        let emptied = self.empty(AT_ONCE).await?;
        Ok(Swept { refused_rows, bytes_gone: shown && emptied, letters_gone })
    }

    /// A minute later: what was just being written then, and what readers kept.
    pub(super) async fn sweep_again(&self, spellings: &Spellings) {
        let swept = async {
            let rows = self.database.erase_refused(spellings).await?;
            // One may just have been on its way into the folder.
            self.letters_gone(spellings).await;
            let emptied = self.empty(LATER).await?;
            if let Engine::Server(server) = &self.database {
                let members = format!("{}.members", schema_of(&MODELS));
                let tables: Vec<&str> = TABLES.into_iter().chain([members.as_str()]).collect();
                let others = server.clear_dead_rows(&tables).await?;
                if !others.is_empty() {
                    tracing::warn!(
                        tables = others.join(", "),
                        "their owner has to VACUUM them after an erasure"
                    );
                }
            }
            Ok::<_, LogError>((rows, emptied))
        };
        match swept.await {
            Ok((rows, true)) => tracing::info!(rows, "an erasure was swept up"),
            Ok((_, false)) => {
                tracing::warn!("somebody reads for long: an erased address may stand in a WAL still");
            }
            Err(error) => tracing::error!(%error, "an erasure could not be swept up"),
        }
    }

    /// What keeps a letter from being looked at is the operator's, and keeps nobody from being erased.
    pub(super) async fn letters_gone(&self, spellings: &Spellings) -> bool {
        let gone = self.front.mail.forget(spellings).await;
        if let Err(error) = &gone {
            tracing::error!(%error, "letters to an erased person may be left: one in the mail folder can't be read or deleted");
        }
        gone.is_ok()
    }

    /// Whether nothing is left in the write-ahead logs of the files.
    async fn empty(&self, within: Duration) -> Result<bool, LogError> {
        match &self.database {
            Engine::File(file) => {
                let (log, views) = tokio::join!(file.empty_wal(within), self.read_store().empty_wal(within));
                Ok(log? && views?)
            }
            Engine::Server(_) => Ok(false),
        }
    }
}
