//! Why a database can't be opened: said so that whoever named it knows what to do.

use std::{io::ErrorKind, path::PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{Error, postgres::PgDatabaseError};

use super::{names::display_url, session::Unfit};
use crate::outcome::LogError;

/// Says no to a database, by its name without the password.
pub(super) fn unopened(name: &str, what: impl Into<String>, hint: &'static str) -> LogError {
    LogError::Unopened { path: PathBuf::from(name), what: what.into(), hint }
}

pub(super) fn of_url(url: &str, error: &Error) -> LogError {
    let (what, hint) = match error {
        Error::Configuration(cause) if cause.to_string().contains("ssl_mode") => {
            (format!("its sslmode is none ({cause})"), SSLMODE)
        }
        Error::Configuration(cause) => (format!("this is no URL of a database ({cause})"), URL),
        _ => ("this is no URL of a database".to_owned(), URL),
    };
    unopened(&display_url(url), what, hint)
}

const SSLMODE: &str =
    "Give one of disable, allow, prefer, require, verify-ca and verify-full; over a network, verify-full.";

const URL: &str = "Write it like postgres://USER:PASSWORD@HOST:5432/DATABASE, with one host; in a password, / stands as %2F, # as \
                   %23, ? as %3F, @ as %40, : as %3A and % as %25.";

pub(super) fn silent(name: &str) -> LogError {
    let hint = "Check host and port, and whether a firewall stands between.";
    unopened(name, "nobody answers there", hint)
}

/// What was said when we connected, or did the first things there.
pub(super) fn of_sqlx(name: &str, error: &Error) -> LogError {
    match error {
        Error::Database(said) => {
            let said = said.try_downcast_ref::<PgDatabaseError>();
            said.map_or_else(|| unopened(name, error.to_string(), CHECK), |said| of_server(name, said))
        }
        Error::Io(cause) => of_io(name, cause),
        Error::Tls(cause) => of_tls(name, &cause.to_string()),
        other => unopened(name, other.to_string(), CHECK),
    }
}

const CHECK: &str = "Check the URL, and the server's own log.";

fn of_tls(name: &str, cause: &str) -> LogError {
    let hint = if cause.contains("does not support TLS") {
        "Switch `ssl` on at the server; where nobody can listen in between, `sslmode=prefer` does without."
    } else {
        "Give the certificate that the server's own was issued by with `sslrootcert=FILE` in the URL. A certificate that is \
         its own issuer (as `openssl req -x509` makes one) will not do: let one sign the other."
    };
    unopened(name, format!("no encrypted connection came about: {cause}"), hint)
}

fn of_io(name: &str, cause: &std::io::Error) -> LogError {
    match cause.kind() {
        // What the library for encryption says comes as any other fault of reading.
        _ if cause.to_string().contains("certificate") => of_tls(name, &cause.to_string()),
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => {
            unopened(name, "no server listens there", "Start PostgreSQL, or check host and port.")
        }
        _ => unopened(name, cause.to_string(), "Check host and port, and whether the server runs."),
    }
}

fn of_server(name: &str, said: &PgDatabaseError) -> LogError {
    let told = |what: &str, hint| unopened(name, format!("{what}: {}", said.message()), hint);
    let (what, hint) = match said.code() {
        "28P01" => ("the password was refused", "Check user and password in the URL."),
        "28000" => (
            "the server lets this user not in from here",
            "Check the user in the URL, and the server's pg_hba.conf.",
        ),
        "3D000" => ("there is no such database", "Make it with `createdb`, or check the name in the URL."),
        "53300" => {
            let hint = "Raise max_connections, or the limit of the role or database, or end what needs no connection.";
            return told("the server has no connection left", hint);
        }
        "57P03" => ("the server is starting or stopping", "Try again in a moment."),
        "42501" => {
            let hint = "Let the owner of the tables bring them up to date and grant the rights (`seatbook database grant \
                        ROLE`), or name the owner in the URL.";
            return told("the user may not do this", hint);
        }
        "42P07" => ("it has tables of another program", "Name a database of its own for Seatbook."),
        _ => return unopened(name, said.message(), CHECK),
    };
    unopened(name, what, hint)
}

pub(super) fn what(unfit: Unfit) -> String {
    match unfit {
        Unfit::TooOld(version) => {
            format!("it is PostgreSQL {}, and 15 is the oldest that will do", version / 10_000)
        }
        Unfit::Standby => "it is a standby, which may be behind".to_owned(),
        Unfit::ReadOnly => "it takes no writes".to_owned(),
        Unfit::NotDurable => "it acknowledges commits before they are durable".to_owned(),
        Unfit::NotUnicode => {
            "its encoding is not UTF8, so not every name and address can be written there".to_owned()
        }
    }
}

pub(super) fn of_unfit(name: &str, unfit: Unfit) -> LogError {
    let hint = match unfit {
        Unfit::TooOld(_) => "Use a newer server.",
        Unfit::Standby => "Name the primary in the URL.",
        Unfit::ReadOnly => "See why `default_transaction_read_only` is on, or name another server.",
        Unfit::NotDurable => "Switch `fsync` on; a log that a power cut tears is none.",
        Unfit::NotUnicode => "Make another database: `createdb --encoding UTF8 --template template0 NAME`.",
    };
    unopened(name, what(unfit), hint)
}

/// Two clocks that tell different times.
pub(super) fn of_clocks(name: &str, ours: DateTime<Utc>, theirs: DateTime<Utc>) -> LogError {
    let told = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let what = format!("here it is {}, and there it is {}", told(ours), told(theirs));
    unopened(name, what, "Set both clocks by the same time server: what is recorded has its time for good.")
}

pub(super) fn newer(name: &str) -> LogError {
    unopened(name, "a newer Seatbook made its tables", "Use that one, or restore a backup.")
}

pub(super) fn not_ours(name: &str) -> LogError {
    let hint = "Let the owner of the tables start Seatbook once, which brings them up to date.";
    unopened(name, "its tables are older than this Seatbook, and the user may not change them", hint)
}
