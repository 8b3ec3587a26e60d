//! A license office for tests: a database with a clock that stands still, and people who act.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use commands::{Context, Executor, Who, create_license::NewLicense, import};
use domain::{
    EmailAddress, ImportMode, LicenseId, LicenseKey, LicenseName, MailDomain, Plan, RequestId, Source,
    SubjectId,
};
use eventlog::{Database, LogError};
use parking_lot::Mutex;
use rusqlite::Connection;
use uuid::Uuid;

use crate::{Projector, QueryError, sql::Conn};

pub(crate) struct Desk {
    folder: tempfile::TempDir,
    now: Arc<Mutex<DateTime<Utc>>>,
    pub db: Database,
    pub office: Executor,
    pub projector: Projector,
    pub license: LicenseId,
    pub key: LicenseKey,
}

pub(crate) const ADA: &str = "ada@school.example";

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap_or_else(|_| panic!("{text} is no address"))
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

impl Desk {
    /// With one license, of 2 seats and without an end, that Ada administers with school.example.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Arc::new(Mutex::new("2026-03-01T09:00:00Z".parse().expect("a time")));
        let clock = Arc::clone(&now);
        let db = Database::open_with(&folder.path().join("db"), Arc::new(move || *clock.lock()))
            .expect("a database");
        let projector =
            Projector::start(crate::ReadStore::open(db.clone()).expect("a file")).await.expect("read models");
        let office = Executor::new(Arc::new(db.clone()));
        let at = *now.lock();
        let (license, key) = set_up(&office, at).await;
        Self { folder, now, db, office, projector, license, key }
    }

    /// Another license of the same kind.
    pub(crate) async fn second_license(&self) -> LicenseId {
        let at = *self.now.lock();
        set_up(&self.office, at).await.0
    }

    /// It is now nine o'clock of a day.
    pub(crate) fn on(&self, text: &str) -> &Self {
        *self.now.lock() = day(text).and_hms_opt(9, 0, 0).expect("a time").and_utc();
        self
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.now.lock().date_naive()
    }

    pub(crate) fn operator(&self) -> Context {
        context(Who::Operator, *self.now.lock())
    }

    pub(crate) fn person(&self, email: &str) -> Context {
        context(Who::Person { email: address(email), acted_by: None }, *self.now.lock())
    }

    /// The operator in somebody's place.
    pub(crate) fn operator_as(&self, email: &str) -> Context {
        let acted_by = Some(SubjectId::OPERATOR);
        context(Who::Person { email: address(email), acted_by }, *self.now.lock())
    }

    pub(crate) async fn paste(&self, admin: &str, mode: ImportMode, list: &str) {
        self.import(admin, mode, import::Input::Pasted(list.to_owned())).await;
    }

    pub(crate) async fn add(&self, admin: &str, list: &str) {
        self.paste(admin, ImportMode::Add, list).await;
    }

    pub(crate) async fn upload(&self, admin: &str, mode: ImportMode, rows: &str) {
        let path = self.folder.path().join("people.csv");
        std::fs::write(&path, format!("Email\n{rows}\n")).expect("a file");
        self.import(admin, mode, import::Input::Csv(path)).await;
    }

    async fn import(&self, admin: &str, mode: ImportMode, input: import::Input) {
        let request = import::ImportRequest { license_id: self.license, mode, input, dry_run: false };
        self.office.import(&self.person(admin), request).await.map(drop).expect("an import");
    }

    pub(crate) async fn grant_admin(&self, email: &str) {
        let (operator, person) = (self.operator(), address(email));
        self.office.grant_admin(&operator, self.license, &person).await.map(drop).expect("an admin");
    }

    /// Asks a read model that has caught up.
    pub(crate) async fn ask<T: Send>(
        &self,
        ask: impl FnOnce(&Conn<'_>) -> Result<T, QueryError> + Send,
    ) -> T {
        let head = *eventlog::EventLog::head(&self.db).borrow();
        self.projector.caught_up(head).await;
        let mut answer = None;
        let asked = self.projector.store().read_now(|conn| {
            answer = Some(ask(conn));
            Ok::<(), LogError>(())
        });
        asked.expect("a reader");
        answer.expect("asked").expect("an answer")
    }

    pub(crate) async fn subject(&self, email: &str) -> SubjectId {
        let known = self.ask(|conn| Ok(crate::directory::subject(conn, email)?)).await;
        known.unwrap_or_else(|| panic!("nobody is {email}"))
    }

    /// What will remain of an erasure: the directory has no row.
    pub(crate) async fn forget(&self, email: &'static str) {
        let forget = move |conn: &Connection| {
            conn.execute("DELETE FROM directory WHERE normalised = ?", [email])
                .map_err(eventlog::sqlite::database_error)
        };
        assert_eq!(self.db.write(1, forget).await.expect("written"), 1);
    }
}

fn context(who: Who, now: DateTime<Utc>) -> Context {
    Context { who, now, source: Source::Api, request_id: RequestId(Uuid::now_v7()), command: None }
}

async fn set_up(office: &Executor, now: DateTime<Utc>) -> (LicenseId, LicenseKey) {
    let new = NewLicense {
        name: LicenseName::parse("Springfield Schools").expect("a name"),
        plan: Plan::Paid,
        seats: 2,
        ends: None,
        admin: address(ADA),
        domains: vec![MailDomain::parse("school.example").expect("a domain")],
    };
    let (reply, key) = office.create_license(&context(Who::Operator, now), &new).await.expect("a license");
    (LicenseId(reply.id.expect("an id")), key.expect("a key"))
}
