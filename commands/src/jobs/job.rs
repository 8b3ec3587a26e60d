//! An import under way, for those who watch it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{Counts, ImportId, ImportMode, LicenseId};
use eventlog::ImportFile;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    CommandError,
    import::{Report, intake::FileFormat},
    uploads::{Kind, Mark, Note, Uploads},
};

/// Where a job stands in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Others are before it.
    Waiting,
    /// Its rows are being applied.
    Running,
    /// Every row is applied.
    Completed,
    /// Somebody stopped it.
    Cancelled,
    /// It could not go on.
    Failed,
    /// The service is stopping; it goes on when the service starts again.
    Paused,
}

impl State {
    /// Whether nothing more happens to it in this process.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Progress {
    /// `waiting`, `running`, `completed`, `cancelled`, `failed` or `paused`.
    #[schema(value_type = String)]
    pub state: State,
    /// How many rows there are in all, blank ones not counted.
    pub rows: u64,
    /// How many were read.
    pub rows_read: u64,
    /// How many were applied; of a preview, looked at.
    pub rows_applied: u64,
    /// How many rows had which outcome so far.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    pub outcomes: Counts,
    /// How many rows are applied in a second, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<u64>,
    /// How many seconds are left at this rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
    /// What keeps it from going on just now. Once that has passed it goes on by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_up_by: Option<String>,
}

/// How a job ended in this process.
pub enum End {
    /// With a report: completed, or stopped by somebody, as it says.
    Report(Box<Report>),
    /// With an error. Where the log says that it runs, it goes on at the next start.
    Error(CommandError),
    /// The service is stopping: it goes on at the next start.
    Paused,
}

/// An import under way, or lately ended. No `Debug`: a file's name may name a person.
pub struct Job {
    /// The import.
    pub import_id: ImportId,
    /// Into which license.
    pub license_id: LicenseId,
    /// What it does with the people.
    pub mode: ImportMode,
    /// Whether it only says what would happen.
    pub dry_run: bool,
    /// Whether it goes on by itself at the next start, if this process ends.
    pub goes_on: bool,
    /// The import that it undoes, if it does.
    pub undoes: Option<ImportId>,
    /// What is noted of its upload; nothing where none is kept.
    pub note: Option<Note>,
    /// How the file is read, if it is one.
    pub format: Option<FileFormat>,
    /// Where its upload is kept, if it is.
    pub(crate) kept_in: Option<Arc<dyn Uploads>>,
    progress: watch::Sender<Progress>,
    stop: watch::Sender<bool>,
    end: watch::Sender<Option<Arc<End>>>,
    since: Mutex<Option<(Instant, u64)>>,
}

impl Job {
    pub(crate) fn new(import_id: ImportId, license_id: LicenseId, mode: ImportMode, dry_run: bool) -> Self {
        let progress = Progress {
            state: State::Waiting,
            rows: 0,
            rows_read: 0,
            rows_applied: 0,
            outcomes: Counts::default(),
            rows_per_second: None,
            seconds_left: None,
            held_up_by: None,
        };
        Self {
            import_id,
            license_id,
            mode,
            dry_run,
            goes_on: false,
            undoes: None,
            note: None,
            format: None,
            kept_in: None,
            progress: watch::Sender::new(progress),
            stop: watch::Sender::new(false),
            end: watch::Sender::new(None),
            since: Mutex::new(None),
        }
    }

    /// What is kept of its file, once it begins.
    pub(crate) fn file(&self) -> Option<ImportFile> {
        let Note { name, sha256, bytes, .. } = self.note.as_ref().filter(|note| note.kind == Kind::Csv)?;
        let (import_id, license_id) = (self.import_id, self.license_id);
        Some(ImportFile { import_id, license_id, name: name.clone(), sha256: sha256.clone(), bytes: *bytes })
    }

    /// Whom it must not bring back: who was erased since it began.
    pub(crate) async fn erased(&self) -> std::io::Result<Vec<Mark>> {
        let Some(uploads) = &self.kept_in else { return Ok(Vec::new()) };
        Ok(uploads.note(self.import_id).await?.map_or_else(Vec::new, |note| note.erased))
    }

    /// How far it is, now and whenever it goes on.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// How it ended; waits for it.
    pub async fn ended(&self) -> Arc<End> {
        let mut end = self.end.subscribe();
        match end.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(end)) => Arc::clone(end),
            // The sender is ours.
            Ok(None) | Err(_) => Arc::new(End::Paused),
        }
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<Arc<End>> {
        self.end.borrow().clone()
    }

    /// Asks it to stop before its next chunk: the log says what is to become of it.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn is_asked_to_stop(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until it is asked to stop.
    pub(crate) async fn asked_to_stop(&self) {
        // The sender is ours.
        let _ = self.stop.subscribe().wait_for(|asked| *asked).await;
    }

    /// It has its turn, so many of its rows being applied already.
    pub(crate) fn begins(&self, rows: u64, applied: u64, outcomes: &Counts) {
        self.since.lock().get_or_insert((Instant::now(), applied));
        self.progress.send_modify(|progress| {
            progress.state = State::Running;
            progress.held_up_by = None;
            progress.rows = rows;
            progress.rows_applied = applied;
            progress.outcomes = outcomes.clone();
        });
    }

    pub(crate) fn has_rows(&self, rows: u64) {
        self.progress.send_modify(|progress| progress.rows = rows);
    }

    pub(crate) fn read(&self, rows: u64) {
        self.progress.send_modify(|progress| progress.rows_read = rows);
    }

    pub(crate) fn applied(&self, rows: u64, outcomes: &Counts) {
        let rate = self.since.lock().map(|(since, before)| (since.elapsed(), rows.saturating_sub(before)));
        self.progress.send_modify(|progress| {
            progress.rows_applied = rows;
            progress.outcomes = outcomes.clone();
            let left = progress.rows.saturating_sub(rows);
            (progress.rows_per_second, progress.seconds_left) =
                rate.map_or((None, None), |(time, n)| pace(n, time, left));
        });
    }

    /// Another process works on it, and has come so far.
    pub(crate) fn goes_on_elsewhere(&self, rows: u64, outcomes: &Counts) {
        self.since.lock().get_or_insert((Instant::now(), rows));
        self.progress.send_modify(|progress| {
            progress.state = State::Running;
            progress.held_up_by = None;
            progress.rows_read = rows;
        });
        self.applied(rows, outcomes);
    }

    /// Something keeps it from going on, which may pass.
    pub(crate) fn held_up(&self, by: &CommandError) {
        self.progress.send_modify(|progress| {
            progress.held_up_by = Some(by.to_string());
            (progress.rows_per_second, progress.seconds_left) = (None, None);
        });
    }

    pub(crate) fn ends(&self, state: State, end: End) {
        self.progress.send_modify(|progress| {
            progress.state = state;
            (progress.rows_per_second, progress.seconds_left) = (None, None);
        });
        self.end.send_replace(Some(Arc::new(end)));
    }
}

/// Rows in a second, and the seconds that so many more will take. Nothing is known before the first.
fn pace(rows: u64, time: Duration, left: u64) -> (Option<u64>, Option<u64>) {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
    let rate = rows.saturating_mul(1_000_000) / micros;
    if rate == 0 { (None, None) } else { (Some(rate), Some(left.div_ceil(rate))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_this_run_and_nothing_is_promised_before_the_first_row() {
        let second = Duration::from_secs(1);
        assert_eq!(pace(0, second, 10), (None, None));
        assert_eq!(pace(500, second, 1_001), (Some(500), Some(3)));
        assert_eq!(pace(500, second / 2, 0), (Some(1_000), Some(0)));
        let job = Job::new(ImportId(uuid::Uuid::nil()), LicenseId(uuid::Uuid::nil()), ImportMode::Add, false);
        job.begins(1_000, 900, &Counts::default());
        std::thread::sleep(Duration::from_millis(20));
        job.applied(901, &Counts::default());
        let rate = job.progress().borrow().rows_per_second;
        assert!(rate.is_some_and(|rate| rate <= 50), "rows of an earlier run count for nothing: {rate:?}");
    }
}
