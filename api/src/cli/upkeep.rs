//! `seatbook database`: what the owner of a database does with it.

use std::path::Path;

use clap::Subcommand;
use commands::uploads;
use eventlog::{
    Database, LogError,
    postgres::{self, Missing, OfNodes, display_url},
    sqlite,
};
use projections::{
    model::MODELS,
    store::{SCHEMAS, schema_of},
};
use serde_json::json;

use super::{
    Exit, Failure,
    database::{File, Target},
    output::Out,
    reach::{in_use, unopened},
};

/// What to do with the database.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Say what engine and version it is, and what is missing for Seatbook to work there; changes nothing
    Check,
    /// Bring the tables up to date; on a server, as their owner, before nodes of a newer version start
    Migrate,
    /// Let the role that the nodes have on a server work with the tables, and do no more there
    Grant {
        /// The role
        role: String,
    },
}

/// A database, and what it lacks.
struct Found {
    engine: String,
    /// Nothing where the user may not ask.
    version: Option<i64>,
    newest: i64,
    lacks: Vec<Lack>,
}

/// Something that is missing, and what to do about it.
struct Lack {
    what: String,
    hint: &'static str,
    /// Whether Seatbook works all the same.
    is_small: bool,
}

const MIGRATE: &str = "`seatbook database migrate` brings them up to date, as their owner.";

impl Command {
    pub(super) async fn run(self, target: &Target, out: Out) -> Result<Exit, Failure> {
        match self {
            Self::Check => check(target, out).await,
            Self::Migrate => migrate(target, out).await,
            Self::Grant { role } => grant(target, &role, out).await,
        }
    }
}

async fn check(target: &Target, out: Out) -> Result<Exit, Failure> {
    let found = match target {
        Target::File(file) => {
            target.prepare(false)?;
            of_file(file.path()).map_err(|error| unopened(target, file, &error))?
        }
        Target::Server(url) => {
            let survey = postgres::survey(url, &of_nodes()).await.map_err(|error| of_server(url, &error))?;
            Found {
                engine: format!("PostgreSQL {}", survey.server),
                version: survey.version.map(Into::into),
                newest: postgres::newest().into(),
                lacks: survey.missing.iter().map(Lack::of).collect(),
            }
        }
    };
    out.value(&found.value(target), || found.words(target))?;
    match found.lacks.iter().find(|lack| !lack.is_small) {
        None => Ok(Exit::Done),
        Some(first) => Err(Failure::broken(
            "database_incomplete",
            format!("Something is missing: {}.", first.what),
            first.hint,
        )),
    }
}

fn of_file(path: &Path) -> Result<Found, LogError> {
    let (version, newest) = (sqlite::version_of(path)?.unwrap_or_default(), sqlite::newest());
    let lack = |what: String, hint| vec![Lack { what, hint, is_small: false }];
    let lacks = match version {
        0 => lack("there are no tables in it yet".to_owned(), "`seatbook serve` makes them."),
        _ if version < newest => lack(format!("its tables are of version {version}"), MIGRATE),
        _ if version > newest => {
            lack("a newer Seatbook made its tables".to_owned(), "Use that one, or restore a backup.")
        }
        _ => Vec::new(),
    };
    Ok(Found { engine: "SQLite".to_owned(), version: Some(version), newest, lacks })
}

impl Lack {
    fn of(missing: &Missing) -> Self {
        const GRANT: &str =
            "`seatbook database grant ROLE` grants what a node needs, as the owner of the tables.";
        let (what, hint) = match missing {
            Missing::Tables => ("there are no tables".to_owned(), "`seatbook database migrate` makes them."),
            Missing::Migrations => ("its tables are of an earlier version".to_owned(), MIGRATE),
            Missing::Role { what, hint } => (what.clone(), *hint),
            Missing::Rights { rights, tables } => {
                (format!("the user has no {} on {}", rights.join(", "), tables.join(", ")), GRANT)
            }
            Missing::Create => {
                ("the user may not make tables and schemas, for uploads and read models".to_owned(), GRANT)
            }
            Missing::Trigrams => (
                "it has no pg_trgm, and searches in long lists are slow".to_owned(),
                "CREATE EXTENSION pg_trgm, start all nodes anew, and give `seatbook projections rebuild members`.",
            ),
            Missing::TrigramIndex => (
                "its lists were made before pg_trgm was there, and searches in long ones are slow".to_owned(),
                "Start all nodes anew, and give `seatbook projections rebuild members`.",
            ),
        };
        let is_small = matches!(missing, Missing::Trigrams | Missing::TrigramIndex);
        Self { what, hint, is_small }
    }
}

impl Found {
    fn value(&self, target: &Target) -> serde_json::Value {
        let missing: Vec<_> =
            self.lacks.iter().map(|lack| json!({ "what": lack.what, "hint": lack.hint })).collect();
        json!({
            "database": target.to_string(), "engine": self.engine, "version": self.version,
            "newest": self.newest, "missing": missing,
        })
    }

    fn words(&self, target: &Target) -> String {
        let tables = match self.version {
            None => "of a version that the user may not ask for".to_owned(),
            Some(0) => "none".to_owned(),
            Some(version) if version == self.newest => format!("version {version}"),
            Some(version) => format!("version {version}; this Seatbook makes {}", self.newest),
        };
        let missing: String = match self.lacks.as_slice() {
            [] => "nothing".to_owned(),
            lacks => lacks.iter().map(|lack| format!("\n  - {}. {}", lack.what, lack.hint)).collect(),
        };
        format!(
            "Database:  {target}\nEngine:    {}\nTables:    {tables}\nMissing:   {missing}\n",
            self.engine
        )
    }
}

async fn migrate(target: &Target, out: Out) -> Result<Exit, Failure> {
    let version = match target {
        Target::File(file) => {
            target.prepare(false)?;
            migrate_file(target, file)?;
            sqlite::newest()
        }
        Target::Server(url) => {
            postgres::migrate(url).await.map_err(|error| of_server(url, &error))?;
            postgres::newest().into()
        }
    };
    let words = || format!("The tables of {target} are of version {version}.\n");
    out.value(&json!({ "database": target.to_string(), "version": version }), words)?;
    Ok(Exit::Done)
}

/// Opening does it.
fn migrate_file(target: &Target, file: &File) -> Result<(), Failure> {
    match Database::open(file.path()) {
        Ok(_) => Ok(()),
        Err(LogError::InUse { pid, .. }) => Err(in_use(target, pid)),
        Err(error) => Err(unopened(target, file, &error)),
    }
}

async fn grant(target: &Target, role: &str, out: Out) -> Result<Exit, Failure> {
    let Target::Server(url) = target else {
        let hint = "A file belongs to whoever may read and write it. Name a database on a server.";
        return Err(Failure::usage("There are no roles in a file.", hint));
    };
    postgres::grant(url, role, &of_nodes()).await.map_err(|error| of_server(url, &error))?;
    let words = || format!("{role} may work with the tables of {target}, as a node does.\n");
    out.value(&json!({ "database": target.to_string(), "role": role }), words)?;
    Ok(Exit::Done)
}

/// What nodes make beside the log's tables.
fn of_nodes() -> OfNodes {
    let tables = uploads::TABLES.into_iter().chain(identity::TABLES).chain([notary::TABLE]).collect();
    OfNodes { tables, schemas: SCHEMAS, schema: schema_of(&MODELS) }
}

fn of_server(url: &str, error: &LogError) -> Failure {
    let (what, hint) = match error {
        LogError::Unopened { hint, .. } => (format!("{error}."), *hint),
        error => (format!("{} can't be used: {error}.", display_url(url)), "Check the server's own log."),
    };
    Failure::broken("database_unopened", what, hint)
}
