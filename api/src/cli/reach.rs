//! Who answers: a server that has the database file open, or this process.

mod on_server;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::Utc;
use eventlog::{
    LogError,
    sqlite::{Holder, holder},
};
use tokio::time::{Instant, sleep};

use super::{
    Failure,
    database::{File, Target},
    front,
    knock::is_there,
    output::visible,
    secret::with_secrets,
};
use crate::{State, mail::Mail, retention, state::open_with};

/// As long as a command waits for another one to finish.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so long it says what it waits for: a process that was killed lets the database go before that.
const WORD: Duration = Duration::from_millis(250);

/// As often as it looks.
const LOOK: Duration = Duration::from_millis(25);

/// Who answers.
#[expect(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub(crate) enum Reached {
    /// The server of another process, on its socket.
    Server { pid: u32, socket: PathBuf },
    /// This process, which has opened the database.
    Here(State),
}

/// Finds the server of a file, or opens the database: one on a `PostgreSQL` server as a node of its own, whoever else has it
/// open. `makes`: whether its tables may be made there if they are not. `keep`: for how many days refused rows are kept;
/// unless given, what the environment says.
pub(crate) async fn reach(database: &Target, makes: bool, keep: Option<u32>) -> Result<Reached, Failure> {
    let mail = front::mail()?;
    let reached = match database {
        Target::File(file) => reach_file(database, file, keep, mail.as_ref()).await?,
        Target::Server(url) => {
            let days = keep.map_or_else(retention::days, Ok)?;
            let state = with_secrets(on_server::open(url, makes, mail).await?)?;
            retention::forget(&state, days, Utc::now()).await;
            Reached::Here(state)
        }
    };
    Ok(match reached {
        Reached::Here(state) => Reached::Here(front::as_said(state)?),
        server @ Reached::Server { .. } => server,
    })
}

/// Another command that has the file open is waited for, and so is a process that was killed and is not quite gone: its
/// lock and its socket are still there, and it answers nobody.
async fn reach_file(
    database: &Target,
    file: &File,
    keep: Option<u32>,
    mail: Option<&Mail>,
) -> Result<Reached, Failure> {
    let path = file.path();
    let begun = Instant::now();
    let mut told = false;
    loop {
        let pid = match holder(path) {
            Some(Holder { pid, socket: Some(socket) }) if is_there(&socket).await => {
                return Ok(Reached::Server { pid, socket });
            }
            Some(Holder { pid, socket: _ }) => pid,
            None => {
                let days = keep.map_or_else(retention::days, Ok)?;
                match open(path, days, mail.cloned()).await {
                    Ok(state) => return with_secrets(state).map(Reached::Here),
                    Err(LogError::InUse { pid, .. }) => pid,
                    Err(error) => return Err(unopened(database, file, &error)),
                }
            }
        };
        if begun.elapsed() >= PATIENCE {
            return Err(in_use(database, pid));
        }
        if !told && begun.elapsed() >= WORD {
            eprintln!("Another command (process {pid}) has the database open; waiting for it ...");
            told = true;
        }
        sleep(LOOK).await;
    }
}

async fn open(path: &Path, keep_days: u32, mail: Option<Mail>) -> Result<State, LogError> {
    let new = !path.exists();
    let state = open_with(path, mail).await?;
    retention::forget(&state, keep_days, Utc::now()).await;
    if new {
        eprintln!("Made a new database: {}", visible(&path.to_string_lossy()));
    }
    Ok(state)
}

pub(super) fn unopened(database: &Target, file: &File, error: &LogError) -> Failure {
    let (what, hint) = match (file.missing_folder(), error) {
        (Some(folder), _) => (
            format!("{database} can't be opened: there is no folder {}.", folder.display()),
            "Check the path, or make the folder first.",
        ),
        // It may be one of the files beside the database.
        (None, LogError::Unopened { hint, .. }) => (format!("{error}."), *hint),
        (None, error) => {
            (format!("{database} can't be opened: {error}."), "Check the path, and the disk that it is on.")
        }
    };
    Failure::broken("database_unopened", what, hint)
}

pub(super) fn in_use(database: &Target, pid: u32) -> Failure {
    let what = format!("{database} is still in use by process {pid}, which does not answer requests.");
    Failure::broken("database_in_use", what, "Try again when that command has ended.")
}
