//! A license with people in it, in a file of its own.

use std::{
    io::Write,
    ops::Range,
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
use eventlog::Database;
use tempfile::TempDir;
use uuid::Uuid;

pub type Failed = Box<dyn std::error::Error>;

pub struct Fixture {
    pub folder: TempDir,
    pub database: Database,
    pub commands: Executor,
    pub license: LicenseId,
}

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
    pub async fn invited(folder: &Path, people: usize) -> Result<Self, Failed> {
        let fixture = Self::empty(folder).await?;
        let csv = fixture.csv(people)?;
        fixture.import(ImportMode::Invite, &csv).await?;
        Ok(fixture)
    }

    /// A license with nobody on it.
    pub async fn empty(folder: &Path) -> Result<Self, Failed> {
        let folder = tempfile::Builder::new().prefix("seatbook-bench-").tempdir_in(folder)?;
        let database = Database::open(&folder.path().join("bench.db"))?;
        let commands = Executor::new(Arc::new(database.clone()));
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
        Ok(Self { folder, database, commands, license })
    }

    /// A file with so many people.
    pub fn csv(&self, people: usize) -> Result<PathBuf, Failed> {
        self.csv_of(0..people)
    }

    /// A file with these people.
    pub fn csv_of(&self, people: Range<usize>) -> Result<PathBuf, Failed> {
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
