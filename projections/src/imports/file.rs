//! What the file of an import was called: kept beside the log, until somebody of its license is erased.

use domain::ImportId;
use serde::Serialize;

use crate::{
    sql::{Conn, SqlError},
    values,
};

/// The file of an import. No `Debug`: its name may name a person.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportedFile {
    /// What it is called, if that was said.
    pub name: Option<String>,
    /// Its SHA-256, in hexadecimal digits. Forgotten with the import's refused rows.
    pub sha256: Option<String>,
    /// How many bytes it has.
    pub bytes: u64,
}

/// The file of an import; nothing where people were not given in one, and once somebody of the license was erased.
pub(crate) fn file_of(conn: &Conn<'_>, import: ImportId) -> Result<Option<ImportedFile>, SqlError> {
    let sql = "SELECT name, sha256, bytes FROM import_files WHERE import_id = ?";
    conn.first(sql, values![import.0], |row| {
        Ok(ImportedFile { name: row.get(0)?, sha256: row.get(1)?, bytes: row.get(2)? })
    })
}
