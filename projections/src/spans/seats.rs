//! A license's seats as of a moment.

use domain::{Event, License, LicenseId};
use eventlog::Position;
use serde::Serialize;

use super::{blocks, moment::AsOf};
use crate::{QueryError, audit, members::StatusCounts, number, sql::Conn};

/// How many people were on a license, and how many seats it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SeatsThen {
    /// As of when.
    pub as_of: AsOf,
    /// How many seats there were; nothing before the license was set up.
    pub limit: Option<u64>,
    /// How many were held: by everybody who was accepted or invited.
    pub held: u64,
    /// How many people had which status. Who was erased since is counted.
    pub counts: StatusCounts,
}

/// The seats of a license as of a moment.
pub fn seats_at(conn: &Conn<'_>, license: LicenseId, as_of: AsOf) -> Result<SeatsThen, QueryError> {
    let snapshot = conn.snapshot()?;
    as_of.is_known(&snapshot)?;
    let number = number::of_license(&snapshot, license)?.unwrap_or_default();
    seats(&snapshot, (license, number), as_of)
}

/// The same within a snapshot, of a license with its number.
pub(super) fn seats(
    conn: &Conn<'_>,
    (license, number): (LicenseId, Position),
    as_of: AsOf,
) -> Result<SeatsThen, QueryError> {
    let counts = blocks::counts(conn, number, as_of.position)?;
    Ok(SeatsThen { as_of, limit: limit(conn, license, as_of.position)?, held: counts.seats(), counts })
}

/// How many seats a license had: what its own events say.
fn limit(conn: &Conn<'_>, license: LicenseId, at: Position) -> Result<Option<u64>, QueryError> {
    let mut then = None;
    for stored in audit::of_stream(conn, license.0)?.into_iter().take_while(|event| event.position <= at) {
        if let Event::License(event) = &stored.event {
            then.get_or_insert_with(License::default).evolve(event);
        }
    }
    Ok(then.and_then(|license| license.terms).map(|terms| terms.seat_limit))
}
