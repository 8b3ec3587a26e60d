//! Erasing people: what stands for them, and that nothing new does.

use std::collections::HashMap;

use domain::{LicenseId, MemberId, SubjectId};
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use super::find;
use crate::contract::{Commit, Traces};

/// All of it in one statement, which sees one moment. Each license once, and the person's membership of it: the key is
/// ordered by licenses. A license's seats go by its id, as its stream does.
const TRACES: &str = "
    WITH RECURSIVE licenses(id) AS (
        (SELECT license_id FROM memberships ORDER BY license_id LIMIT 1)
        UNION ALL SELECT (SELECT m.license_id FROM memberships m WHERE m.license_id > licenses.id
                          ORDER BY m.license_id LIMIT 1)
                  FROM licenses WHERE licenses.id IS NOT NULL)
    SELECT 0 AS part, position, NULL::uuid, NULL::uuid, NULL::text, NULL::text FROM log_head
    UNION ALL SELECT 1, NULL, m.license_id, m.member_id, NULL, NULL FROM licenses
        JOIN memberships m ON m.license_id = licenses.id AND m.subject_id = $1
    UNION ALL SELECT 2, NULL, p.id, NULL, NULL, NULL FROM seat_pools p WHERE EXISTS (
        SELECT FROM events e WHERE e.aggregate_type = 'license' AND e.aggregate_id = p.id::text
        AND strpos(e.payload::text, $2) > 0)
    UNION ALL SELECT 3, NULL, NULL, NULL, email, normalised FROM directory WHERE subject_id = $1";

pub(super) async fn traces(pool: &PgPool, subject: SubjectId) -> sqlx::Result<Traces> {
    let mut traces = Traces::default();
    let rows = sqlx::query(TRACES).bind(subject.0).bind(subject.to_string()).fetch_all(pool).await?;
    for row in rows {
        match row.try_get::<i32, _>(0)? {
            0 => traces.position = find::number(&row, 1)?,
            1 => traces.members.push((LicenseId(row.try_get(2)?), MemberId(row.try_get(3)?))),
            2 => traces.licenses.push(LicenseId(row.try_get(2)?)),
            _ => traces.address = Some((row.try_get(4)?, row.try_get(5)?)),
        }
    }
    Ok(traces)
}

/// Who of those that some commits erase was named since.
pub(super) async fn named_since(
    conn: &mut PgConnection,
    commits: &[&Commit],
) -> sqlx::Result<HashMap<SubjectId, i64>> {
    let erases = || commits.iter().flat_map(|commit| &commit.erases);
    let people: Vec<Uuid> = erases().map(|erase| erase.subject_id.0).collect();
    let after: Vec<i64> = erases().map(|erase| i64::try_from(erase.as_of).unwrap_or(i64::MAX)).collect();
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let sql =
        "SELECT a.subject_id, max(e.position) FROM unnest($1::uuid[], $2::bigint[]) a(subject_id, as_of)
               JOIN events e ON e.position > a.as_of AND strpos(e.payload::text, a.subject_id::text) > 0
               GROUP BY a.subject_id";
    let rows = sqlx::query(sql).bind(people).bind(after).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((SubjectId(row.try_get(0)?), row.try_get(1)?))).collect()
}
