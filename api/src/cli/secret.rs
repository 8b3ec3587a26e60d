//! What license keys are kept with, where the environment says so: `SEATBOOK_SECRET_FILE` or `SEATBOOK_SECRET`.

use commands::Secrets;

use super::{Failure, environment::secret};
use crate::State;

const VARIABLE: &str = "SEATBOOK_SECRET";

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
    let read = |text: String| {
        Secrets::parse(&text).map_err(|error| Failure::usage(format!("{VARIABLE}: it {error}."), HINT))
    };
    secret(VARIABLE)?.map(read).transpose()
}
