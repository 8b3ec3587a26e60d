//! A person's place on a license, read in one snapshot: five of their own would cost more than the reading.

use rusqlite::Connection;

use super::{batch::execute, commit, error::database_error, read};
use crate::{
    contract::{PlaceAsked, PlaceFound, SeatPool},
    outcome::LogError,
};

pub(super) fn find(conn: &Connection, asked: &PlaceAsked<'_>) -> Result<PlaceFound, LogError> {
    execute(conn, "BEGIN").map_err(database_error)?;
    let found = find_all(conn, asked);
    // It may be the writer's connection, which must not be left in a transaction.
    execute(conn, "COMMIT").or_else(|_| conn.execute_batch("ROLLBACK")).map_err(database_error)?;
    found
}

fn find_all(conn: &Connection, asked: &PlaceAsked<'_>) -> Result<PlaceFound, LogError> {
    if let Some(command) = asked.command {
        let first_result = commit::first_result(conn, command).map_err(database_error)?;
        if first_result.is_some() {
            return Ok(PlaceFound { first_result, ..PlaceFound::default() });
        }
    }
    let known = |address: &str| read::person(conn, address).map_err(database_error);
    let seats = |pool| read::seats(conn, pool).map_err(database_error);
    let (license, seats_of_license) = match asked.license_after {
        Some(after) => {
            (read::stream(conn, asked.license.into(), after)?, seats(SeatPool::License(asked.license))?)
        }
        None => Default::default(),
    };
    let person = known(asked.person)?;
    let member = match person {
        Some(person) => read::member(conn, asked.license, person.subject_id).map_err(database_error)?,
        None => None,
    };
    Ok(PlaceFound {
        first_result: None,
        license,
        actor: asked.actor.map(known).transpose()?.flatten(),
        person,
        member: member.map(|id| Ok((id, read::stream(conn, id.into(), 0)?))).transpose()?,
        seats: seats_of_license,
        joins: asked.key.map(|key| seats(SeatPool::Key(key))).transpose()?.flatten(),
    })
}
