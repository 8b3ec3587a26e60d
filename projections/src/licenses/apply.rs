//! Follows the events of licenses, one by one: there are few.

use domain::{Event, KeyId, LicenseEvent, LicenseName};
use eventlog::{Position, Recorded};

use crate::{
    ApplyError,
    columns::written,
    sql::{Conn, SqlError, ToValue},
    values,
};

pub(super) fn apply(conn: &Conn<'_>, suffix: &str, events: &[Recorded]) -> Result<(), ApplyError> {
    for recorded in events {
        let Event::License(event) = &recorded.event else { continue };
        let tables =
            Live { conn, suffix, at: recorded.recorded_at.timestamp_micros(), position: recorded.position };
        let followed = match tables.license(recorded)? {
            None => tables.create(recorded, event)?,
            Some(license) => {
                // Who has seen a key has changed nothing.
                let changes = !matches!(event, LicenseEvent::LicenseKeyShown { .. });
                tables.change(license, event)? && (!changes || tables.touch(license)?)
            }
        };
        if !followed {
            let what =
                format!("the event {} can't follow what the license is so far", event.description().name);
            return Err(ApplyError::event(recorded.position, what));
        }
    }
    Ok(())
}

/// The tables, and the event's place and time. Each method says whether the event fits.
struct Live<'a> {
    conn: &'a Conn<'a>,
    suffix: &'a str,
    at: i64,
    position: Position,
}

impl Live<'_> {
    /// The license's row, if it was created.
    fn license(&self, recorded: &Recorded) -> Result<Option<Position>, SqlError> {
        let sql = format!("SELECT id FROM licenses{} WHERE license_id = ?", self.suffix);
        self.conn.value(&sql, values![recorded.stream.id])
    }

    fn create(&self, recorded: &Recorded, event: &LicenseEvent) -> Result<bool, SqlError> {
        let LicenseEvent::LicenseCreated { ends, name, plan, seat_limit } = event else { return Ok(false) };
        self.one(
            "INSERT INTO licenses# VALUES (?1, ?2, ?3, ?8, ?4, ?5, ?6, ?7, ?1, ?7)",
            values![
                self.position,
                recorded.stream.id,
                name.as_str(),
                plan.as_str(),
                seat_limit,
                ends.as_ref().map(written),
                self.at,
                LicenseName::search_key(name.as_str())
            ],
        )
    }

    fn change(&self, license: Position, event: &LicenseEvent) -> Result<bool, SqlError> {
        use LicenseEvent as E;
        let set = |what: &str, to: &dyn ToValue| {
            self.one(&format!("UPDATE licenses# SET {what} = ?2 WHERE id = ?1"), &[&license, to])
        };
        match event {
            // Once only.
            E::LicenseCreated { .. } => Ok(false),
            E::LicenseRenamed { name } => self.one(
                "UPDATE licenses# SET name = ?2, sought = ?3 WHERE id = ?1",
                values![license, name.as_str(), LicenseName::search_key(name.as_str())],
            ),
            E::LicensePlanChanged { plan } => set("plan", &plan.as_str()),
            E::SeatLimitChanged { seat_limit } => set("seat_limit", seat_limit),
            E::LicenseTermChanged { ends } => set("ends", &ends.as_ref().map(written)),
            E::LicenseAdminGranted { subject_id, .. } => self.one(
                "INSERT INTO license_admins# VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                values![license, subject_id.0, self.at],
            ),
            E::LicenseAdminRevoked { subject_id } => {
                let admin = values![license, subject_id.0];
                self.run("DELETE FROM license_domains# WHERE license = ? AND subject_id = ?", admin)?;
                self.one("DELETE FROM license_admins# WHERE license = ? AND subject_id = ?", admin)
            }
            E::DomainAdminGranted { domain, subject_id, .. } => self.one(
                "INSERT INTO license_domains#
                 SELECT license, subject_id, ?3 FROM license_admins# WHERE license = ?1 AND subject_id = ?2
                 ON CONFLICT DO NOTHING",
                values![license, subject_id.0, domain.as_str()],
            ),
            E::DomainAdminRevoked { domain, subject_id } => self.one(
                "DELETE FROM license_domains# WHERE license = ? AND subject_id = ? AND domain = ?",
                values![license, subject_id.0, domain.as_str()],
            ),
            E::LicenseStaffGranted { role, subject_id, .. } => self.one(
                "INSERT INTO license_staff# VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![license, subject_id.0, role.as_str(), self.at],
            ),
            E::LicenseStaffRevoked { role, subject_id } => self.one(
                "DELETE FROM license_staff# WHERE license = ? AND subject_id = ? AND role = ?",
                values![license, subject_id.0, role.as_str()],
            ),
            E::LicenseKeyIssued { ends, key_id, limit } => {
                let ends = ends.as_ref().map(written);
                Ok(!self.has_key(license, *key_id)?
                    && self.one(
                        "INSERT INTO license_keys_issued# VALUES (?, ?, ?, ?, ?, 0, ?)",
                        values![license, self.position, key_id.0, limit, ends, self.at],
                    )?)
            }
            E::LicenseKeyEndChanged { ends, key_id } => self.one(
                "UPDATE license_keys_issued# SET ends = ?3 WHERE license = ?1 AND key_id = ?2",
                values![license, key_id.0, ends.as_ref().map(written)],
            ),
            E::LicenseKeyShown { key_id } => self.has_key(license, *key_id),
            E::LicenseKeyRevoked { key_id } => self.one(
                "UPDATE license_keys_issued# SET revoked = 1 WHERE license = ? AND key_id = ? AND revoked = 0",
                values![license, key_id.0],
            ),
        }
    }

    fn touch(&self, license: Position) -> Result<bool, SqlError> {
        self.one(
            "UPDATE licenses# SET changed_position = ?, changed_at = ? WHERE id = ?",
            values![self.position, self.at, license],
        )
    }

    fn has_key(&self, license: Position, key: KeyId) -> Result<bool, SqlError> {
        let sql =
            format!("SELECT 1 FROM license_keys_issued{} WHERE license = ? AND key_id = ?", self.suffix);
        self.conn.exists(&sql, values![license, key.0])
    }

    /// Whether a statement changed a row.
    fn one(&self, sql: &str, values: &[&dyn ToValue]) -> Result<bool, SqlError> {
        Ok(self.run(sql, values)? == 1)
    }

    /// Runs a statement; `#` stands for the tables' suffix.
    fn run(&self, sql: &str, values: &[&dyn ToValue]) -> Result<usize, SqlError> {
        self.conn.run(&sql.replace('#', self.suffix), values)
    }
}
