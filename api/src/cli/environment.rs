//! What the environment says where the command line does not. A variable that is empty says nothing.

use super::{Failure, values::Misread};
use crate::visible::{shortened, without_password};

/// The value of a variable, or what is wrong with it.
pub(crate) fn said<T>(
    variable: &str,
    read: impl FnOnce(&str) -> Result<T, Misread>,
) -> Result<Option<T>, Failure> {
    value(variable, &std::env::var_os(variable).unwrap_or_default().to_string_lossy(), read)
}

/// What a variable says that is a secret: it may also stand in a file that `VARIABLE_FILE` names.
pub(crate) fn secret(variable: &str) -> Result<Option<String>, Failure> {
    let in_file = format!("{variable}_FILE");
    let own = |text: &str| Ok(text.trim().to_owned());
    match (said(variable, own)?, said(&in_file, own)?) {
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("{variable} and {in_file} are both set."), "Set one of them."))
        }
        (None, Some(path)) => {
            std::fs::read_to_string(&path).map(|text| Some(text.trim().to_owned())).map_err(|error| {
                let shown = shortened(&path);
                Failure::usage(
                    format!("{in_file}: \"{shown}\" can't be read: {error}."),
                    "Check the path and who may read it.",
                )
            })
        }
        (value, None) => Ok(value),
    }
}

fn value<T>(
    variable: &str,
    text: &str,
    read: impl FnOnce(&str) -> Result<T, Misread>,
) -> Result<Option<T>, Failure> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let told = |Misread { what, hint }| {
        let shown = shortened(&without_password(text));
        Failure::usage(format!("{variable}: \"{shown}\" {what}."), hint)
    };
    read(text).map(Some).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::values::days;

    #[test]
    fn a_variable_says_nothing_or_something_that_fits() {
        for (text, said) in [("", None), ("  ", None), ("7", Some(7)), (" 30 ", Some(30))] {
            assert!(value("DAYS", text, days).is_ok_and(|read| read == said), "{text:?}");
        }
        let Err(Failure::Local { what, hint, .. }) = value("DAYS", "a week", days) else {
            panic!("it was read")
        };
        assert_eq!(what, "DAYS: \"a week\" is not a whole number.");
        assert!(hint.contains("like 7"), "{hint}");
    }
}
