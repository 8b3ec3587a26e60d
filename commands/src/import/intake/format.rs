//! How a file was read.

use serde::Serialize;

use super::{encoding::Encoding, header::Header, separator::Separator};

/// How a file was read: what it does not say itself was assumed, and is told here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileFormat {
    /// `UTF-8`, `UTF-16LE`, `UTF-16BE`, `windows-1252` or `windows-1250`; another one where the upload says so.
    #[schema(value_type = String)]
    pub encoding: Encoding,
    /// `comma`, `semicolon`, `tab`, `pipe`, another character that the file names itself, or `none` where it has
    /// one column.
    #[schema(value_type = String)]
    pub separator: Separator,
    /// The line of the header row, counted from 1.
    pub header_line: u64,
    /// Which column is Email, counted from 1.
    pub email_column: usize,
    /// The names in the header row.
    #[serde(skip)]
    #[schema(ignore)]
    pub columns: Vec<String>,
    /// What to check: where the encoding was assumed, or is not the one that was declared; where a row has addresses on several
    /// lines; where rows go on behind their address, though the file has one column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl FileFormat {
    pub(super) fn new(encoding: Encoding, header: &Header, note: Option<String>) -> Self {
        Self {
            encoding,
            separator: header.separator,
            header_line: header.line,
            email_column: header.column + 1,
            columns: header.names.clone(),
            note,
        }
    }
}
