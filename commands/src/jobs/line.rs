//! How many imports may wait for their turn: a line that ends somewhere, so that nobody fills the disk, or keeps others waiting
//! for days.

use domain::{LicenseId, import::Phase};

use super::{Jobs, unkept};
use crate::CommandError;

/// How many uploads may wait or be worked on, of all nodes together.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Of one license.
    pub of_license: usize,
    /// Of all licenses.
    pub in_all: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self { of_license: 10, in_all: 200 }
    }
}

/// Jobs of this process at a time that are done with their first answer: previews, and what fits into one chunk.
pub(super) const SMALL_AT_A_TIME: usize = 1_000;

impl Jobs {
    /// The same, with a line of another length.
    pub fn set_line(&self, line: Line) {
        *self.0.line.lock() = line;
    }

    /// That there is room for one more upload of this license.
    pub(super) async fn check_line(&self, license: LicenseId) -> Result<(), CommandError> {
        let line = *self.0.line.lock();
        let kept = self.0.uploads.kept().await.map_err(|e| unkept(&e))?;
        if kept.len() >= line.in_all {
            return Err(CommandError::LineIsFull { most: line.in_all, of_license: false });
        }
        if kept.len() < line.of_license {
            return Ok(());
        }
        let mut of_license = 0;
        for import in kept {
            let begun = self.0.commands.begun(import).await?;
            let waits = begun.is_some_and(|begun| {
                let here = begun.import.what.is_some_and(|(of, _)| of == license);
                here && begun.import.phase == Phase::Running
            });
            of_license += usize::from(waits);
        }
        if of_license < line.of_license {
            return Ok(());
        }
        Err(CommandError::LineIsFull { most: line.of_license, of_license: true })
    }
}
