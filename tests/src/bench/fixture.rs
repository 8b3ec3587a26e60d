//! A license with people in it, in a database of its own.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::Utc;
use commands::{
    Context, Executor, Who,
    create_license::NewLicense,
    import::{ImportRequest, Input, Report},
};
use domain::{EmailAddress, ImportMode, LicenseId, LicenseName, MailDomain, Plan, RequestId, Source};
use eventlog::{Database, EventLog, Position, Postgres, conformance::server::Server};
use projections::{MODELS, Projector, ReadStore, store::Models};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Arguments, Engine};

pub type Failed = Box<dyn std::error::Error>;

pub struct Fixture {
    pub folder: TempDir,
    pub log: Arc<dyn EventLog>,
    pub kept: Kept,
    pub commands: Executor,
    pub license: LicenseId,
}

/// Where it is.
pub enum Kept {
    File(Database),
    Server { node: Postgres, url: String, server: Server },
}

/// As much memory as a small machine gives to its database; checkpoints are far apart, as they are on any server that
/// has much to write.
pub const SETTINGS: [&str; 4] =
    ["shared_buffers = 1GB", "max_wal_size = 8GB", "checkpoint_timeout = 15min", "work_mem = 16MB"];

pub const ADMIN: &str = "admin@school.example";

pub fn email(text: &str) -> Result<EmailAddress, Failed> {
    EmailAddress::parse(text).map_err(|error| error.to_string().into())
}

pub fn person(n: usize) -> String {
    // Spread over the alphabet, as people are: the addresses come in no order.
    format!("{:08x}.pupil{n}@school.example", n.wrapping_mul(2_654_435_761) & 0xFFFF_FFFF)
}

pub fn context(who: &str) -> Result<Context, Failed> {
    let who = Who::Person { email: email(who)?, acted_by: None };
    Ok(Context {
        who,
        now: Utc::now(),
        source: Source::Api,
        request_id: RequestId(Uuid::now_v7()),
        command: None,
    })
}

impl Fixture {
    /// A license with so many invited people.
    pub async fn invited(arguments: &Arguments, people: usize) -> Result<Self, Failed> {
        let fixture = Self::empty(arguments).await?;
        let csv = fixture.csv(people)?;
        fixture.import(ImportMode::Invite, &csv).await?;
        Ok(fixture)
    }

    /// A license with nobody on it.
    pub async fn empty(arguments: &Arguments) -> Result<Self, Failed> {
        let folder = tempfile::Builder::new().prefix("seatbook-bench-").tempdir_in(&arguments.folder)?;
        let kept = match arguments.engine {
            Engine::Sqlite => Kept::File(Database::open(&folder.path().join("bench.db"))?),
            Engine::Postgres => {
                let server = Server::start(&SETTINGS);
                let url = server.database().await;
                Kept::Server { node: Postgres::connect(&url).await?, url, server }
            }
        };
        let log: Arc<dyn EventLog> = match &kept {
            Kept::File(database) => Arc::new(database.clone()),
            Kept::Server { node, .. } => Arc::new(node.clone()),
        };
        let commands = Executor::new(Arc::clone(&log));
        let new = NewLicense {
            name: LicenseName::parse("Bench")?,
            plan: Plan::Paid,
            seats: 100_000_000,
            ends: None,
            admin: email(ADMIN)?,
            domains: vec![MailDomain::parse("school.example").map_err(|e| e.to_string())?],
        };
        let operator = Context { who: Who::Operator, ..context(ADMIN)? };
        let (reply, _) = commands.create_license(&operator, &new).await?;
        let license = LicenseId(reply.id.unwrap_or_default());
        Ok(Self { folder, log, kept, commands, license })
    }

    /// The same, with imports that are never far ahead of these lists, as in the service.
    pub fn held_back_by(self, lists: &Projector) -> Self {
        let commands = self.commands.held_back(api::backpressure(lists));
        Self { commands, ..self }
    }

    /// Where its read models are.
    pub async fn store(&self) -> Result<ReadStore, Failed> {
        self.store_of(&MODELS).await
    }

    /// The same, of these read models alone.
    pub async fn store_of(&self, models: Models) -> Result<ReadStore, Failed> {
        Ok(match &self.kept {
            Kept::File(database) => ReadStore::open_with(database.clone(), models)?,
            Kept::Server { node, .. } => ReadStore::beside_with(node.clone(), models).await?,
        })
    }

    /// The write sides of so many nodes on one server; of a file there is one.
    pub async fn nodes(&self, count: usize) -> Result<Vec<Executor>, Failed> {
        let mut nodes = vec![self.commands.clone()];
        if let Kept::Server { url, .. } = &self.kept {
            for _ in 1..count {
                nodes.push(Executor::new(Arc::new(Postgres::connect(url).await?)));
            }
        }
        Ok(nodes)
    }

    /// Where the log ends.
    pub fn head(&self) -> Position {
        *self.log.head().borrow()
    }

    /// A file with so many people.
    pub fn csv(&self, people: usize) -> Result<PathBuf, Failed> {
        self.csv_of(0..people)
    }

    /// A file with these people.
    pub fn csv_of(&self, people: impl IntoIterator<Item = usize>) -> Result<PathBuf, Failed> {
        let csv = self.folder.path().join("people.csv");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&csv)?);
        writeln!(file, "Email")?;
        for n in people {
            writeln!(file, "{}", person(n))?;
        }
        file.flush()?;
        Ok(csv)
    }

    /// Uploads a file.
    pub async fn import(&self, mode: ImportMode, csv: &Path) -> Result<Report, Failed> {
        let input = Input::Csv(csv.to_owned());
        let request = ImportRequest { license_id: self.license, mode, input, dry_run: false };
        Ok(self.commands.import(&context(ADMIN)?, request).await?)
    }
}
