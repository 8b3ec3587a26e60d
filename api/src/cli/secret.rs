//! What license keys are kept with, where the environment says so: `SEATBOOK_SECRET_FILE` or `SEATBOOK_SECRET`.

use commands::Secrets;

use super::{Failure, environment::secret};
use crate::State;

const FILE: &str = "SEATBOOK_SECRET_FILE";

const TEXT: &str = "SEATBOOK_SECRET";

const HINT: &str = "Write a secret of 32 characters or more, like that of `openssl rand -base64 32`; further lines are \
                    older ones, which open what they sealed.";

/// The system with these secrets, if there are some; otherwise with those that it has.
pub(super) fn with_secrets(state: State) -> Result<State, Failure> {
    Ok(match of_environment()? {
        Some(secrets) => state.with_secrets(secrets),
        None => state,
    })
}

fn of_environment() -> Result<Option<Secrets>, Failure> {
    let read = |name: &str, text: &str| {
        Secrets::parse(text).map(Some).map_err(|error| Failure::usage(format!("{name}: it {error}."), HINT))
    };
    match (secret(FILE), secret(TEXT)) {
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("{FILE} and {TEXT} are both set."), "Set one of them."))
        }
        (Some(path), None) => {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let what = format!("{FILE}: {path} can't be read: {error}.");
                Failure::usage(what, "Name a file that this account may read.")
            })?;
            read(FILE, &text)
        }
        (None, Some(text)) => read(TEXT, &text),
        (None, None) => Ok(None),
    }
}
