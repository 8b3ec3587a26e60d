//! `--report FILE`: the refused rows, as CSV that can be corrected and given again.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use http_body_util::BodyExt;
use tempfile::NamedTempFile;

use super::{Failure, Session, call::Call, output::Out};

/// Where the refused rows go.
pub(super) struct RefusedFile(Option<(NamedTempFile, PathBuf)>);

impl RefusedFile {
    /// Makes sure that it can be written. What stood there before is replaced only when all of it is there.
    pub(super) fn new(path: &Path, out: Out) -> Result<Self, Failure> {
        if path != Path::new("-") {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let file = if path.is_dir() {
                Err(io::Error::from(io::ErrorKind::IsADirectory))
            } else {
                NamedTempFile::new_in(folder)
            };
            return Ok(Self(Some((file.map_err(|e| unwritten(path, &e))?, path.to_owned()))));
        }
        if out.json {
            let what = "--report - and --json both write to stdout.";
            return Err(Failure::usage(what, "Give --report a file."));
        }
        Ok(Self(None))
    }

    /// Whether the rows go to stdout.
    pub(super) fn is_stdout(&self) -> bool {
        self.0.is_none()
    }

    /// Fetches the refused rows of an import, all of them, and writes them.
    pub(super) async fn fill(self, session: &Session, license: &str, import: &str) -> Result<(), Failure> {
        let call = Call::get(&["licenses", license, "imports", import, "refused"]).csv();
        let mut rows = session.client.stream(call).await?.into_body();
        let write = |bytes: &[u8]| match &self.0 {
            Some((file, path)) => file.as_file().write_all(bytes).map_err(|e| unwritten(path, &e)),
            None => Ok(io::stdout().write_all(bytes)?),
        };
        while let Some(frame) = rows.frame().await {
            let hint = "The import itself is done; fetch the refused rows from its page in the API.";
            let broken =
                |error| Failure::broken("answer_broken_off", format!("The report broke off: {error}."), hint);
            if let Some(bytes) = frame.map_err(broken)?.data_ref() {
                write(bytes)?;
            }
        }
        match self.0 {
            Some((file, path)) => {
                file.persist(&path).map_err(|e| unwritten(&path, &e.error))?;
                session.out.note(&format!("Refused rows: {}", path.display()));
            }
            None => io::stdout().flush()?,
        }
        Ok(())
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::file(path, error, "Name a file for --report that may be written.")
}
