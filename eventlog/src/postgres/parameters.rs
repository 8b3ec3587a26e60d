//! What stands behind the `?` of a URL: the library leaves out what it does not know, and tells of a missing file as of a
//! missing server.

use std::fs::File;

use super::unopened::unopened;
use crate::outcome::LogError;

/// Files for encrypted connections, by all their names.
const FILES: [&str; 7] =
    ["sslrootcert", "ssl-root-cert", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"];

/// The others.
const OTHERS: [&str; 11] = [
    "sslmode",
    "ssl-mode",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

pub(super) fn check(url: &str, name: &str) -> Result<(), LogError> {
    let (_, query) = url.split_once('?').unwrap_or_default();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if FILES.contains(&&*key) {
            File::open(&*value).map_err(|error| {
                let hint = "Check the path, and that this account may read the file.";
                unopened(name, format!("{key} names {value}, which can't be read: {error}"), hint)
            })?;
        } else if !OTHERS.contains(&&*key) && !key.starts_with("options[") {
            let hint = "Leave it out, or correct its name: sslmode, sslrootcert, sslcert, sslkey, host, options. A ? in a \
                        password stands as %3F.";
            // The end of a password would be shown otherwise.
            let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            let named = if plain { format!(" {key}") } else { String::new() };
            return Err(unopened(name, format!("its URL has a parameter{named} that there is not"), hint));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_none_and_a_file_that_is_not_there_are_named() {
        let said = |url: &str| check(url, "postgres://db/x").map_err(|error| error.to_string());
        let none = said("postgres://db/x?sslmode=require&sslmod=no").unwrap_err();
        assert!(none.contains("a parameter sslmod that"), "{none}");
        let secret = said("postgres://u:12?s3cret@db/x").unwrap_err();
        assert!(secret.contains("a parameter that") && !secret.contains("s3cret"), "{secret}");
        let lost = said("postgres://db/x?sslrootcert=%2Fnowhere%2Froot.crt").unwrap_err();
        assert!(lost.contains("sslrootcert names /nowhere/root.crt, which can't be read"), "{lost}");
        assert_eq!(said("postgres://db/x?host=%2Ftmp&options[search_path]=a"), Ok(()));
        assert_eq!(said("postgres://db/x"), Ok(()));
    }
}
