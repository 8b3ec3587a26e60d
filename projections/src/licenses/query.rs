//! Licenses in a list, and one in full.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    KeyId, LicenseId, LicenseName, Plan, StaffRole, SubjectId,
    license::{Key, KeyState},
};
use eventlog::Position;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Cursor, QueryError, columns,
    cursor::ListName,
    directory,
    members::{self, StatusCounts},
    sql::{Conn, Row, SqlError, ToValue, escaped},
    status, values,
};

/// Which page of the licenses; the newest come first.
#[derive(Debug, Clone, Default)]
pub struct LicensesQuery {
    /// Only those that this person administers.
    pub admin: Option<SubjectId>,
    /// Only those on which this person has a role: what is theirs to see. Whose admin somebody else is they see of those that
    /// they administer themselves: who helps or checks reads that on the page of a license, where it is recorded.
    pub of: Option<SubjectId>,
    /// Only those whose name has this in it, however it is capitalised, or whose id it is.
    pub search: Option<String>,
    /// Only this one.
    pub only: Option<LicenseId>,
    /// From the page before.
    pub cursor: Option<String>,
    /// How many; at most [`LicensesQuery::MOST`].
    pub limit: usize,
}

/// How many seats are held, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LicenseSeats {
    /// The license's limit.
    pub limit: u64,
    /// By everybody Accepted or Invited.
    pub held: u64,
}

/// One license of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LicenseSummary {
    /// The license.
    #[schema(value_type = Uuid)]
    pub license_id: LicenseId,
    /// What its owner calls it.
    pub name: String,
    /// `paid`, or `free`, where nobody can be added.
    #[schema(value_type = String)]
    pub plan: Plan,
    /// Its seats.
    pub seats: LicenseSeats,
    /// How many people have which status.
    pub counts: StatusCounts,
    /// The last day of its term, UTC; nothing: no end.
    pub ends: Option<NaiveDate>,
    /// When it was set up.
    pub created_at: DateTime<Utc>,
}

/// A page of the licenses.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LicensesPage {
    /// The log's position that the page is true for.
    pub position: Position,
    /// The licenses.
    pub items: Vec<LicenseSummary>,
    /// For the next page; nothing on the last.
    pub next_cursor: Option<String>,
}

/// An admin of a license. No `Debug`: holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LicenseAdmin {
    /// The person.
    #[schema(value_type = Uuid)]
    pub subject_id: SubjectId,
    /// The address as first spelled; nothing once erased.
    pub email: Option<String>,
    /// The mail domains that they administer: whom they add in them joins at once.
    pub domains: Vec<String>,
    /// Since when they are an admin.
    pub granted_at: DateTime<Utc>,
}

/// Somebody who may read a license without administering it. No `Debug`: holds an address.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LicenseStaff {
    /// The person.
    #[schema(value_type = Uuid)]
    pub subject_id: SubjectId,
    /// The address as first spelled; nothing once erased.
    pub email: Option<String>,
    /// `auditor`, who reads everything, or `support`, who reads who is on the license and why.
    #[schema(value_type = String)]
    pub role: StaffRole,
    /// Since when.
    pub granted_at: DateTime<Utc>,
}

/// A key of a license, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LicenseKeyIssued {
    /// Names the key.
    #[schema(value_type = Uuid)]
    pub key_id: KeyId,
    /// How many people can join with it; nothing: as many as there are seats.
    pub limit: Option<u64>,
    /// How many joins with it there were; of the moment, not of the position.
    pub joined: u64,
    /// Its last day, UTC; nothing: no end.
    pub ends: Option<NaiveDate>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// `open`, or why nobody can join with it any more: `used_up`, `ended` or `revoked`; of the day.
    #[schema(value_type = String)]
    pub state: KeyState,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// One license in full. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LicenseDetail {
    /// The log's position that the answer is true for.
    pub position: Position,
    /// What the list says, too.
    #[serde(flatten)]
    pub summary: LicenseSummary,
    /// When anything about the license itself last changed; its people are not meant.
    pub changed_at: DateTime<Utc>,
    /// Its admins, as they became ones.
    pub admins: Vec<LicenseAdmin>,
    /// Who else may read it, as they were given their roles.
    pub staff: Vec<LicenseStaff>,
    /// Its keys, as they were issued.
    pub keys: Vec<LicenseKeyIssued>,
}

const SUMMARY: &str = "l.id, l.license_id, l.name, l.plan, l.seat_limit, l.ends, l.created_at, l.changed_at";

/// Narrows a list to those that somebody administers.
const ADMINISTERED: &str = " AND l.id IN (SELECT license FROM license_admins WHERE subject_id = #)";

/// To those on which somebody has a role.
const WITH_A_ROLE: &str = " AND l.id IN (SELECT license FROM license_admins WHERE subject_id = #
                                        UNION SELECT license FROM license_staff WHERE subject_id = #)";

/// To one.
const ALONE: &str = " AND l.license_id = #";

impl LicensesQuery {
    /// Licenses on a page, at most.
    pub const MOST: usize = 500;

    /// For the cursor: which list it is.
    fn list(&self) -> ListName {
        ListName::of("licenses")
            .with("admin", self.admin)
            .with("of", self.of)
            .with("search", self.search.as_deref().map(LicenseName::search_key))
            .with("only", self.only)
    }

    /// Reads a page in one snapshot.
    pub fn run(&self, conn: &Conn<'_>) -> Result<LicensesPage, QueryError> {
        let snapshot = conn.snapshot()?;
        let list = self.list();
        let before = match &self.cursor {
            Some(cursor) => Cursor::read(cursor, list.as_str())?,
            None => i64::MAX.unsigned_abs(),
        };
        let limit = self.limit.clamp(1, Self::MOST);
        let own = if self.admin.is_none_or(|who| self.of == Some(who)) { WITH_A_ROLE } else { ADMINISTERED };
        let narrowed = [
            (self.admin.map(|who| who.0), ADMINISTERED),
            (self.of.map(|who| who.0), own),
            (self.only.map(|license| license.0), ALONE),
        ];
        let many = limit + 1;
        let (id_sought, sought) = match &self.search {
            Some(typed) => (Uuid::try_parse(typed.trim()).ok(), Some(part_of_name(typed))),
            None => (None, None),
        };
        let mut values: Vec<&dyn ToValue> = vec![&before, &many];
        let mut sql = format!("SELECT {SUMMARY} FROM licenses l WHERE l.id < ?1");
        for (id, condition) in &narrowed {
            if let Some(id) = id {
                values.push(id);
                sql += &condition.replace('#', &format!("?{}", values.len()));
            }
        }
        if let Some(sought) = &sought {
            values.push(sought);
            let name = format!("l.sought LIKE ?{} ESCAPE '\\'", values.len());
            let or_id = id_sought.as_ref().map(|id| {
                values.push(id);
                format!(" OR l.license_id = ?{}", values.len())
            });
            sql += &[" AND (", &name, &or_id.unwrap_or_default(), ")"].concat();
        }
        sql += " ORDER BY l.id DESC LIMIT ?2";
        let read = |row: &Row<'_>| Ok::<_, SqlError>((row.get(0)?, summary(&snapshot, row)?));
        let mut rows: Vec<(u64, LicenseSummary)> = snapshot.all(&sql, &values, read)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|(id, _)| Cursor::after(list.as_str(), *id));
        let items = rows.into_iter().map(|(_, license)| license).collect();
        Ok(LicensesPage { position: position(&snapshot)?, items, next_cursor })
    }
}

/// What `LIKE` takes for a part of a name.
fn part_of_name(typed: &str) -> String {
    format!("%{}%", escaped(&LicenseName::search_key(typed)))
}

/// The licenses that somebody administers.
pub fn administered_by(conn: &Conn<'_>, admin: SubjectId) -> Result<HashSet<LicenseId>, QueryError> {
    let sql = "SELECT l.license_id FROM license_admins a JOIN licenses l ON l.id = a.license WHERE a.subject_id = ?";
    let found = conn.all(sql, values![admin.0], |row| Ok::<_, SqlError>(LicenseId(row.get(0)?)))?;
    Ok(found.into_iter().collect())
}

/// One license in full, read in one snapshot. How its keys stand, they do on that day.
pub fn license(
    conn: &Conn<'_>,
    license: LicenseId,
    today: NaiveDate,
) -> Result<Option<LicenseDetail>, QueryError> {
    let snapshot = conn.snapshot()?;
    let sql = format!("SELECT {SUMMARY} FROM licenses l WHERE l.license_id = ?");
    let found = snapshot.first(&sql, values![license.0], |row| {
        let id = row.get::<Position>(0)?;
        Ok::<_, SqlError>((id, summary(&snapshot, row)?, columns::time(row, "changed_at")?))
    })?;
    let Some((id, summary, changed_at)) = found else { return Ok(None) };
    let position = position(&snapshot)?;
    let (admins, staff) = (admins(&snapshot, id)?, staff(&snapshot, id)?);
    let keys = keys(&snapshot, id, today)?;
    Ok(Some(LicenseDetail { position, summary, changed_at, admins, staff, keys }))
}

/// What licenses are called, of those that there are.
pub fn license_names(
    conn: &Conn<'_>,
    licenses: impl IntoIterator<Item = LicenseId>,
) -> Result<HashMap<LicenseId, String>, QueryError> {
    let ids: HashSet<Uuid> = licenses.into_iter().map(|license| license.0).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let read = |row: &Row<'_>| Ok::<_, SqlError>((LicenseId(row.get("license_id")?), row.get("name")?));
    Ok(conn
        .each_of("SELECT license_id, name FROM licenses WHERE license_id", &ids, read)?
        .into_iter()
        .collect())
}

/// Counts come from `members`: the answer is as old as the older of the two.
fn position(conn: &Conn<'_>) -> Result<Position, SqlError> {
    Ok(status::position(conn, "licenses")?.min(status::position(conn, "members")?))
}

fn summary(conn: &Conn<'_>, row: &Row<'_>) -> Result<LicenseSummary, SqlError> {
    let license_id = LicenseId(row.get("license_id")?);
    let counts = members::counts(conn, license_id)?;
    Ok(LicenseSummary {
        license_id,
        name: row.get("name")?,
        plan: columns::word(row, "plan")?,
        seats: LicenseSeats { limit: row.get("seat_limit")?, held: counts.accepted + counts.invited },
        counts,
        ends: columns::day(row, "ends")?,
        created_at: columns::time(row, "created_at")?,
    })
}

fn admins(conn: &Conn<'_>, license: Position) -> Result<Vec<LicenseAdmin>, SqlError> {
    let domains = "SELECT domain FROM license_domains WHERE license = ? AND subject_id = ? ORDER BY domain";
    let sql =
        "SELECT subject_id, granted_at FROM license_admins WHERE license = ? ORDER BY granted_at, subject_id";
    conn.all(sql, values![license], |row| {
        let subject_id = SubjectId(row.get("subject_id")?);
        Ok(LicenseAdmin {
            subject_id,
            email: directory::email(conn, subject_id)?,
            domains: conn.all(domains, values![license, subject_id.0], |row| row.get(0))?,
            granted_at: columns::time(row, "granted_at")?,
        })
    })
}

fn staff(conn: &Conn<'_>, license: Position) -> Result<Vec<LicenseStaff>, SqlError> {
    let sql = "SELECT subject_id, role, granted_at FROM license_staff WHERE license = ?
               ORDER BY granted_at, subject_id, role";
    conn.all(sql, values![license], |row| {
        let subject_id = SubjectId(row.get("subject_id")?);
        Ok(LicenseStaff {
            subject_id,
            email: directory::email(conn, subject_id)?,
            role: columns::word(row, "role")?,
            granted_at: columns::time(row, "granted_at")?,
        })
    })
}

fn keys(conn: &Conn<'_>, license: Position, today: NaiveDate) -> Result<Vec<LicenseKeyIssued>, SqlError> {
    let sql = "SELECT k.key_id, key_limit, coalesce(taken, 0) AS joined, ends, revoked, issued_at
               FROM license_keys_issued k LEFT JOIN seat_pools p ON p.id = k.key_id
               WHERE k.license = ? ORDER BY k.issued";
    conn.all(sql, values![license], |row| {
        let (limit, ends, revoked) = (row.get("key_limit")?, columns::day(row, "ends")?, row.get("revoked")?);
        let joined = row.get("joined")?;
        Ok(LicenseKeyIssued {
            key_id: KeyId(row.get("key_id")?),
            limit,
            joined,
            ends,
            revoked,
            state: Key { limit, ends, revoked }.state_on(today, joined),
            issued_at: columns::time(row, "issued_at")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_list_is_named_in_cursors_by_the_words_of_the_api() {
        assert_eq!(LicensesQuery::default().list().as_str(), "licenses");
        let of_admin =
            LicensesQuery { admin: Some(SubjectId(Uuid::from_u128(1))), ..LicensesQuery::default() };
        assert_eq!(of_admin.list().as_str(), "licenses admin=00000000-0000-0000-0000-000000000001");
        let searched = LicensesQuery { search: Some(" Hillside".to_owned()), ..LicensesQuery::default() };
        assert_eq!(searched.list().as_str(), "licenses search=hillside");
    }
}
