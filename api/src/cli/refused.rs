//! `--report FILE`: the refused rows, as CSV that can be corrected and given again.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::{
    Exit, Failure, Session,
    call::Call,
    client::Answer,
    output::{Out, count, number, text, visible},
    report,
};

/// Where the refused rows are to go.
#[derive(Args)]
pub(crate) struct Wanted {
    /// Write the refused rows to this file, as CSV: as they were given, with line, code, reason and what to do; to be
    /// corrected and given again. What was in it is replaced; `-` is stdout
    #[arg(long, value_name = "FILE|-")]
    report: Option<PathBuf>,
}

impl Wanted {
    /// Found out before anything is done: whether it can be written, and is not the file whose rows are `given`.
    pub(super) fn open(&self, given: Option<&Path>, out: Out) -> Result<Option<RefusedFile>, Failure> {
        self.report.as_deref().map(|path| RefusedFile::new(path, given, out)).transpose()
    }
}

/// Tells what came of an import, and writes its refused rows where that was asked for.
pub(super) async fn told(
    session: &Session,
    license: &str,
    answer: &Answer,
    file: Option<RefusedFile>,
) -> Result<Exit, Failure> {
    let has_report = answer.value.get("outcomes").is_some();
    let words =
        || if has_report { report::words(&answer.value, file.is_some()) } else { ended(&answer.value) };
    match &file {
        // The data is the refused rows; the summary must not stand among them.
        Some(file) if file.is_stdout() => session.out.note(words().trim_end()),
        Some(_) | None => session.out.answer(answer, |_| words())?,
    }
    if let Some(file) = file {
        file.fill(session, license, text(&answer.value, "import_id")).await?;
    }
    Ok(if report::refused(&answer.value) > 0 { Exit::SomeRefused } else { Exit::Done })
}

/// Of an import that ended long ago: there is only what the history says.
fn ended(import: &Value) -> String {
    let (phase, rows) = (text(import, "phase"), count(number(import, "rows"), "row", "rows"));
    format!("The import is {phase}: {rows}.\n{}", report::counts(import, false))
}

/// Where the refused rows go.
pub(super) enum RefusedFile {
    Stdout,
    /// A file: written beside it, and put in its place once all of it is there.
    Replaced(NamedTempFile, PathBuf),
    /// What is no file and stays what it is: a pipe, a device.
    Written(File, PathBuf),
}

impl RefusedFile {
    fn new(path: &Path, given: Option<&Path>, out: Out) -> Result<Self, Failure> {
        if path != Path::new("-") {
            return Self::at(path, given);
        }
        if out.json {
            let what = "--report - and --json both write to stdout.";
            return Err(Failure::usage(what, "Give --report a file."));
        }
        Ok(Self::Stdout)
    }

    /// Makes sure that it can be written, and is not the file whose rows are `given`. What stood there before is
    /// replaced only when all of it is there.
    fn at(path: &Path, given: Option<&Path>) -> Result<Self, Failure> {
        if given.is_some_and(|given| is_same(given, path)) {
            let what = format!("--csv and --report are the same file: {}.", path.display());
            return Err(Failure::usage(what, "Name another file for the report: it would replace the rows."));
        }
        if path.is_dir() {
            return Err(unwritten(path, &"it is a folder"));
        }
        if path.exists() && !path.is_file() {
            let file = OpenOptions::new().write(true).open(path).map_err(|e| unwritten(path, &e.kind()))?;
            return Ok(Self::Written(file, path.to_owned()));
        }
        // A link goes on leading to the file that is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(unwritten(&path, &format!("there is no folder {}", folder.display())));
        }
        // The whole error names a file of ours, which nobody has asked for.
        let file = NamedTempFile::new_in(folder).map_err(|e| unwritten(&path, &e.kind()))?;
        Ok(Self::Replaced(file, path))
    }

    /// Whether the rows go to stdout.
    fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Fetches the refused rows of an import, all of them, and writes them.
    async fn fill(self, session: &Session, license: &str, import: &str) -> Result<(), Failure> {
        let call = Call::get(&["licenses", license, "imports", import, "refused"]).csv();
        let mut rows = session.client.stream(call).await?.into_body();
        let write = |bytes: &[u8]| match &self {
            Self::Replaced(file, path) => file.as_file().write_all(bytes).map_err(|e| unwritten(path, &e)),
            Self::Written(file, path) => (&*file).write_all(bytes).map_err(|e| unwritten(path, &e)),
            Self::Stdout => Ok(io::stdout().write_all(bytes)?),
        };
        while let Some(frame) = rows.frame().await {
            let hint = "The import itself is done; fetch the refused rows from its page in the API.";
            let broken =
                |error| Failure::broken("answer_broken_off", format!("The report broke off: {error}."), hint);
            if let Some(bytes) = frame.map_err(broken)?.data_ref() {
                write(bytes)?;
            }
        }
        let path = match self {
            Self::Replaced(file, path) => {
                file.persist(&path).map_err(|e| unwritten(&path, &e.error))?;
                path
            }
            Self::Written(_, path) => path,
            Self::Stdout => return Ok(io::stdout().flush()?),
        };
        session.out.note(&format!("Refused rows: {}", visible(&path.to_string_lossy())));
        Ok(())
    }
}

/// Whether two paths lead to one file; one that is not there is no other's.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let what = format!("The report {} can't be written: {error}.", path.display());
    Failure::broken("unwritable", what, "Name a file for --report that may be written.")
}
