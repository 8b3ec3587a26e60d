//! Names behind subject ids.

use domain::SubjectId;
use uuid::Uuid;

use crate::{
    sql::{Conn, SqlError},
    values,
};

/// The address of a subject as first spelled; `None` for the operator and for erased people.
pub(crate) fn email(conn: &Conn<'_>, subject: SubjectId) -> Result<Option<String>, SqlError> {
    conn.value("SELECT email FROM directory WHERE subject_id = ?", values![subject.0])
}

/// Who is behind a normalised address.
pub(crate) fn subject(conn: &Conn<'_>, normalised: &str) -> Result<Option<SubjectId>, SqlError> {
    let sql = "SELECT subject_id FROM directory WHERE normalised = ?";
    Ok(conn.value::<Uuid>(sql, values![normalised])?.map(SubjectId))
}
