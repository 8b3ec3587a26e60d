//! Uploads that can't be read for a while.

use std::path::PathBuf;

use crate::service::{Place, Service};

/// What was put away.
pub enum Away {
    File { note: PathBuf, away: PathBuf },
    Table,
}

impl Service {
    /// The upload of an import is there, and can't be read.
    pub async fn put_away(&self, import: &str) -> Away {
        let Place::Folder(folder) = &self.place else {
            self.rename("upload_pieces", "away").await;
            return Away::Table;
        };
        let note = folder.path().join(format!("seatbook.db-uploads/{import}.json"));
        let away = folder.path().join("away");
        std::fs::rename(&note, &away).expect("put away");
        // It leads to itself: there, but not to be read. A rename takes its place at once, so that nobody finds it missing.
        std::os::unix::fs::symlink(&note, &note).expect("in its place");
        Away::File { note, away }
    }

    /// It can be read again.
    pub async fn put_back(&self, away: Away) {
        match away {
            Away::File { note, away } => std::fs::rename(&away, &note).expect("back"),
            Away::Table => self.rename("away", "upload_pieces").await,
        }
    }

    async fn rename(&self, table: &str, to: &str) {
        let sql = format!("ALTER TABLE {table} RENAME TO {to}");
        let rename =
            self.state.read_store().write(move |conn| conn.batch(&sql).map_err(eventlog::LogError::from));
        rename.await.expect("another name");
    }
}
