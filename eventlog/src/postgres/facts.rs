//! Looks up everything that some commits rest on. Called while the log is held: nothing of it changes meanwhile.

use std::collections::HashSet;

use domain::{KeyId, LicenseId, SubjectId};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{
    erase, find,
    pools::Pool,
    view::{At, View},
};
use crate::{contract::Commit, recorded::StreamId};

pub(super) async fn look_up(conn: &mut PgConnection, commits: &[&Commit]) -> sqlx::Result<View> {
    let mut view = View { complete: true, ..View::default() };
    look_up_commands(conn, commits, &mut view).await?;
    look_up_streams(conn, commits, &mut view).await?;
    look_up_pools(conn, commits, &mut view).await?;
    look_up_people(conn, commits, &mut view).await?;
    look_up_members(conn, commits, &mut view).await?;
    look_up_keys(conn, commits, &mut view).await?;
    view.named = erase::named_since(conn, commits).await?;
    Ok(view)
}

async fn look_up_commands(conn: &mut PgConnection, commits: &[&Commit], view: &mut View) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = commits.iter().filter_map(|commit| Some(commit.command?.id)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT id, fingerprint, position, result FROM commands WHERE id = ANY($1)";
    for row in sqlx::query(sql).bind(ids).fetch_all(conn).await? {
        let known = (find::array(&row, 1)?, At::Position(find::number(&row, 2)?), row.try_get(3)?);
        view.commands.insert(row.try_get(0)?, known);
    }
    Ok(())
}

async fn look_up_streams(conn: &mut PgConnection, commits: &[&Commit], view: &mut View) -> sqlx::Result<()> {
    let asserted = commits.iter().flat_map(|commit| commit.asserts.iter().map(|(stream, _)| *stream));
    let written = commits.iter().flat_map(|commit| commit.appends.iter().map(|append| append.stream));
    let streams: HashSet<StreamId> = asserted.chain(written).collect();
    if streams.is_empty() {
        return Ok(());
    }
    let streams: Vec<StreamId> = streams.into_iter().collect();
    let sql = "SELECT s.n, (SELECT e.sequence FROM events e
                            WHERE e.aggregate_type = s.aggregate_type AND e.aggregate_id = s.aggregate_id
                            ORDER BY e.sequence DESC LIMIT 1)
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY s(aggregate_type, aggregate_id, n)";
    let kinds: Vec<&str> = streams.iter().map(|stream| stream.kind.as_str()).collect();
    let ids: Vec<String> = streams.iter().map(|stream| stream.id.to_string()).collect();
    for row in sqlx::query(sql).bind(kinds).bind(ids).fetch_all(conn).await? {
        let n: usize = find::number(&row, 0)?;
        if let (Some(stream), Some(revision)) = (streams.get(n - 1), find::maybe_number(&row, 1)?) {
            view.streams.insert(*stream, revision);
        }
    }
    Ok(())
}

async fn look_up_pools(conn: &mut PgConnection, commits: &[&Commit], view: &mut View) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = commits.iter().flat_map(|c| c.seats.iter().map(|change| change.pool.id())).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT taken, seat_limit, id FROM seat_pools WHERE id = ANY($1)";
    for row in sqlx::query(sql).bind(ids).fetch_all(conn).await? {
        view.pools.insert(row.try_get(2)?, Pool::there(find::seats(&row)?));
    }
    Ok(())
}

async fn look_up_people(conn: &mut PgConnection, commits: &[&Commit], view: &mut View) -> sqlx::Result<()> {
    let addresses: Vec<&str> =
        commits.iter().flat_map(|c| c.people.iter().map(|person| person.normalised.as_str())).collect();
    if addresses.is_empty() {
        return Ok(());
    }
    let sql = "SELECT normalised FROM directory WHERE normalised = ANY($1)";
    view.addresses.extend(sqlx::query_scalar::<_, String>(sql).bind(addresses).fetch_all(conn).await?);
    Ok(())
}

async fn look_up_members(conn: &mut PgConnection, commits: &[&Commit], view: &mut View) -> sqlx::Result<()> {
    let claims = || commits.iter().flat_map(|commit| &commit.members);
    let licenses: Vec<Uuid> = claims().map(|claim| claim.license_id.0).collect();
    let subjects: Vec<Uuid> = claims().map(|claim| claim.subject_id.0).collect();
    if licenses.is_empty() {
        return Ok(());
    }
    let sql =
        "SELECT m.license_id, m.subject_id FROM unnest($1::uuid[], $2::uuid[]) a(license_id, subject_id)
               CROSS JOIN LATERAL (SELECT license_id, subject_id FROM memberships m
                   WHERE m.license_id = a.license_id AND m.subject_id = a.subject_id LIMIT 1) m";
    for row in sqlx::query(sql).bind(licenses).bind(subjects).fetch_all(conn).await? {
        view.members.insert((LicenseId(row.try_get(0)?), SubjectId(row.try_get(1)?)));
    }
    Ok(())
}

async fn look_up_keys(conn: &mut PgConnection, commits: &[&Commit], view: &mut View) -> sqlx::Result<()> {
    let claims = || commits.iter().flat_map(|commit| &commit.keys);
    let hashes: Vec<&[u8]> = claims().map(|claim| claim.hash.as_slice()).collect();
    let ids: Vec<Uuid> = claims().map(|claim| claim.key_id.0).collect();
    if hashes.is_empty() {
        return Ok(());
    }
    let sql = "SELECT hash, key_id FROM license_keys WHERE hash = ANY($1) OR key_id = ANY($2)";
    for row in sqlx::query(sql).bind(hashes).bind(ids).fetch_all(conn).await? {
        view.key_hashes.insert(find::array(&row, 0)?);
        view.key_ids.insert(KeyId(row.try_get(1)?));
    }
    Ok(())
}
