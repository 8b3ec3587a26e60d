//! `invites`: what an invited person sees: the invites that wait for their answer.
//!
//! People who are added directly have no row here.

mod apply;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{LicenseId, MemberId, Plan, SubjectId, membership::InviteReason};
use eventlog::Position;
use serde::Serialize;

use crate::{
    ApplyError, News, QueryError, columns, directory,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, Row, SqlError, Types},
    status, values,
};

/// The read model.
pub struct Invites;

impl ReadModel for Invites {
    fn name(&self) -> &'static str {
        "invites"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["invites"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, generation }: Tables) -> Result<(), SqlError> {
        let Types { key, number, id, text, end, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE invites{suffix} (
                id                  {key}, -- the membership's number
                subject_id          {id}    NOT NULL,
                license             {number} NOT NULL,    -- its number
                member_id           {id}    NOT NULL,
                invited_by          {id}    NOT NULL,
                invited_position    {number} NOT NULL,
                invited_at          {number} NOT NULL,
                attempt             {number} NOT NULL,
                reason              {text}    NOT NULL,
                notification_closed {number} NOT NULL
            ){end};
            CREATE INDEX invites_subject_{generation} ON invites{suffix} (subject_id);"
        ))
    }

    fn indexes(&self, _: Dialect, _: Tables) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news)
    }
}

/// Whose invites.
#[derive(Debug, Clone, Copy)]
pub struct InvitesQuery {
    /// The person.
    pub subject: SubjectId,
}

/// An invite that waits for an answer. No `Debug`: holds an address.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Invite {
    /// To which license.
    #[schema(value_type = Uuid)]
    pub license_id: LicenseId,
    /// What its owner calls it.
    pub license_name: String,
    /// What was bought: on the free plan nobody can join.
    #[schema(value_type = String)]
    pub plan: Plan,
    /// The license's last day, UTC: afterwards nobody can join.
    pub ends: Option<NaiveDate>,
    /// The membership.
    #[schema(value_type = Uuid)]
    pub member_id: MemberId,
    /// Who invites them: the address; nothing once erased.
    pub invited_by: Option<String>,
    /// When.
    pub invited_at: DateTime<Utc>,
    /// The how many-th invite to this license it is.
    pub attempt: u32,
    /// Why it is an invite and not a join: `not_domain_admin` or `consent_asked`.
    #[schema(value_type = String)]
    pub reason: InviteReason,
    /// Whether they have closed the notification: then it waits under License Invites.
    pub notification_closed: bool,
}

/// A person's open invites. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InvitesPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// The newest first.
    pub items: Vec<Invite>,
}

impl InvitesQuery {
    /// Reads all of them in one snapshot.
    pub fn run(&self, conn: &Conn<'_>) -> Result<InvitesPage, QueryError> {
        let snapshot = conn.snapshot()?;
        let sql = "SELECT i.*, l.license_id, l.name, l.plan, l.ends FROM invites i JOIN licenses l ON l.id = i.license
                   WHERE i.subject_id = ? ORDER BY i.invited_position DESC";
        let items = snapshot.all(sql, values![self.subject.0], |row| read(&snapshot, row))?;
        // Names come from `licenses`: the answer is as old as the older of the two.
        let position = status::position(&snapshot, "invites")?.min(status::position(&snapshot, "licenses")?);
        Ok(InvitesPage { position, items })
    }
}

fn read(conn: &Conn<'_>, row: &Row<'_>) -> Result<Invite, SqlError> {
    Ok(Invite {
        license_id: LicenseId(row.get("license_id")?),
        license_name: row.get("name")?,
        plan: columns::word(row, "plan")?,
        ends: columns::maybe_word(row, "ends")?,
        member_id: MemberId(row.get("member_id")?),
        invited_by: directory::email(conn, SubjectId(row.get("invited_by")?))?,
        invited_at: columns::time(row, "invited_at")?,
        attempt: row.get("attempt")?,
        reason: columns::word(row, "reason")?,
        notification_closed: row.get("notification_closed")?,
    })
}
