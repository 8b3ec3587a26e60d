//! Follows the events of licenses, one by one: there are few.

use domain::{Event, KeyId, LicenseEvent};
use eventlog::{Position, Recorded};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use crate::{ApplyError, columns::written};

pub(super) fn apply(conn: &Connection, suffix: &str, events: &[Recorded]) -> Result<(), ApplyError> {
    for recorded in events {
        let Event::License(event) = &recorded.event else { continue };
        let tables =
            Live { conn, suffix, at: recorded.recorded_at.timestamp_micros(), position: recorded.position };
        let followed = match tables.license(recorded)? {
            None => tables.create(recorded, event)?,
            Some(license) => tables.change(license, event)? && tables.touch(license)?,
        };
        if !followed {
            let what = format!("a {} can't follow what the license is so far", event.description().name);
            return Err(ApplyError::event(recorded.position, what));
        }
    }
    Ok(())
}

/// The tables, and the event's place and time. Each method says whether the event fits.
struct Live<'a> {
    conn: &'a Connection,
    suffix: &'a str,
    at: i64,
    position: Position,
}

impl Live<'_> {
    /// The license's row, if it was created.
    fn license(&self, recorded: &Recorded) -> rusqlite::Result<Option<Position>> {
        let sql = format!("SELECT id FROM licenses{} WHERE license_id = ?", self.suffix);
        self.conn.prepare_cached(&sql)?.query_row([recorded.stream.id], |row| row.get(0)).optional()
    }

    fn create(&self, recorded: &Recorded, event: &LicenseEvent) -> rusqlite::Result<bool> {
        let LicenseEvent::LicenseCreated { ends, name, plan, seat_limit } = event else { return Ok(false) };
        self.one(
            "INSERT INTO licenses# VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?1, ?7)",
            params![
                self.position,
                recorded.stream.id,
                name.as_str(),
                plan.as_str(),
                seat_limit,
                ends.as_ref().map(written),
                self.at
            ],
        )
    }

    fn change(&self, license: Position, event: &LicenseEvent) -> rusqlite::Result<bool> {
        use LicenseEvent as E;
        let set = |what: &str, to: &dyn ToSql| {
            self.one(&format!("UPDATE licenses# SET {what} = ?2 WHERE id = ?1"), &[&license, to])
        };
        match event {
            // Once only.
            E::LicenseCreated { .. } => Ok(false),
            E::LicenseRenamed { name } => set("name", &name.as_str()),
            E::LicensePlanChanged { plan } => set("plan", &plan.as_str()),
            E::SeatLimitChanged { seat_limit } => set("seat_limit", seat_limit),
            E::LicenseTermChanged { ends } => set("ends", &ends.as_ref().map(written)),
            E::LicenseAdminGranted { subject_id, .. } => self.one(
                "INSERT OR IGNORE INTO license_admins# VALUES (?, ?, ?)",
                params![license, subject_id.0, self.at],
            ),
            E::LicenseAdminRevoked { subject_id } => {
                let admin = params![license, subject_id.0];
                self.run("DELETE FROM license_domains# WHERE license = ? AND subject_id = ?", admin)?;
                self.one("DELETE FROM license_admins# WHERE license = ? AND subject_id = ?", admin)
            }
            E::DomainAdminGranted { domain, subject_id } => self.one(
                "INSERT OR IGNORE INTO license_domains#
                 SELECT license, subject_id, ?3 FROM license_admins# WHERE license = ?1 AND subject_id = ?2",
                params![license, subject_id.0, domain.as_str()],
            ),
            E::DomainAdminRevoked { domain, subject_id } => self.one(
                "DELETE FROM license_domains# WHERE license = ? AND subject_id = ? AND domain = ?",
                params![license, subject_id.0, domain.as_str()],
            ),
            E::LicenseKeyIssued { ends, key_id, limit } => {
                let ends = ends.as_ref().map(written);
                Ok(!self.has_key(license, *key_id)?
                    && self.one(
                        "INSERT INTO license_keys_issued# VALUES (?, ?, ?, ?, ?, 0, ?)",
                        params![license, self.position, key_id.0, limit, ends, self.at],
                    )?)
            }
            E::LicenseKeyRevoked { key_id } => self.one(
                "UPDATE license_keys_issued# SET revoked = 1 WHERE license = ? AND key_id = ? AND NOT revoked",
                params![license, key_id.0],
            ),
        }
    }

    fn touch(&self, license: Position) -> rusqlite::Result<bool> {
        self.one(
            "UPDATE licenses# SET changed_position = ?, changed_at = ? WHERE id = ?",
            params![self.position, self.at, license],
        )
    }

    fn has_key(&self, license: Position, key: KeyId) -> rusqlite::Result<bool> {
        let sql =
            format!("SELECT 1 FROM license_keys_issued{} WHERE license = ? AND key_id = ?", self.suffix);
        self.conn.prepare_cached(&sql)?.exists(params![license, key.0])
    }

    /// Whether a statement changed a row.
    fn one(&self, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<bool> {
        Ok(self.run(sql, params)? == 1)
    }

    /// Runs a statement; `#` stands for the tables' suffix.
    fn run(&self, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<usize> {
        self.conn.prepare_cached(&sql.replace('#', self.suffix))?.execute(params)
    }
}
