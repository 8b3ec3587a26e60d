//! The user list, folded from the log's texts without any of our types.

use std::collections::BTreeMap;

use rusqlite::Connection;
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
pub fn everybody(conn: &Connection) -> rusqlite::Result<BTreeMap<Uuid, Person>> {
    let mut people: BTreeMap<Uuid, Person> = BTreeMap::new();
    let mut statement = conn.prepare(
        "SELECT aggregate_id, license_id, event_type, payload FROM events
         WHERE aggregate_type = 'membership' ORDER BY position",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let payload: Value = serde_json::from_str(&row.get::<_, String>(3)?).expect("JSON");
        let event_type: String = row.get(2)?;
        let fields = &payload[&event_type];
        let person = people.entry(row.get(0)?).or_default();
        person.license = row.get(1)?;
        if let Some(subject) = fields["subject_id"].as_str() {
            let subject = Uuid::parse_str(subject).expect("an id");
            let sql = "SELECT email FROM directory WHERE subject_id = ?";
            person.email = conn.query_row(sql, [subject], |row| row.get(0))?;
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
            "InviteWithdrawn" | "UserRemoved" | "UserLeft" => {}
            other => panic!("no {other} is known here"),
        }
    }
}
