//! `seatbook audit export`: the history in a file.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use domain::email::sentence;
use http_body_util::BodyExt;
use serde_json::json;
use tempfile::NamedTempFile;

use super::verify::{found_beside, size_of, tell_notes, words_of};
use crate::cli::{Exit, Failure, Session, call::Call, licenses::resolve};

/// What is exported, and where to.
#[derive(Args)]
pub(crate) struct Export {
    /// Only the events of this license, each with its proof; unless given, everything
    license: Option<String>,
    /// With the addresses of the people whom the events bring in, as far as they were not erased
    #[arg(long)]
    people: bool,
    /// A file with an earlier checkpoint: of a license's export, it is shown that this one goes on from it
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// The file to write; unless given, it goes to stdout
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Export {
    /// Writes it as it comes.
    pub(super) async fn run(&self, session: &Session) -> Result<Exit, Failure> {
        let since = self.since.as_deref().map(size_of).transpose()?;
        let call = asked(session, self.license.as_deref(), self.people, since).await?;
        let Some(path) = &self.to else {
            write(session, call, &mut io::stdout().lock()).await?;
            return Ok(Exit::Done);
        };
        if path.exists() {
            // It may be what somebody keeps to compare with.
            let what = format!("The file {} is there already.", path.display());
            return Err(Failure::broken("unwritable", what, "Name another one, or remove that one first."));
        }
        let unwritten = |error: io::Error| unwritten(path, &error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Under its name once it is whole; it may hold addresses.
        let folder_unwritten = |error: io::Error| unwritten(io::Error::from(error.kind()));
        let mut file = NamedTempFile::new_in(folder).map_err(folder_unwritten)?;
        let bytes = write(session, call, file.as_file_mut()).await?;
        file.persist_noclobber(path).map_err(|failed| unwritten(failed.error))?;
        let shown = path.display().to_string();
        session.out.value(&json!({ "file": shown, "bytes": bytes }), || format!("Wrote {shown}.\n"))?;
        Ok(Exit::Done)
    }
}

/// Asks for an export.
pub(super) async fn asked(
    session: &Session,
    license: Option<&str>,
    people: bool,
    since: Option<u64>,
) -> Result<Call, Failure> {
    let call = match license {
        None => Call::get(&["log", "export"]),
        Some(license) => Call::get(&["licenses", &resolve(&session.client, license).await?, "log", "export"]),
    };
    Ok(call.long().query("people", people.then_some(true)).query("since", since))
}

async fn write(session: &Session, call: Call, to: &mut impl Write) -> Result<u64, Failure> {
    let response = session.client.stream(call).await?;
    // Whoever verifies the file finds what is in it.
    for finding in found_beside(response.headers()) {
        session.out.note(&format!("Beside what the file holds: {}", words_of(&finding)));
    }
    tell_notes(response.headers(), session.out);
    let mut body = response.into_body();
    let mut bytes = 0_u64;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(broken_off)?.into_data() {
            to.write_all(&data)?;
            bytes += u64::try_from(data.len()).unwrap_or(0);
        }
    }
    to.flush()?;
    Ok(bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
pub(super) fn broken_off(error: axum::Error) -> Failure {
    let hint = "Try again. If it breaks off at the same place, `seatbook database check` and the service's log say more.";
    Failure::broken("answer_broken_off", sentence(format!("The export broke off: {error}")), hint)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let error = match error.kind() {
        io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        _ => error.to_string(),
    };
    let what = format!("The export can't be written to {}: {error}.", path.display());
    Failure::broken("unwritable", what, "Name a file in a folder that is there and may be written.")
}
