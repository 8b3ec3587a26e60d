//! The database, on whichever engine it is.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use commands::{
    Executor, Secrets,
    jobs::{Jobs, claims::PostgresClaims},
    uploads::{FileUploads, PostgresUploads},
};
use eventlog::{Database, EventLog, LogError, Postgres, Spellings};
use identity::Accounts;
use projections::{ReadStore, sql::Beside};

use crate::mail::Mail;

/// A database that is open.
#[derive(Clone)]
pub(crate) enum Engine {
    /// A file, which one process has open.
    File(Database),
    /// On a server, for any number of nodes.
    Server(Postgres),
}

/// Looks so often for imports that nobody works on: one process left them behind when it ended, and is this one now.
const LOOK: Duration = Duration::from_mins(1);

/// The same where other nodes may end at any time.
const LOOK_AMONG_NODES: Duration = Duration::from_secs(3);

impl Engine {
    /// What every engine can do.
    pub(crate) fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::File(file) => Arc::new(file.clone()),
            Self::Server(server) => Arc::new(server.clone()),
        }
    }

    /// The file, where there is one.
    pub(crate) fn file(&self) -> Option<&Database> {
        match self {
            Self::File(file) => Some(file),
            Self::Server(_) => None,
        }
    }

    /// The write side. License keys are kept with a secret beside the file; on a server, where somebody configures one.
    pub(crate) fn executor(&self) -> Executor {
        let executor = Executor::new(self.log());
        match self {
            Self::File(file) => executor.with_secrets(Secrets::beside(beside(file.path(), "-secret"))),
            Self::Server(_) => executor,
        }
    }

    /// The read models, which are kept beside the log.
    pub(crate) async fn read_store(&self) -> Result<ReadStore, LogError> {
        match self {
            Self::File(file) => ReadStore::open(file.clone()),
            Self::Server(server) => ReadStore::beside(server.clone()).await,
        }
    }

    /// Imports under way, with their uploads.
    pub(crate) async fn jobs(&self, commands: &Executor) -> Result<Jobs, LogError> {
        match self {
            Self::File(file) => {
                let folder = beside(file.path(), "-uploads");
                let uploads = FileUploads::open(folder.clone());
                let uploads = uploads.map_err(|e| unopened(folder, &e, IN_A_FOLDER))?;
                Ok(Jobs::new(commands.clone(), Arc::new(uploads)))
            }
            Self::Server(server) => {
                let uploads = PostgresUploads::open(server.clone()).await;
                let uploads = uploads.map_err(|e| unopened(server.name().into(), &e, IN_TABLES))?;
                let claims = PostgresClaims::among(server.clone());
                Ok(Jobs::among(commands.clone(), Arc::new(uploads), Arc::new(claims)))
            }
        }
    }

    /// Who is signed in, and by what.
    pub(crate) async fn accounts(&self) -> Result<Accounts, LogError> {
        match self {
            Self::File(file) => Accounts::in_file(file.clone()).await,
            Self::Server(server) => Accounts::on_server(server.clone()).await,
        }
    }

    /// Where tables of our own can be, beside those of the log.
    pub(crate) fn beside(&self) -> Beside {
        match self {
            Self::File(file) => file.clone().into(),
            Self::Server(server) => server.clone().into(),
        }
    }

    /// A file beside the database's file, where there is one.
    pub(crate) fn file_beside(&self, what: &str) -> Option<PathBuf> {
        self.file().map(|file| beside(file.path(), what))
    }

    /// Where letters go while nobody has named a mail server: beside the file, or into a folder of this node's.
    pub(crate) fn usual_mail(&self) -> Mail {
        match self {
            Self::File(file) => Mail::folder(beside(file.path(), "-mail")),
            Self::Server(_) => Mail::among_all("seatbook-mail"),
        }
    }

    /// How often to look for imports that nobody works on.
    pub(crate) fn look(&self) -> Duration {
        match self {
            Self::File(_) => LOOK,
            Self::Server(_) => LOOK_AMONG_NODES,
        }
    }

    /// Forgets the refused rows of imports, and of previews, that refused their last one before an instant. How many there
    /// were.
    pub(crate) async fn forget_refused(
        &self,
        imports: DateTime<Utc>,
        previews: DateTime<Utc>,
    ) -> Result<usize, LogError> {
        match self {
            Self::File(file) => file.forget_refused(imports, previews).await,
            Self::Server(server) => server.forget_refused(imports, previews).await,
        }
    }

    /// Deletes the refused rows that hold one of these spellings of an address, and what files were called that hold one in
    /// their names. How many rows there were.
    pub(crate) async fn erase_refused(&self, spellings: &Spellings) -> Result<usize, LogError> {
        match self {
            Self::File(file) => {
                file.erase_file_names(spellings).await?;
                file.erase_refused(spellings).await
            }
            Self::Server(server) => {
                server.erase_file_names(spellings).await?;
                server.erase_refused(spellings).await
            }
        }
    }

    /// Lets connections go. A file is closed when the last clone goes.
    pub(crate) async fn close(&self) {
        match self {
            Self::File(_) => {}
            Self::Server(server) => server.close().await,
        }
    }
}

/// What lies beside the file is named after it.
fn beside(database: &Path, what: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(what);
    name.into()
}

const IN_A_FOLDER: &str = "Uploads are kept in this folder: make it one that may be read and written, or name another \
                           database.";

const IN_TABLES: &str = "Uploads are kept in tables of this database: let its owner start Seatbook once, which makes \
                         them, and grant the rights to them.";

fn unopened(path: PathBuf, error: &std::io::Error, hint: &'static str) -> LogError {
    LogError::Unopened { path, what: error.to_string(), hint }
}
