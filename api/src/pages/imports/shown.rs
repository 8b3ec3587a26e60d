//! An import as pages show it.

use std::collections::HashMap;

use commands::jobs::Progress;
use domain::{ImportId, ImportMode, LicenseId, Source, import::Phase, number::grouped};
use projections::{
    QueryError,
    imports::{ImportSummary, Undoing, import as one_import, undoings},
    sql::Conn,
};

use super::undoing;
use crate::pages::{
    orders::{self, Outcome, outcomes},
    toast::Kind,
    visit::Visit,
    words::{self, Badge},
};

/// An import as pages show it.
pub(in crate::pages) struct Shown {
    pub import: ImportSummary,
    pub progress: Option<Progress>,
    /// How many rows were given, as long as that is remembered.
    pub given: Option<u64>,
    /// The import that undid it.
    pub undone_by: Option<Undoing>,
    /// The import that it undoes.
    pub undone: Option<ImportSummary>,
    /// Whom it was about, where those are few.
    pub people: Vec<String>,
}

/// Imports, each with what it undoes, and what undid which.
pub(super) type Found = (Vec<(ImportSummary, Option<ImportSummary>)>, HashMap<ImportId, Undoing>);

/// What stands around imports of a license.
pub(super) fn beside(
    conn: &Conn<'_>,
    id: LicenseId,
    imports: Vec<ImportSummary>,
) -> Result<Found, QueryError> {
    let oldest = imports.iter().map(|import| import.started_position).min();
    let undoings = oldest.map_or_else(|| Ok(HashMap::new()), |oldest| undoings(conn, id, oldest))?;
    let with = |import: ImportSummary| {
        let undone = import.undoes.map(|undone| one_import(conn, undone)).transpose()?.flatten();
        Ok((import, undone.map(|undone| undone.summary)))
    };
    let imports = imports.into_iter().map(with).collect::<Result<_, QueryError>>()?;
    Ok((imports, undoings))
}

/// An import in a few words.
pub(super) fn what(import: &ImportSummary) -> String {
    let way = match import.source {
        Source::Csv => "from a CSV file",
        Source::Email => "pasted",
        Source::List => "chosen on the list",
        Source::Key | Source::Api | Source::Cli => "by address",
    };
    match (import.mode, import.undoes) {
        (ImportMode::Remove, Some(_)) => "Undo: remove whom an import added".to_owned(),
        (_, Some(_)) => "Undo: bring back whom an import took away".to_owned(),
        (ImportMode::Add, None) => format!("Add people, {way}"),
        (ImportMode::Invite, None) => format!("Invite people, {way}"),
        (ImportMode::Remove, None) => format!("Remove people, {way}"),
        (ImportMode::Withdraw, None) => format!("Withdraw invites, {way}"),
    }
}

impl Shown {
    pub(super) fn all(visit: &Visit, (imports, undoings): Found) -> Vec<Self> {
        let shown = |(import, undone): (ImportSummary, Option<ImportSummary>)| {
            let job = visit.state.jobs.find(import.import_id);
            let progress = job.map(|job| job.progress().borrow().clone());
            Self {
                given: progress.as_ref().map(|progress| progress.rows),
                progress: progress.filter(|progress| !progress.state.is_over()),
                undone_by: undoings.get(&import.import_id).copied(),
                import,
                undone,
                people: Vec::new(),
            }
        };
        imports.into_iter().map(shown).collect()
    }

    pub(super) fn what(&self) -> String {
        what(&self.import)
    }

    pub(super) fn badges(&self) -> Vec<Badge> {
        let refused = self.import.counts.refused();
        let state = match self.import.phase {
            Phase::Completed if refused > 0 => {
                // Who was changed since an import was refused nothing: its undoing leaves them alone.
                let word = if self.undone.is_some() { "left as they are" } else { "refused" };
                Badge::said("invited", "warn", format!("Completed, {} {word}", grouped(refused)))
            }
            Phase::Completed => Badge::new("accepted", "check", "Completed"),
            Phase::Cancelled => Badge::new("off", "minus", "Cancelled"),
            Phase::Failed => Badge::new("rejected", "cross", "Failed"),
            _ => Badge::new("invited", "clock", "Running"),
        };
        let undone = self.undone_by.filter(|undoing| undoing.is_running || undoing.changed > 0);
        let undone = undone.map(|_| Badge::new("off", "back", "Undone"));
        std::iter::once(state).chain(undone).collect()
    }

    pub(super) fn is_running(&self) -> bool {
        self.import.ended_at.is_none()
    }

    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        let counts = self.progress.as_ref().map_or(&self.import.counts, |progress| &progress.outcomes);
        outcomes(counts)
    }

    /// Whether undoing it takes something from people.
    pub(super) fn takes_back(&self) -> bool {
        matches!(self.import.mode, ImportMode::Add | ImportMode::Invite)
    }

    pub(super) fn file(&self) -> Option<&str> {
        self.import.file.as_ref()?.name.as_deref()
    }

    pub(super) fn sha256(&self) -> Option<&str> {
        // Of what was chosen on a list no file was given.
        let file = self.import.file.as_ref().filter(|_| self.import.source == Source::Csv)?;
        file.sha256.as_deref()
    }

    /// Whether addresses were pasted: they are told apart by their numbers.
    pub(super) fn is_pasted(&self) -> bool {
        self.import.source == Source::Email
    }

    /// Its beginning, by which one file is told from another at a glance.
    pub(super) fn short_sha256(&self) -> Option<&str> {
        self.sha256().and_then(|sha256| sha256.get(..12))
    }

    /// How many were looked at; of how many, while it goes on.
    pub(super) fn rows(&self) -> String {
        match &self.progress {
            Some(progress) if progress.rows > 0 => {
                format!("{} of {}", grouped(progress.rows_applied), words::counted(progress.rows, "row"))
            }
            _ => words::counted(self.import.rows, "row"),
        }
    }

    /// How many were not come to, of an import that ended before its last row.
    pub(super) fn untouched(&self) -> Option<String> {
        let left = self.given?.saturating_sub(self.import.rows);
        (!self.is_running() && left > 0).then(|| words::counted(left, "row"))
    }

    /// How many it changed, and undoing it would change back.
    pub(super) fn changed(&self) -> u64 {
        self.import.counts.changed()
    }

    /// What it came to, told once it has ended; and its look.
    pub(super) fn told(&self) -> (Kind, String) {
        let counts = &self.import.counts;
        match self.import.phase {
            Phase::Failed => (Kind::Bad, "The import failed: why stands here.".to_owned()),
            Phase::Cancelled => (Kind::Neutral, "The import was cancelled.".to_owned()),
            _ if self.undone.is_some() => {
                let (kind, what, hint) = undoing::said(counts);
                (kind, format!("{what} {hint}").trim_end().to_owned())
            }
            _ => {
                let (kind, what, _) = orders::sentence(counts);
                (kind, what)
            }
        }
    }
}
