//! Looking up what stands beside the log, and reading numbers as what they are to us.

use domain::{KeyId, LicenseId, MemberId, Salt, SubjectId};
use postgres_es::PostgresEventRepository;
use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use crate::contract::{KnownPerson, SeatPool, Seats};

/// Reads whole streams, through a view that has the envelope's further columns beside the metadata.
pub(super) fn streams(pool: &PgPool) -> PostgresEventRepository {
    PostgresEventRepository::new(pool.clone()).with_tables("stream_events", "snapshots")
}

/// A number that can't be negative.
pub(super) fn unsigned(number: i64) -> sqlx::Result<u64> {
    u64::try_from(number).map_err(|e| sqlx::Error::Decode(e.into()))
}

/// A column that holds a number of ours.
pub(super) fn number<T: TryFrom<i64>>(row: &PgRow, column: usize) -> sqlx::Result<T> {
    let number: i64 = row.try_get(column)?;
    T::try_from(number).map_err(|_| sqlx::Error::Decode(format!("{number} is out of range").into()))
}

/// A column that may be empty.
pub(super) fn maybe_number(row: &PgRow, column: usize) -> sqlx::Result<Option<u64>> {
    row.try_get::<Option<i64>, _>(column)?.map(unsigned).transpose()
}

/// A column that holds so many bytes.
pub(super) fn array<const N: usize>(row: &PgRow, column: usize) -> sqlx::Result<[u8; N]> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|e: std::array::TryFromSliceError| sqlx::Error::Decode(e.into()))
}

/// A pool, from its first two columns.
pub(super) fn seats(row: &PgRow) -> sqlx::Result<Seats> {
    Ok(Seats { taken: number(row, 0)?, limit: maybe_number(row, 1)? })
}

pub(super) async fn people(pool: &PgPool, normalised: &[&str]) -> sqlx::Result<Vec<Option<KnownPerson>>> {
    let sql = "SELECT a.n, d.subject_id, d.salt FROM unnest($1::text[]) WITH ORDINALITY a(normalised, n)
               CROSS JOIN LATERAL (SELECT * FROM directory d WHERE d.normalised = a.normalised LIMIT 1) d";
    let rows = sqlx::query(sql).bind(normalised).fetch_all(pool).await?;
    in_order(normalised.len(), &rows, |row| {
        Ok(KnownPerson { subject_id: SubjectId(row.try_get(1)?), salt: Salt(array(row, 2)?) })
    })
}

pub(super) async fn addresses(pool: &PgPool, people: &[SubjectId]) -> sqlx::Result<Vec<Option<String>>> {
    let sql = "SELECT a.n, d.email FROM unnest($1::uuid[]) WITH ORDINALITY a(subject_id, n)
               CROSS JOIN LATERAL (SELECT * FROM directory d WHERE d.subject_id = a.subject_id LIMIT 1) d";
    let ids: Vec<Uuid> = people.iter().map(|subject| subject.0).collect();
    let rows = sqlx::query(sql).bind(ids).fetch_all(pool).await?;
    in_order(people.len(), &rows, |row| row.try_get(1))
}

pub(super) async fn members(
    pool: &PgPool,
    license: LicenseId,
    people: &[SubjectId],
) -> sqlx::Result<Vec<Option<MemberId>>> {
    let sql = "SELECT a.n, m.member_id FROM unnest($2::uuid[]) WITH ORDINALITY a(subject_id, n)
               CROSS JOIN LATERAL (SELECT * FROM memberships m
                   WHERE m.license_id = $1 AND m.subject_id = a.subject_id LIMIT 1) m";
    let ids: Vec<Uuid> = people.iter().map(|subject| subject.0).collect();
    let rows = sqlx::query(sql).bind(license.0).bind(ids).fetch_all(pool).await?;
    in_order(people.len(), &rows, |row| row.try_get(1).map(MemberId))
}

pub(super) async fn sealed_key(pool: &PgPool, key: KeyId) -> sqlx::Result<Option<Vec<u8>>> {
    let sql = "SELECT sealed FROM key_texts WHERE key_id = $1";
    sqlx::query_scalar(sql).bind(key.0).fetch_optional(pool).await
}

pub(super) async fn key(pool: &PgPool, hash: &[u8; 32]) -> sqlx::Result<Option<(LicenseId, KeyId)>> {
    let sql = "SELECT license_id, key_id FROM license_keys WHERE hash = $1";
    let row = sqlx::query(sql).bind(hash.as_slice()).fetch_optional(pool).await?;
    row.map(|row| Ok((LicenseId(row.try_get(0)?), KeyId(row.try_get(1)?)))).transpose()
}

pub(super) async fn pool_of(pool: &PgPool, seat_pool: SeatPool) -> sqlx::Result<Option<Seats>> {
    let sql = "SELECT taken, seat_limit FROM seat_pools WHERE id = $1";
    let row = sqlx::query(sql).bind(seat_pool.id()).fetch_optional(pool).await?;
    row.as_ref().map(seats).transpose()
}

/// Puts what was found where it was asked for; the first column says where.
fn in_order<T>(
    asked: usize,
    rows: &[PgRow],
    read: impl Fn(&PgRow) -> sqlx::Result<T>,
) -> sqlx::Result<Vec<Option<T>>> {
    let mut found: Vec<Option<T>> = std::iter::repeat_with(|| None).take(asked).collect();
    for row in rows {
        let n: usize = number(row, 0)?;
        if let Some(place) = n.checked_sub(1).and_then(|n| found.get_mut(n)) {
            *place = Some(read(row)?);
        }
    }
    Ok(found)
}
