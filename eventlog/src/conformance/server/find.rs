//! Where `PostgreSQL`'s programs are on this machine, and whose the server shall be.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Names the folder of `initdb` and `pg_ctl`, if they are to be taken from there.
const ASKED: &str = "SEATBOOK_TEST_POSTGRES";

const HOW: &str = "The tests of the PostgreSQL engine need PostgreSQL 15 or later on this machine (a running server is \
not needed). Debian, Ubuntu: apt-get install postgresql. Fedora: dnf install postgresql-server. macOS: brew install \
postgresql@17. Elsewhere, name the folder that holds initdb and pg_ctl in SEATBOOK_TEST_POSTGRES.";

/// The folder of the server's programs.
pub(super) fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os(ASKED).map(PathBuf::from) {
        assert!(is_one(&folder), "{ASKED}: there is no initdb in {}. {HOW}", folder.display());
        return folder;
    }
    let found = told().into_iter().chain(usual()).chain(on_path()).find(|folder| is_one(folder));
    found.unwrap_or_else(|| panic!("no PostgreSQL was found. {HOW}"))
}

fn is_one(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres", "pg_basebackup"].iter().all(|name| folder.join(name).is_file())
}

/// What `pg_config` says.
fn told() -> Option<PathBuf> {
    let said = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(said.stdout).ok()?.trim()))
}

fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Links lead to where the other programs are.
    let real = |folder: PathBuf| fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned);
    std::env::split_paths(&path).filter_map(real).collect()
}

/// Where packages put them; newest first.
fn usual() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    let beginnings = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
    ];
    for (folder, beginning) in beginnings {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(beginning)?.parse().ok());
            found.extend(version.map(|version| (version, entry.path().join("bin"))));
        }
    }
    found.sort();
    found.into_iter().rev().map(|(_, folder)| folder).chain([PathBuf::from("/usr/pgsql/bin")]).collect()
}

/// An account that is not root: its user and group.
pub(super) fn account() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |wanted: &str| {
        let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let fields = fields.into_iter().find(|fields| fields.first() == Some(&wanted))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).expect("an account that is not root: `postgres` or `nobody`")
}
