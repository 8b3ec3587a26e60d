//! A database, an executor that writes to it, and a projector that reads from it.

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use commands::{
    CommandError, Context, Executor, Reply, Secrets, Who,
    create_license::NewLicense,
    import::{ImportRequest, Input, Report},
};
use domain::{
    EmailAddress, ImportMode, LicenseId, LicenseKey, LicenseName, MailDomain, Plan, RequestId, Source,
};
use eventlog::{Database, EventLog, Position, Postgres, conformance::server::Server};
use projections::{
    Projector, QueryError, ReadStore,
    members::{Member, MembersPage, MembersQuery},
    sql::Conn,
    status,
};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Administers `school.example` on every license of the house.
pub const ADA: &str = "ada@school.example";

/// An open database, with whoever works on it.
pub struct House {
    pub log: Arc<dyn EventLog>,
    pub commands: Executor,
    pub projector: Option<Projector>,
    open: Open,
    place: Place,
}

/// A database with the tables of the log and of all read models, and with nothing in them.
static MADE: OnceCell<String> = OnceCell::const_new();

/// Where a house is: it outlives [`House::close`].
pub enum Place {
    Directory(TempDir),
    Url(String),
}

#[derive(Clone)]
enum Open {
    Files(Database),
    Postgres(Postgres),
}

/// The engine that these tests are compiled for.
pub fn on_postgres() -> bool {
    crate::ENGINE == "postgres"
}

pub fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn context(who: Who) -> Context {
    let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    Context { who, now, source: Source::Api, request_id: RequestId(Uuid::now_v7()), command: None }
}

pub fn operator() -> Context {
    context(Who::Operator)
}

pub fn by(person: &str) -> Context {
    context(Who::Person { email: email(person), acted_by: None })
}

/// The day of [`operator`] and [`by`].
pub fn today() -> chrono::NaiveDate {
    operator().now.date_naive()
}

impl House {
    pub async fn open() -> Self {
        let mut house = Self::without_projector().await;
        house.start().await;
        house
    }

    /// With nobody who feeds the read models.
    pub async fn without_projector() -> Self {
        Self::at(if on_postgres() {
            let make = async |url: &str| {
                let mut house = Self::at(Place::Url(url.to_owned())).await;
                house.start().await;
                house.close().await;
            };
            Place::Url(Server::shared().copy_of(&MADE, make).await)
        } else {
            Place::Directory(tempfile::tempdir().expect("a directory"))
        })
        .await
    }

    pub async fn at(place: Place) -> Self {
        let open = match &place {
            Place::Directory(directory) => Open::Files(Database::open(&path(directory)).expect("a database")),
            Place::Url(url) => Open::Postgres(Postgres::connect(url).await.expect("a database")),
        };
        let log: Arc<dyn EventLog> = match &open {
            Open::Files(db) => Arc::new(db.clone()),
            Open::Postgres(db) => Arc::new(db.clone()),
        };
        let secrets = Secrets::parse("a secret that nobody can guess: 0123456789").expect("a secret");
        let commands = Executor::new(Arc::clone(&log)).with_secrets(secrets);
        Self { commands, projector: None, log, open, place }
    }

    pub async fn start(&mut self) {
        self.projector = Some(Projector::start(self.store().await).await.expect("a projector"));
    }

    /// Where read models are, opened once more.
    pub async fn store(&self) -> ReadStore {
        match &self.open {
            Open::Files(db) => ReadStore::open(db.clone()).expect("a file"),
            Open::Postgres(db) => ReadStore::beside(db.clone()).await.expect("tables"),
        }
    }

    /// Ends everything but what is stored.
    pub async fn close(self) -> Place {
        if let Some(projector) = &self.projector {
            projector.stop().await;
        }
        if let Open::Postgres(db) = &self.open {
            db.close().await;
        }
        self.place
    }

    /// Both files once the read models hold everything, without any of our code.
    pub async fn files(&self) -> Connection {
        self.settled().await;
        let conn = both_files(&self.place);
        conn.pragma_update(None, "query_only", "ON").expect("a setting");
        conn
    }

    pub fn path(&self) -> PathBuf {
        let Place::Directory(directory) = &self.place else { panic!("no file") };
        path(directory)
    }

    pub fn projector(&self) -> &Projector {
        self.projector.as_ref().expect("a running projector")
    }

    pub fn head(&self) -> Position {
        *self.log.head().borrow()
    }

    /// Waits until the read models hold everything.
    pub async fn settled(&self) {
        self.projector().caught_up(self.head()).await;
    }

    pub fn query<R: Send>(
        &self,
        query: impl FnOnce(&Conn<'_>) -> Result<R, QueryError> + Send,
    ) -> Result<R, QueryError> {
        let mut answer = None;
        self.projector().store().read_now(|conn| {
            answer = Some(query(conn));
            Ok(())
        })?;
        answer.expect("an answer")
    }

    /// What the query says once the read models hold everything.
    pub async fn read<R: Send>(&self, query: impl FnOnce(&Conn<'_>) -> Result<R, QueryError> + Send) -> R {
        self.settled().await;
        self.query(query).expect("an answer")
    }

    /// Changes the log's tables behind everybody's back.
    pub async fn tamper_with_log(&self, sql: &'static str) {
        match &self.open {
            Open::Files(db) => {
                let change = move |conn: &Connection| {
                    conn.execute_batch(sql).map_err(eventlog::sqlite::database_error)
                };
                db.write(1, change).await.expect("the change");
            }
            Open::Postgres(db) => {
                sqlx::raw_sql(sql).execute(db.pool()).await.expect("the change");
            }
        }
    }

    /// Changes the read models behind everybody's back.
    pub async fn tamper(&self, sql: &'static str) {
        let write =
            self.projector().store().write(move |conn| conn.batch(sql).map_err(eventlog::LogError::from));
        write.await.expect("the change");
    }

    pub async fn list(&self, license: LicenseId, query: MembersQuery) -> MembersPage {
        self.read(|conn| query.run(conn, license)).await
    }

    pub async fn everybody(&self, license: LicenseId) -> Vec<Member> {
        self.list(license, MembersQuery { limit: 500, ..MembersQuery::default() }).await.items
    }

    pub async fn license(&self, name: &str, seats: u64) -> (LicenseId, LicenseKey) {
        let new = NewLicense {
            name: LicenseName::parse(name).expect("a name"),
            plan: Plan::Paid,
            seats,
            ends: None,
            admin: email(ADA),
            domains: vec![MailDomain::parse("school.example").expect("a domain")],
        };
        let (reply, key) = self.commands.create_license(&operator(), &new).await.expect("a license");
        (LicenseId(reply.id.expect("its id")), key.expect("its key"))
    }

    pub async fn import(
        &self,
        ctx: &Context,
        license_id: LicenseId,
        mode: ImportMode,
        people: &str,
    ) -> Result<Report, CommandError> {
        let input = Input::Pasted(people.to_owned());
        self.commands.import(ctx, ImportRequest { license_id, mode, input, dry_run: false }).await
    }

    pub async fn add(&self, license: LicenseId, people: &str) -> Report {
        self.import(&by(ADA), license, ImportMode::Add, people).await.expect("an import")
    }

    pub async fn remove(&self, license: LicenseId, people: &str) -> Report {
        self.import(&by(ADA), license, ImportMode::Remove, people).await.expect("an import")
    }

    pub async fn accept(&self, person: &str, license: LicenseId) -> Reply {
        self.commands.accept_invite(&by(person), license).await.expect("accepted")
    }

    /// Each read model's position, and why it stopped.
    pub fn state_of(&self, name: &str) -> (Position, Option<String>) {
        let all = self.query(|conn| Ok(status::all(conn)?)).expect("the state");
        let model = all.into_iter().find(|model| model.name == name).expect("the read model");
        (model.position, model.stopped)
    }
}

/// Both files as they are, without any of our code.
pub fn both_files(place: &Place) -> Connection {
    let Place::Directory(directory) = place else { panic!("no files") };
    let conn = Connection::open(path(directory)).expect("the log");
    conn.execute("ATTACH ? AS views", [format!("{}-views", path(directory).display())]).expect("the views");
    conn
}

fn path(directory: &TempDir) -> PathBuf {
    directory.path().join("seatbook.db")
}

/// A person's line on the list, in words.
pub fn line(member: &Member) -> String {
    let words = [
        member.email.clone(),
        member.status.map(|status| status.as_str().to_owned()),
        member.admission.clone(),
        member.decline_reason.clone(),
        member.notification_closed.then(|| "closed".to_owned()),
        member.refused.clone().map(|code| format!("refused: {code}")),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub fn lines(members: &[Member]) -> Vec<String> {
    members.iter().map(line).collect()
}

/// When something happens in the tests, it is not long ago.
pub fn is_recent(at: DateTime<Utc>) -> bool {
    (Utc::now() - at).num_minutes() < 10
}
