//! Why an input can't be read at all.

use std::{borrow::Cow, io};

use domain::number::grouped;

use super::intake::{Kind, Separator, limits};
use crate::uploads::{DISK_FULL, is_full};

/// Why an input can't be read at all. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No item in it.
    #[error("no e-mail address was given")]
    Nothing,
    /// A file without a byte, or without anything to be seen.
    #[error("the file is empty")]
    EmptyFile,
    /// Nothing below the header row.
    #[error("the file has a header row and nothing below it")]
    OnlyHeader,
    /// The first row is an address already.
    #[error("the file has no header row: its first row looks like an e-mail address")]
    NoHeader,
    /// No column of that name.
    #[error("no column is called Email; the columns are {found}")]
    NoEmailColumn {
        /// What they are called; not all of very many.
        found: String,
        /// Those that come close.
        close: Vec<String>,
        /// What stands beside the word Email where all of the header was taken for one name.
        beside: Option<char>,
        /// The line of one further down that has such a column.
        below: Option<u64>,
    },
    /// More than one column of that name: these, counted from 1.
    #[error("{} columns are called Email: {}", .0.len(), numbers(.0))]
    SeveralEmailColumns(Vec<usize>),
    /// A file of another kind.
    #[error("the file is {0}; a CSV file was expected")]
    NotCsv(Kind),
    /// Bytes that are no text in the encoding that the rest is in.
    #[error("line {line} has bytes that are no text in any encoding that fits the rest of the file")]
    Undecodable {
        /// Counted from 1.
        line: u64,
    },
    /// A quoted cell that does not end, or that ends where another was meant to begin.
    #[error("the quotation mark that opens a cell on line {line} is not closed")]
    UnclosedQuote {
        /// Where it stands, counted from 1.
        line: u64,
    },
    /// A row beyond a limit.
    #[error("the row on line {line} {what}")]
    TooLong {
        /// Where it starts, counted from 1.
        line: u64,
        /// Which limit.
        what: TooLong,
    },
    /// A file beyond a limit.
    #[error("the file has more than {0}")]
    TooLarge(TooLarge),
    /// The `sep=` line names what can't separate anything.
    #[error("the first line ({0}) names no separator that can be used")]
    BadSeparator(String),
    /// The `sep=` line names something else than what makes a column called Email.
    #[error(
        "the first line says that the separator is the {named}, but the columns are separated by the {between}"
    )]
    OtherSeparator {
        /// What it names.
        named: Separator,
        /// What makes the column.
        between: Separator,
    },
    /// What is noted of very many rows outgrows memory and goes to a temporary file, for which there is no room.
    #[error("there is no room for a temporary file in {}", std::env::temp_dir().display())]
    NoRoom,
    /// The file could not be read.
    #[error("the file can't be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::NoRoom } else { Self::Io(error) }
    }
}

/// Which limit a row exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLong {
    /// All of it.
    #[error("is longer than {}", size(limits::ROW as u64))]
    Row,
    /// One of its cells.
    #[error("has a cell that is longer than {}", size(limits::CELL as u64))]
    Cell,
    /// The number of its cells.
    #[error("has more than {} columns", grouped(limits::COLUMNS as u64))]
    Columns,
}

/// Which limit a file exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Its bytes.
    #[error("{}", size(*.0))]
    Bytes(u64),
    /// Its rows.
    #[error("{} million rows", limits::ROWS / 1_000_000)]
    Rows,
}

impl InputError {
    /// Whether it is the machine's trouble, and none of the input.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::NoRoom | Self::Io(_))
    }

    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing_given",
            Self::EmptyFile => "empty_file",
            Self::OnlyHeader => "only_header",
            Self::NoHeader => "no_header",
            Self::NoEmailColumn { .. } => "no_email_column",
            Self::SeveralEmailColumns(_) => "several_email_columns",
            Self::NotCsv(_) => "not_csv",
            Self::Undecodable { .. } => "undecodable",
            Self::UnclosedQuote { .. } => "unclosed_quote",
            Self::TooLong { .. } => "row_too_long",
            Self::TooLarge(_) => "file_too_large",
            Self::BadSeparator(_) | Self::OtherSeparator { .. } => "bad_separator",
            Self::NoRoom => DISK_FULL,
            Self::Io(_) => "unreadable",
        }
    }

    /// What to do.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Nothing => "Give at least one address, each on a line of its own or separated by commas.",
            Self::EmptyFile | Self::OnlyHeader => {
                "Write the addresses below a header row that says Email, save the file and upload it again."
            }
            Self::NoHeader => "Put a row that says Email above the addresses and upload the file again.",
            Self::NoEmailColumn { below: Some(line), .. } => {
                return format!(
                    "Line {line} has a column called Email: delete the lines above it and upload the file again."
                )
                .into();
            }
            Self::NoEmailColumn { beside: Some(between), .. } => return split(*between),
            Self::NoEmailColumn { close, .. } => return rename(close),
            Self::SeveralEmailColumns(_) => {
                "Keep one Email column, rename the others and upload the file again."
            }
            Self::NotCsv(kind) => kind.hint(),
            Self::Undecodable { .. } => "Save the file as \"CSV UTF-8\" and upload it again.",
            Self::UnclosedQuote { .. } => {
                "Close the cell with a quotation mark, or take the mark out; a mark within a quoted cell is written \
                 twice. Then upload the file again."
            }
            Self::TooLong { .. } => {
                "Look for a missing line break or quotation mark there; keep only the columns \
                                     that are needed, and upload the file again."
            }
            Self::TooLarge(_) => {
                "Keep only the Email column, or split the file, and upload the parts one by one."
            }
            Self::BadSeparator(_) => {
                "Write sep=, or sep=; there, or take the line out, and upload the file again."
            }
            Self::OtherSeparator { .. } => "Take the first line out and upload the file again.",
            Self::NoRoom => "Free some space there, or name another folder in TMPDIR, and try again.",
            Self::Io(_) => "Check that the file exists and may be read.",
        })
    }
}

/// So many bytes, in words.
pub fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 if bytes > 0 && bytes.trailing_zeros() >= 10 => format!("{} KiB", bytes >> 10),
        0 => format!("{bytes} bytes"),
        n => format!("{n} MiB"),
    }
}

fn numbers(columns: &[usize]) -> String {
    let numbers: Vec<_> = columns.iter().take(10).map(|n| format!("number {n}")).collect();
    numbers.join(", ")
}

/// Of a header whose names were not told apart.
fn split(between: char) -> Cow<'static, str> {
    match between {
        ',' | ';' | '\t' | '|' => "The header stands in quotation marks as a whole: save the file again with marks around \
                                  single cells, or without any, and upload it again."
            .into(),
        other if !other.is_ascii() => format!(
            "If {other} separates the columns, no program can tell: save the file again with commas or semicolons between \
             them, and upload it again."
        )
        .into(),
        other => format!(
            "If {other} separates the columns, write a line that says sep={other} above the header, and upload the file again."
        )
        .into(),
    }
}

fn rename(close: &[String]) -> Cow<'static, str> {
    match close {
        [] => "Call the column that holds the addresses Email and upload the file again.".into(),
        [one] => format!("Did you mean {one}? Rename that column to Email and upload the file again.").into(),
        several => {
            let names = several.join(" or ");
            format!("Did you mean {names}? Rename the right one to Email and upload the file again.").into()
        }
    }
}
