//! Which database: `--database sqlite:PATH`, `SEATBOOK_DATABASE`, or a file in the user's data folder.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, base_strategy::Xdg};

use super::Failure;

/// A database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(PathBuf);

impl Target {
    /// The one that was named; otherwise the default, whose path is told on stderr.
    pub(super) fn open(named: Option<Self>) -> Result<Self, Failure> {
        if let Some(target) = named {
            return Ok(target);
        }
        let data = Xdg::new().map_err(|error| {
            let what = format!("There is no home folder to keep the database in: {error}.");
            Failure::broken("no_home", what, "Name a database file: --database sqlite:PATH.")
        })?;
        let path = data.data_dir().join("seatbook").join("seatbook.db");
        if let Some(folder) = path.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|e| {
                Failure::file(folder, &e, "Name another database file: --database sqlite:PATH.")
            })?;
        }
        eprintln!("Database: {} (the default; --database names another)", path.display());
        Ok(Self(path))
    }

    /// Any file.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sqlite:{}", self.0.display())
    }
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let path = match scheme.as_deref() {
            Some("sqlite") => {
                let path = &text["sqlite:".len()..];
                path.strip_prefix("//").unwrap_or(path)
            }
            Some("postgres" | "postgresql") => {
                return Err("PostgreSQL comes with a later version; for now write sqlite:PATH".to_owned());
            }
            Some(scheme) if text[scheme.len()..].starts_with("://") => {
                return Err(format!("there is no engine called {scheme}; write sqlite:PATH"));
            }
            Some(_) | None => text,
        };
        match path {
            "" => Err("there is no path; write sqlite:PATH".to_owned()),
            ":memory:" => {
                Err("a database in memory would be gone after the command; write sqlite:PATH".to_owned())
            }
            path => Ok(Self(PathBuf::from(path))),
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
            assert_eq!(text.parse(), Ok(Target(PathBuf::from(path))), "{text}");
        }
    }

    #[test]
    fn another_engine_is_refused_with_a_reason() {
        for (text, said) in [
            ("postgres://localhost/seats", "PostgreSQL comes with a later version"),
            ("mysql://localhost/seats", "no engine called mysql"),
            ("sqlite:", "no path"),
            ("sqlite::memory:", "in memory"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
