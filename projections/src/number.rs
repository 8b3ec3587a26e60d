//! Licenses and memberships by number: the position of their first event.
//!
//! A tenth of the length of their ids, and so are the indexes that begin with one; the log finds it by its own index
//! of streams. In the read models only: outside, everything goes by its id.

use domain::LicenseId;
use eventlog::Position;

use crate::{
    sql::{Conn, SqlError, Stream},
    values,
};

/// The number of a stream, by its id.
pub(crate) const OF_STREAM: &str = "(SELECT position FROM events WHERE aggregate_id = ? AND sequence = 1)";

/// A license's number; `None` for one that nobody knows.
pub(crate) fn of_license(conn: &Conn<'_>, license: LicenseId) -> Result<Option<Position>, SqlError> {
    Ok(conn.value(&format!("SELECT {OF_STREAM}"), values![Stream(license.0)])?.flatten())
}
