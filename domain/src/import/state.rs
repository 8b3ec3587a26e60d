//! What an import is now, and what it allows.

use serde::{Deserialize, Serialize};

use super::event::{ImportEvent, ImportMode};
use crate::{Code, Counts, ImportId, LicenseId, Refusal};

/// Where an import stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not started.
    #[default]
    Unknown,
    /// Goes on with the row after the last one applied.
    Running,
    /// Every row is applied.
    Completed,
    /// Stopped by a person.
    Cancelled,
    /// Could not go on.
    Failed,
}

/// An import, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Into which license, and what it does; nothing before it started.
    pub what: Option<(LicenseId, ImportMode)>,
    /// The import that it undoes, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<ImportId>,
    /// Where it stands.
    pub phase: Phase,
    /// The last item applied, counted from 1.
    pub applied: u64,
    /// How many items had which outcome so far.
    pub counts: Counts,
}

/// An order to an import.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant and field is its own name; DESIGN §4 lists them")]
pub enum ImportCommand {
    Start { license_id: LicenseId, mode: ImportMode, undoes: Option<ImportId> },
    ApplyChunk { first_row: u64, last_row: u64, counts: Counts },
    Complete,
    Cancel,
    Fail { code: Code },
}

/// Decides an order. No events: it is so already.
pub fn decide(import: &Import, command: ImportCommand) -> Result<Vec<ImportEvent>, Refusal> {
    use ImportCommand as C;
    match (import.phase, command) {
        (Phase::Unknown, C::Start { license_id, mode, undoes }) => {
            Ok(vec![ImportEvent::ImportStarted { license_id, mode, undoes }])
        }
        (Phase::Unknown, _) => Err(Refusal::UnknownImport),
        (Phase::Running, C::Start { .. })
        | (Phase::Completed, C::Complete)
        | (Phase::Cancelled, C::Cancel)
        | (Phase::Failed, C::Fail { .. }) => Ok(Vec::new()),
        (Phase::Completed | Phase::Cancelled | Phase::Failed, _) => Err(Refusal::ImportEnded),
        (Phase::Running, C::ApplyChunk { first_row, .. }) if !import.is_next(first_row) => {
            Err(Refusal::RowsApplied { applied: import.applied })
        }
        // A chunk without items.
        (Phase::Running, C::ApplyChunk { first_row, last_row, .. }) if last_row < first_row => Ok(Vec::new()),
        (Phase::Running, C::ApplyChunk { first_row, last_row, counts }) => {
            Ok(vec![ImportEvent::ImportChunkApplied { counts, first_row, last_row }])
        }
        (Phase::Running, end) => Ok(vec![ended(import, &end)]),
    }
}

fn ended(import: &Import, end: &ImportCommand) -> ImportEvent {
    let (counts, rows) = (import.counts.clone(), import.applied);
    match end {
        ImportCommand::Cancel => ImportEvent::ImportCancelled { counts, rows },
        ImportCommand::Fail { code } => ImportEvent::ImportFailed { code: *code, counts, rows },
        ImportCommand::Start { .. } | ImportCommand::ApplyChunk { .. } | ImportCommand::Complete => {
            ImportEvent::ImportCompleted { counts, rows }
        }
    }
}

impl Import {
    fn is_next(&self, first_row: u64) -> bool {
        first_row.checked_sub(1) == Some(self.applied)
    }

    /// Follows an event. What the state can't follow leaves it as it is; verification reports it.
    pub fn evolve(&mut self, event: &ImportEvent) {
        match (event, self.phase) {
            (ImportEvent::ImportStarted { license_id, mode, undoes }, Phase::Unknown) => {
                self.what = Some((*license_id, *mode));
                self.undoes = *undoes;
                self.phase = Phase::Running;
            }
            (ImportEvent::ImportChunkApplied { counts, first_row, last_row }, Phase::Running)
                if self.is_next(*first_row) && first_row <= last_row =>
            {
                self.applied = *last_row;
                self.counts.add_all(counts);
            }
            (ImportEvent::ImportCompleted { .. }, Phase::Running) => self.phase = Phase::Completed,
            (ImportEvent::ImportCancelled { .. }, Phase::Running) => self.phase = Phase::Cancelled,
            (ImportEvent::ImportFailed { .. }, Phase::Running) => self.phase = Phase::Failed,
            (
                ImportEvent::ImportStarted { .. }
                | ImportEvent::ImportChunkApplied { .. }
                | ImportEvent::ImportCompleted { .. }
                | ImportEvent::ImportCancelled { .. }
                | ImportEvent::ImportFailed { .. },
                _,
            ) => {}
        }
    }
}

crate::aggregate::aggregate!(Import, ImportCommand, ImportEvent);
