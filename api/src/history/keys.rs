//! Where the log's key is, and where its last checkpoint is kept: as the environment says, or beside the database's file.

use std::path::PathBuf;

use eventlog::LogError;
use notary::Keys;

use crate::{
    cli::{Failure, environment::secret},
    engine::Engine,
};

/// Says what the history is signed with; `…_FILE` names a file that holds it.
pub(crate) const KEY: &str = "SEATBOOK_LOG_KEY";

/// Names the file in which the last checkpoint is kept.
pub(crate) const CHECKPOINT: &str = "SEATBOOK_CHECKPOINT_FILE";

const HINT: &str =
    "Give it what `seatbook audit new-key NAME FILE` has written, one key on each line, all of one log.";

/// Those that the environment names, or else the usual ones.
pub(super) fn configured(database: &Engine) -> Result<Keys, LogError> {
    let unread = |what| LogError::Unopened { path: KEY.into(), what, hint: HINT };
    let text = secret(KEY).map_err(|failure| match failure {
        Failure::Local { what, .. } => unread(what),
        _ => unread("it can't be read".to_owned()),
    })?;
    let keys = text.map(|text| Keys::parse(&text)).transpose().map_err(|error| unread(error.to_string()))?;
    Ok(keys.unwrap_or_else(|| usual(database)))
}

/// A file has its key beside it; on a server there is none.
pub(super) fn usual(database: &Engine) -> Keys {
    database.file_beside("-log-key").map_or_else(Keys::default, Keys::beside)
}

/// The file that the environment names, or else the one beside the database's file.
pub(super) fn outside(database: &Engine) -> Option<PathBuf> {
    let named = std::env::var_os(CHECKPOINT).filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| database.file_beside("-checkpoint"))
}
