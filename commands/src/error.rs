//! Why a command did not do what was asked.

use domain::{EmailError, Refusal};
use eventlog::{LogError, Position};

use crate::{SecretError, import::InputError};

/// Each kind is answered in its own way: a rule, a bad input, a busy service, or a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule said no.
    #[error("{refusal}")]
    Refused {
        /// Which.
        refusal: Refusal,
        /// Where the refusal stands in the history, if it was recorded now.
        position: Option<Position>,
    },
    /// The address in the request can't be one.
    #[error("{0}")]
    InvalidEmail(EmailError),
    /// The paste or file can't be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The same key came with another request before.
    #[error("Idempotency-Key: it came with another request before")]
    CommandReused,
    /// Others changed the same things again and again; nothing was written.
    #[error("too many others changed the same at this moment; nothing was written")]
    Busy,
    /// As many imports wait already as may.
    #[error("{most} imports are under way or wait already{}", if *.of_license { " on this license" } else { "" })]
    LineIsFull {
        /// How many may.
        most: usize,
        /// Whether on the license, or in all.
        of_license: bool,
    },
    /// What keys are sealed with.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusal, position: None }
    }
}
