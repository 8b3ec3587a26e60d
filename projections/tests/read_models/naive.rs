//! The user list, folded from the log's texts without any of our types.

use std::collections::BTreeMap;

use eventlog::Position;
use projections::{
    sql::{Conn, SqlError},
    values,
};
use serde_json::Value;
use uuid::Uuid;

/// A person on a license. Words as the list has them; `None` for who is not on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    pub license: Uuid,
    pub email: String,
    pub status: Option<&'static str>,
    pub admission: Option<&'static str>,
    pub reason: Option<String>,
    pub closed: bool,
    pub attempts: u64,
    pub refused: Option<String>,
}

/// Everybody who was ever named on a license, by membership.
pub fn everybody(conn: &Conn<'_>) -> Result<BTreeMap<Uuid, Person>, SqlError> {
    everybody_at(conn, u64::MAX >> 1)
}

/// The same with all events up to a position.
pub fn everybody_at(conn: &Conn<'_>, at: Position) -> Result<BTreeMap<Uuid, Person>, SqlError> {
    let mut people: BTreeMap<Uuid, Person> = BTreeMap::new();
    let sql = "SELECT aggregate_id, license_id, event_type, payload FROM events
               WHERE aggregate_type = 'membership' AND position <= ? ORDER BY position";
    let rows = conn.all(sql, values![at], |row| {
        Ok::<_, SqlError>((
            row.get::<Uuid>(0)?,
            row.get::<Uuid>(1)?,
            row.get::<String>(2)?,
            row.get::<String>(3)?,
        ))
    })?;
    for (member, license, event_type, payload) in rows {
        let payload: Value = serde_json::from_str(&payload).expect("JSON");
        let fields = &payload[&event_type];
        let person = people.entry(member).or_default();
        person.license = license;
        if let Some(subject) = fields["subject_id"].as_str() {
            let subject = Uuid::parse_str(subject).expect("an id");
            let sql = "SELECT email FROM directory WHERE subject_id = ?";
            person.email = conn.value(sql, values![subject])?.unwrap_or_default();
        }
        person.follow(&event_type, fields);
    }
    Ok(people)
}

impl Person {
    fn follow(&mut self, event_type: &str, fields: &Value) {
        let refused = fields["code"].as_str().map(str::to_owned);
        if event_type == "AdmissionRefused" {
            self.refused = refused;
            return;
        }
        let Self { license, email, attempts, .. } = std::mem::take(self);
        *self = Self { license, email, attempts, ..Self::default() };
        match event_type {
            "UserAdded" => (self.status, self.admission) = (Some("accepted"), Some("domain_admin")),
            "JoinedWithLicenseKey" => (self.status, self.admission) = (Some("accepted"), Some("license_key")),
            "InviteAccepted" => (self.status, self.admission) = (Some("accepted"), Some("invite")),
            "UserInvited" => (self.status, self.attempts) = (Some("invited"), attempts + 1),
            "InviteNotificationReopened" => self.status = Some("invited"),
            "InviteNotificationClosed" => (self.status, self.closed) = (Some("invited"), true),
            "InviteDeclined" => {
                self.status = Some("rejected");
                self.reason = fields["reason"].as_str().map(str::to_owned);
            }
            "InviteWithdrawn" | "UserRemoved" | "UserLeft" | "UserErased" => {}
            other => panic!("no {other} is known here"),
        }
    }
}
