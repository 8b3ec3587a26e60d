//! Imports as the log has them.

use domain::{
    Code, Event, Import, ImportCommand, ImportId, ImportMode, LicenseId, Metadata, Role, SubjectId, import,
    import::Phase,
};
use eventlog::{Commit, Position, Recorded};

use crate::{
    CommandError, Executor,
    executor::{ATTEMPTS, Settled, append},
};

/// An import as the log has it.
pub(crate) struct Begun {
    pub import: Import,
    pub revision: u64,
    pub first: Recorded,
    pub last: Position,
}

impl Executor {
    /// An import, if it ever began.
    pub(crate) async fn begun(&self, import: ImportId) -> Result<Option<Begun>, CommandError> {
        let stream = self.log.read_stream(import.into(), 0).await?;
        let mut state = Import::default();
        for recorded in &stream {
            if let Event::Import(event) = &recorded.event {
                state.evolve(event);
            }
        }
        let Some((revision, last)) = stream.last().map(|last| (last.revision, last.position)) else {
            return Ok(None);
        };
        Ok(stream.into_iter().next().map(|first| Begun { import: state, revision, first, last }))
    }

    /// Whether this person's import into this license is still running.
    pub(crate) async fn is_under_way(
        &self,
        import: ImportId,
        admin: SubjectId,
        license: LicenseId,
        mode: ImportMode,
    ) -> Result<bool, CommandError> {
        let begun = self.begun(import).await?;
        Ok(begun.is_some_and(|begun| {
            let what = begun.import.what == Some((license, mode)) && begun.first.metadata.actor == admin;
            what && begun.import.phase == Phase::Running
        }))
    }

    /// Writes down that an import can't go on.
    pub(super) async fn fail_import(&self, import: ImportId, code: Code) -> Result<(), CommandError> {
        for _ in 0..ATTEMPTS {
            let Some(begun) = self.begun(import).await? else { return Ok(()) };
            let Some((license, _)) = begun.import.what else { return Ok(()) };
            let Ok(events) = import::decide(&begun.import, ImportCommand::Fail { code }) else {
                return Ok(());
            };
            // Nobody did it: it stands there as the service's own.
            let metadata = Metadata {
                actor: SubjectId::OPERATOR,
                acted_by: None,
                role: Role::Operator,
                ..begun.first.metadata
            };
            let appends = vec![append(import, begun.revision, license, events, &metadata)];
            let outcome = self.log.commit(Commit { appends, ..Commit::default() }).await?;
            if let Settled::Done(_) = self.settle(outcome)? {
                tracing::warn!(%import, %code, "an import can't go on");
                return Ok(());
            }
        }
        Err(CommandError::Busy)
    }
}
