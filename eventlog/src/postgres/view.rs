//! What is known, and what a commit comes to.

use std::collections::{HashMap, HashSet};

use domain::{KeyId, LicenseId, SubjectId};
use uuid::Uuid;

use super::pools::Pool;
use crate::{
    outcome::{Conflict, LogError, Outcome},
    recorded::{Position, Revision, StreamId},
};

/// Where a command's result stands.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// In the log already.
    Position(Position),
    /// Behind so many events of this transaction.
    Offset(i64),
}

/// What a commit comes to, if the transaction commits.
pub(super) enum Verdict {
    Committed(At),
    Repeat(At, Vec<u8>),
    Not(Outcome),
    Failed(LogError),
}

impl Verdict {
    /// What was done before is told again only once it is as durable as it was to be the first time.
    pub(super) const fn must_last(&self) -> bool {
        matches!(self, Self::Repeat(..))
    }
}

/// Why a commit is not taken in.
pub(super) enum Stop {
    Verdict(Verdict),
    /// It can't be judged by assuming.
    NeedsFacts,
}

impl From<Conflict> for Stop {
    fn from(conflict: Conflict) -> Self {
        Self::Verdict(Verdict::Not(Outcome::Conflict(conflict)))
    }
}

/// What is known, with what the commits before have done to it.
#[derive(Default)]
pub(super) struct View {
    /// Everything that is not here is not there.
    pub complete: bool,
    pub streams: HashMap<StreamId, Revision>,
    pub addresses: HashSet<String>,
    pub members: HashSet<(LicenseId, SubjectId)>,
    pub key_hashes: HashSet<[u8; 32]>,
    pub key_ids: HashSet<KeyId>,
    pub pools: HashMap<Uuid, Pool>,
    /// Where those who are to be erased were named last, of what was looked at.
    pub named: HashMap<SubjectId, i64>,
    pub commands: HashMap<Uuid, ([u8; 32], At, Vec<u8>)>,
}
