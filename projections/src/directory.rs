//! Names behind subject ids.

use domain::{Digest, SubjectId};
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

/// A row of the directory. No `Debug`: holds an address.
#[derive(Clone)]
pub struct Listed {
    /// Stands for the person in events.
    pub subject: SubjectId,
    /// The address as first spelled.
    pub email: String,
    /// Its normalised form.
    pub normalised: String,
    /// The salt of the commitments to it.
    pub salt: Digest,
}

/// The rows of people, for whoever holds them against their commitments; none for the erased. In any order. What somebody has
/// made unreadable is empty, and fits no commitment: a row that was left out would look like that of somebody erased.
pub fn listed(conn: &Conn<'_>, people: &[SubjectId]) -> Result<Vec<Listed>, SqlError> {
    let ids: Vec<Uuid> = people.iter().map(|subject| subject.0).collect();
    let sql = "SELECT subject_id, email, normalised, salt FROM directory WHERE subject_id";
    conn.each_of(sql, &ids, |row| {
        let salt: Vec<u8> = row.get(3).unwrap_or_default();
        Ok(Listed {
            subject: SubjectId(row.get(0)?),
            email: row.get(1).unwrap_or_default(),
            normalised: row.get(2).unwrap_or_default(),
            salt: Digest(salt.try_into().unwrap_or_default()),
        })
    })
}
