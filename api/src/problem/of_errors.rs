//! What the other crates say no with, as problems.

use axum::http::StatusCode;
use commands::{CommandError, import::InputError, uploads::DISK_FULL};
use domain::{Code, Refusal, email::sentence};
use eventlog::LogError;
use notary::NotaryError;
use projections::QueryError;

use super::Problem;
use crate::history::{Cause, Diverged};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code() {
            Code::NotPermitted => StatusCode::FORBIDDEN,
            Code::UnknownLicense | Code::UnknownImport | Code::KeyUnknown => StatusCode::NOT_FOUND,
            Code::KeyMistyped => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.code().as_str(), refusal.to_string(), refusal.hint())
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        Self::from(&error)
    }
}

impl From<&CommandError> for Problem {
    fn from(error: &CommandError) -> Self {
        match error {
            CommandError::Refused { refusal, position } => {
                Self { position: *position, ..refusal.clone().into() }
            }
            CommandError::InvalidEmail(error) => Self::invalid_email("email", error),
            CommandError::Input(error) => {
                let status = match error {
                    InputError::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let problem = Self::new(status, error.code(), sentence(error.to_string()), error.hint());
                match error {
                    InputError::NoRoom => problem.telling_others("There is no room for a temporary file."),
                    _ => problem,
                }
            }
            CommandError::CommandReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                sentence(error.to_string()),
                "Use a new key for a new request, and this one only to repeat the first just as it was.",
            ),
            CommandError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                sentence(error.to_string()),
                "Try again in a moment; with the same Idempotency-Key nothing happens twice.",
            ),
            CommandError::LineIsFull { .. } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_imports",
                sentence(error.to_string()),
                "Wait until one of them has ended, or cancel one, and give this one again.",
            ),
            CommandError::Secret(error) => Self::internal(error),
            CommandError::Log(error) => error.clone().into(),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        match error {
            LogError::DiskFull => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                DISK_FULL,
                "The disk that holds the database is full; this was not written.",
                "Free some space, or ask the operator to, and try again.",
            ),
            LogError::Diverged { .. } => {
                tracing::error!(%error, "this node does nothing more");
                let detail = "This node has stopped: the database went back to another history than the node has seen, as \
                              where a standby takes over that lacks the end of it, or a backup is restored.";
                let hint = "Ask another node. The operator makes sure that the database is the right one, and starts this \
                            node again.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "history_diverged", detail, hint)
            }
            LogError::Outgrown => {
                tracing::error!(%error, "this node does nothing more");
                let detail = "This node has stopped: a newer Seatbook has changed the tables, and this one must not use them.";
                let hint =
                    "Ask another node. The operator ends this one and starts the newer version in its place.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "outgrown", detail, hint)
            }
            LogError::Stopped(_) | LogError::Away(_) | LogError::InUse { .. } => {
                // Once it has been away for long it is told every request, and was said when it began.
                if !matches!(error, LogError::Away(_)) {
                    tracing::error!(%error, "the log does not answer");
                }
                let detail = "The service is stopping, or can't reach its database.";
                let hint = "Try again in a moment; with the same Idempotency-Key nothing happens twice.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail, hint)
            }
            LogError::Damaged { position, .. } => {
                tracing::error!(%error, "an event can't be read");
                let detail = format!(
                    "The event at position {position} can't be read, or follows nothing that it could."
                );
                let hint = "The operator sees why in the log of the service, and whether the history was changed with \
                            `seatbook audit verify`.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "log_damaged", detail, hint)
            }
            LogError::Unopened { .. } | LogError::Database(_) => Self::internal(&error),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::StaleCursor => Self::new(
                StatusCode::BAD_REQUEST,
                "stale_cursor",
                sentence(error.to_string()),
                "Begin again without a cursor.",
            ),
            QueryError::NotOffered { what, instead } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_offered", sentence(what), instead)
            }
            QueryError::Behind { at, wanted, why: None } => Self::behind("list", at, wanted),
            QueryError::Behind { at, wanted, why: Some(why) } => {
                let behind = Self::behind("list", at, wanted);
                let detail = format!("{} It is held up: {}", behind.detail, sentence(why));
                let hint = "It goes on by itself once it can. The operator sees it under /readyz.";
                Self { detail, hint: hint.to_owned(), ..behind }
            }
            QueryError::Stopped { name, .. } => {
                tracing::error!(%error, "a read model does not answer");
                let detail = format!("The list \"{name}\" has stopped and waits for the operator.");
                let hint = "The operator sees why under `seatbook projections status`.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "read_model_stopped", detail, hint)
            }
            QueryError::Damaged { name } => {
                tracing::error!(%error, "a read model does not answer");
                let detail = format!("The list \"{name}\" is damaged: it lacks a part of what it holds.");
                let hint = format!(
                    "The operator makes it anew from the history: `seatbook projections rebuild {name} --force`."
                );
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "tree_damaged", detail, hint)
            }
            QueryError::Diverged { name } => {
                tracing::error!(%error, "a read model does not answer");
                let detail = format!(
                    "The list \"{name}\" was made from another history than the database holds now, \
                     as after a backup was restored."
                );
                let hint = "The operator makes it anew from the database: `seatbook projections rebuild`.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "history_diverged", detail, hint)
            }
            QueryError::Log(error) => error.into(),
        }
    }
}

const KEY_LOST: &str = "Put the file back from a copy. Until then, whoever has the public key holds the history against what was \
                        signed: `seatbook audit verify --key KEY`. If the key is gone for good, `seatbook audit go-on` ends the history that \
                        was signed and begins another one, with another key and name, as docs/auditing.md says.";

impl From<NotaryError> for Problem {
    fn from(error: NotaryError) -> Self {
        match error {
            NotaryError::NoKey => Self::new(
                StatusCode::NOT_FOUND,
                "no_log_key",
                "This installation has no key to sign its history with.",
                "The operator makes one with `seatbook audit new-key NAME FILE`, and names it to every node with \
                 SEATBOOK_LOG_KEY_FILE.",
            ),
            NotaryError::SameName { name, unread: Some(path) } => Self::new(
                StatusCode::CONFLICT,
                "log_key_unchanged",
                format!(
                    "The checkpoint in {} can't be read. It may be one of the log \"{name}\", which would sign two histories.",
                    path.display()
                ),
                "Put the file back from a copy. If there is none, make a key with a name that was never used: `seatbook audit \
                 new-key NAME FILE`. Put it in the place of the old one on every node, move the checkpoint file away, and try \
                 again.",
            ),
            NotaryError::SameName { name, unread: None } => Self::new(
                StatusCode::CONFLICT,
                "log_key_unchanged",
                format!("The key is still that of the log \"{name}\", whose history ends here."),
                "Make another one, with another name: `seatbook audit new-key NAME FILE`. Put it in the place of the old one \
                 on every node, and try again.",
            ),
            NotaryError::Lost { .. } => {
                Self::new(StatusCode::CONFLICT, "log_key_lost", sentence(error.to_string()), KEY_LOST)
            }
            NotaryError::Log(error) => error.into(),
            NotaryError::Key(_)
            | NotaryError::File { .. }
            | NotaryError::Kept { .. }
            | NotaryError::Unsigned(_) => Self::internal(&error),
        }
    }
}

impl Problem {
    /// That the service has stopped, for those who don't run it: not which event it is about, nor in which file.
    pub(crate) fn stopped(diverged: &Diverged) -> Self {
        let detail =
            "The service has stopped: the history that it keeps, or what was signed of it, is not in order.";
        let hint = "Its operator sees why in the service's log, and by `seatbook audit verify`.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, diverged.code(), detail, hint)
    }
}

impl From<&Diverged> for Problem {
    fn from(diverged: &Diverged) -> Self {
        let Diverged { position: _, what, cause } = diverged;
        let (detail, hint) = match cause {
            Cause::Changed => (
                format!(
                    "The service has stopped: the history in the database is not the one that was signed: {what}."
                ),
                "See what was changed: `seatbook audit verify`. Where an older backup was restored, go on with `seatbook \
                 audit go-on`, as docs/auditing.md says.",
            ),
            Cause::Tree => (
                format!("The service has stopped: the tree of hashes among the lists is damaged; {what}."),
                "Make it anew from the history: `seatbook projections rebuild tree --force`, and start the service again.",
            ),
            Cause::Checkpoint => (
                format!("The service has stopped: {what}."),
                "`seatbook audit verify` holds the history against another checkpoint that was kept, if one is to be believed. \
                 Put this one back from a copy. Where the key was exchanged on purpose, go on with `seatbook audit go-on`, as \
                 docs/auditing.md says.",
            ),
            Cause::OtherKey => (
                format!("The service has stopped: {what}. The key that is here is another one."),
                "See first that the right file is named as the log's key, by SEATBOOK_LOG_KEY or beside the database. Where the \
                 key was exchanged on purpose, go on with `seatbook audit go-on`, as docs/auditing.md says. If neither is the \
                 case, somebody else has signed: hold the history against another checkpoint with `seatbook audit verify`.",
            ),
            Cause::Unread(path) => (
                format!(
                    "The service has stopped: the file {}, in which the last checkpoint is kept outside of the database, is \
                     empty or holds something else.",
                    path.display()
                ),
                "Put the file back from a copy, and start the service again. `seatbook audit verify` holds the history against \
                 the last checkpoint in the database. If there is no copy, `seatbook audit go-on` ends the history that was \
                 signed and begins another one, with another key and name, as docs/auditing.md says.",
            ),
            Cause::KeyLost => (format!("The service has stopped: {what}."), KEY_LOST),
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, diverged.code(), detail, hint)
    }
}
