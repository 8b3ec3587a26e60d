//! A person on the list, and a page of people.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{ImportId, LicenseId, MemberId, Status, SubjectId};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use super::row::status_of;
use crate::{
    QueryError, columns, directory,
    number::OF_STREAM,
    sql::{Conn, Row, SqlError, Stream},
    values,
};

/// One person on the list. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Member {
    /// The membership.
    #[schema(value_type = Uuid)]
    pub member_id: MemberId,
    /// The address as first spelled; nothing once erased.
    pub email: Option<String>,
    /// Whether the person was erased: who they were, nobody knows any more.
    pub erased: bool,
    /// `accepted`, `invited` or `rejected`; nothing for somebody who is not on the list.
    #[schema(value_type = Option<String>)]
    pub status: Option<Status>,
    /// How they came in: `domain_admin`, `invite` or `license_key`.
    pub admission: Option<String>,
    /// Whether the invited person closed the notification.
    pub notification_closed: bool,
    /// Why they declined.
    pub decline_reason: Option<String>,
    /// How many invites there were.
    pub attempts: u32,
    /// Who put them on the list: the address, or nothing where they came by the key or the adder is erased. Who invites
    /// them again after they declined stands in their history.
    pub added_by: Option<String>,
    /// When they came on the list.
    pub added_at: Option<DateTime<Utc>>,
    /// By which way they came on the list: `email`, `csv`, `list`, `key`, `api` or `cli`.
    pub source: Option<String>,
    /// The import that put them on the list.
    #[schema(value_type = Option<Uuid>)]
    pub import_id: Option<ImportId>,
    /// When anything last happened.
    pub changed_at: DateTime<Utc>,
    /// The rule that turned them away last, if nothing happened since.
    pub refused: Option<String>,
}

/// How many there are in all: exact up to 10,000; in a search of more than 20,000 people, up to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Total {
    /// The number; or, where it is not exact, a number that there are at least.
    pub count: u64,
    /// Whether the number is exact.
    pub exact: bool,
}

/// A page of the user list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MembersPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// The people.
    pub items: Vec<Member>,
    /// For the next page; nothing on the last.
    pub next_cursor: Option<String>,
    /// How many match in all.
    pub total: Total,
}

/// Beyond so many matches, a total only says "more".
pub(super) const COUNTED: u64 = 10_000;

pub(super) const COLUMNS: &str = "member_id, email, status, admission, notification_closed, decline_reason, attempts, \
                       added_by, added_at, source, import_id, changed_at, refused_code";

/// Reads people. Most on a page were added by the same few, each of whom is looked up once.
pub(super) struct People<'conn> {
    conn: &'conn Conn<'conn>,
    adders: HashMap<Uuid, Option<String>>,
}

impl<'conn> People<'conn> {
    pub(super) fn of(conn: &'conn Conn<'conn>) -> Self {
        Self { conn, adders: HashMap::new() }
    }

    /// The person of a row that has the [`COLUMNS`].
    pub(super) fn read(&mut self, row: &Row<'_>) -> Result<Member, SqlError> {
        let added_by = match row.get::<Option<Uuid>>("added_by")? {
            Some(adder) => self.adder(adder)?,
            None => None,
        };
        read(row, added_by)
    }

    fn adder(&mut self, adder: Uuid) -> Result<Option<String>, SqlError> {
        if let Some(known) = self.adders.get(&adder) {
            return Ok(known.clone());
        }
        let email = directory::email(self.conn, SubjectId(adder))?;
        self.adders.insert(adder, email.clone());
        Ok(email)
    }
}

fn read(row: &Row<'_>, added_by: Option<String>) -> Result<Member, SqlError> {
    let email: Option<String> = row.get("email")?;
    Ok(Member {
        member_id: MemberId(row.get("member_id")?),
        erased: email.is_none(),
        email,
        status: status_of(row.get("status")?),
        admission: row.get("admission")?,
        notification_closed: row.get("notification_closed")?,
        decline_reason: row.get("decline_reason")?,
        attempts: row.get("attempts")?,
        added_by,
        added_at: columns::maybe_time(row, "added_at")?,
        source: row.get("source")?,
        import_id: row.get::<Option<Uuid>>("import_id")?.map(ImportId),
        changed_at: columns::time(row, "changed_at")?,
        refused: row.get("refused_code")?,
    })
}

/// One person of a license.
pub fn member(conn: &Conn<'_>, license: LicenseId, member: MemberId) -> Result<Option<Member>, QueryError> {
    let sql = format!("SELECT {COLUMNS} FROM members WHERE id = {OF_STREAM} AND license = {OF_STREAM}");
    conn.first(&sql, values![Stream(member.0), Stream(license.0)], |row| Ok(People::of(conn).read(row)?))
}
