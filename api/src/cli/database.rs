//! Which database: `--database`, `SEATBOOK_DATABASE`, `DATABASE_URL`, or a file in the user's data folder.

use std::{
    fmt,
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    str::FromStr,
};

use etcetera::{BaseStrategy, base_strategy::Xdg};
use eventlog::postgres::{display_url, is_postgres};

use super::{
    Failure,
    environment::{said, secret},
    output::visible,
    values::Misread,
};
use crate::visible::{shortened, without_password};

/// Names the database where the command line does not.
const VARIABLE: &str = "SEATBOOK_DATABASE";

/// Where neither does: so hosting services tell programs of any kind which database is theirs.
const OF_ANY_PROGRAM: &str = "DATABASE_URL";

/// A database. No derived `Debug`: a URL holds a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A file.
    File(File),
    /// A URL of one on a `PostgreSQL` server.
    Server(String),
}

/// A database file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct File {
    path: PathBuf,
    /// Whether nobody named it.
    is_default: bool,
}

impl Target {
    /// The one that was named; otherwise the default, whose path is told on stderr.
    pub(super) fn open(named: Option<Self>) -> Result<Self, Failure> {
        let of_environment = || match secret(VARIABLE)?.map(|text| read(&text)).transpose()? {
            None => said(OF_ANY_PROGRAM, of_any_program).map(Option::flatten),
            named => Ok(named),
        };
        if let Some(target) = named.map_or_else(of_environment, |named| Ok(Some(named)))? {
            return Ok(target);
        }
        let data = Xdg::new().map_err(|error| {
            let what = format!("There is no home folder to keep the database in: {error}.");
            Failure::broken("no_home", what, "Name a database file: --database sqlite:PATH.")
        })?;
        let path = data.data_dir().join("seatbook").join("seatbook.db");
        eprintln!("Database: {} (the default; --database names another)", visible(&path.to_string_lossy()));
        Ok(Self::File(File { path, is_default: true }))
    }

    /// Any file.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self::File(File { path, is_default: false })
    }

    /// Makes sure that a file is there, or that it can be made where the command is one that `makes` databases: a
    /// mistyped path must not look like a database without licenses. What is on a server is seen when it is reached.
    pub(super) fn prepare(&self, makes: bool) -> Result<(), Failure> {
        match self {
            Self::File(file) => file.prepare(makes),
            Self::Server(_) => Ok(()),
        }
    }
}

fn read(text: &str) -> Result<Target, Failure> {
    text.parse().map_err(|Misread { what, hint }| {
        let shown = shortened(&without_password(text));
        Failure::usage(format!("{VARIABLE}: \"{shown}\" {what}."), hint)
    })
}

/// A variable that is not ours alone: what names no engine of ours is another program's business.
fn of_any_program(text: &str) -> Result<Option<Target>, Misread> {
    let is_ours = is_postgres(text) || text.to_ascii_lowercase().starts_with("sqlite:");
    is_ours.then(|| text.parse()).transpose()
}

impl File {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn prepare(&self, makes: bool) -> Result<(), Failure> {
        // What can't be looked at is told when it is opened.
        if self.path.try_exists().unwrap_or(true) {
            return Ok(());
        }
        if !makes {
            return Err(self.missing());
        }
        let Some(folder) = self.path.parent().filter(|_| self.is_default) else { return Ok(()) };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| {
            let what = format!("The folder {} can't be made: {error}.", folder.display());
            Failure::broken("unwritable", what, "Name another database file: --database sqlite:PATH.")
        })
    }

    fn missing(&self) -> Failure {
        let path = self.path.display();
        let (what, hint) = if self.is_default {
            let begin = "Begin with `seatbook license create NAME --seats N --admin EMAIL`, which makes it; or look \
                         around first: `seatbook demo`. If your database is elsewhere, name it: --database sqlite:PATH.";
            (format!("There is no database yet: {path}."), begin.to_owned())
        } else {
            let hint = match self.missing_folder() {
                Some(folder) => format!("There is no folder {}: check the path.", folder.display()),
                None => "Check the path. `seatbook license create`, `serve` and `demo` make a new database; no other \
                         command does."
                    .to_owned(),
            };
            (format!("There is no database at {path}."), hint)
        };
        Failure::broken("no_database", what, hint)
    }

    /// The folder of the file, if that is not there.
    pub(super) fn missing_folder(&self) -> Option<&Path> {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(File { path, .. }) => write!(f, "sqlite:{}", path.display()),
            Self::Server(url) => f.write_str(&display_url(url)),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Target {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        const HINT: &str = "Write sqlite:PATH, or postgres://USER:PASSWORD@HOST:5432/DATABASE.";
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let path = match scheme.as_deref() {
            Some("sqlite") => {
                let path = &text["sqlite:".len()..];
                path.strip_prefix("//").unwrap_or(path)
            }
            // What can't be read in it is told, without the password, when it is reached.
            Some("postgres" | "postgresql") if text["postgres".len()..].contains("://") => {
                let (scheme, rest) = text.split_once(':').unwrap_or_default();
                return Ok(Self::Server(format!("{}:{rest}", scheme.to_ascii_lowercase())));
            }
            Some("postgres" | "postgresql") => return Err(Misread::new("names no server", HINT)),
            Some(scheme) if text[scheme.len()..].starts_with("://") => {
                return Err(Misread::new(format!("names no engine that there is: {scheme}"), HINT));
            }
            Some(_) | None => text,
        };
        match path {
            "" => Err(Misread::new("names no path", HINT)),
            ":memory:" => Err(Misread::new("would be gone after the command, being in memory", HINT)),
            path => Ok(Self::file(PathBuf::from(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_path_with_or_without_its_scheme() {
        for (text, path) in [
            ("sqlite:seats.db", "seats.db"),
            ("SQLite:/var/seats.db", "/var/seats.db"),
            ("sqlite:///var/seats.db", "/var/seats.db"),
            ("/var/seats.db", "/var/seats.db"),
            ("odd:name.db", "odd:name.db"),
        ] {
            assert_eq!(text.parse(), Ok(Target::file(PathBuf::from(path))), "{text}");
        }
    }

    #[test]
    fn a_server_is_a_url_that_is_shown_without_its_password() {
        for (text, url) in [
            ("postgres://ada:s3cret@db:5433/seats", "postgres://ada@db:5433/seats"),
            ("PostgreSQL://ada:s3cret@db/seats?sslmode=require", "postgres://ada@db:5432/seats"),
            ("postgres://ada:s3cret@db:not-a-port/seats", "postgres://…"),
        ] {
            let target: Target = text.parse().unwrap();
            assert!(
                matches!(&target, Target::Server(url) if url.contains("s3cret") && is_postgres(url)),
                "{text}"
            );
            assert_eq!((target.to_string().as_str(), format!("{target:?}").as_str()), (url, url));
        }
    }

    #[test]
    fn another_engine_is_refused_with_a_reason() {
        for (text, said) in [
            ("mysql://localhost/seats", "no engine that there is: mysql"),
            ("postgres:seats", "names no server"),
            ("sqlite:", "no path"),
            ("sqlite::memory:", "in memory"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert!(error.what.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn what_another_program_calls_its_database_is_none_of_ours() {
        for (text, ours) in [
            ("postgres://db/seats", true),
            ("sqlite:seats.db", true),
            ("mysql://db/shop", false),
            ("shop.db", false),
            ("/var/shop.db", false),
        ] {
            assert_eq!(of_any_program(text).unwrap().is_some(), ours, "{text}");
        }
        assert!(of_any_program("sqlite:").is_err());
    }
}
