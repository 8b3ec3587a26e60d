//! Where the items of an import come from.

use std::{io, path::PathBuf};

use domain::{EmailAddress, EmailError};

use super::csv;
use crate::paste;

/// What an admin gave. No `Debug`: holds addresses.
pub enum Input {
    /// Pasted or typed addresses.
    Pasted(String),
    /// A CSV file with a header row that says `Email`, in UTF-8.
    Csv(PathBuf),
}

/// One item: a pasted address, or a row of a file.
pub(super) struct Item {
    /// Counted from 1, without blank ones.
    pub row: u64,
    /// In the file or paste, counted from 1.
    pub line: u64,
    pub address: Result<EmailAddress, BadItem>,
    /// Where the same person was named before, in the same input: the row and the line.
    pub first: Option<(u64, u64)>,
}

/// An item that names nobody.
pub(super) enum BadItem {
    Invalid { value: String, error: EmailError },
    Missing,
}

/// Why an input can't be read at all. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No item in it.
    #[error("no e-mail address was given")]
    Nothing,
    /// A file without a byte.
    #[error("the file is empty")]
    EmptyFile,
    /// Nothing below the header row.
    #[error("the file has a header row and nothing below it")]
    OnlyHeader,
    /// The first row is an address already.
    #[error("the file has no header row: its first row looks like an e-mail address")]
    NoHeader,
    /// No column of that name.
    #[error("no column is called Email; the columns are {0}")]
    NoEmailColumn(String),
    /// More than one column of that name.
    #[error("{0} columns are called Email")]
    SeveralEmailColumns(usize),
    /// Bytes that are no UTF-8 text.
    #[error("line {line} is not UTF-8 text")]
    NotUtf8 {
        /// Counted from 1.
        line: u64,
    },
    /// The file could not be read.
    #[error("the file can't be read: {0}")]
    Io(#[from] io::Error),
}

impl InputError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing_given",
            Self::EmptyFile => "empty_file",
            Self::OnlyHeader => "only_header",
            Self::NoHeader => "no_header",
            Self::NoEmailColumn(_) => "no_email_column",
            Self::SeveralEmailColumns(_) => "several_email_columns",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Io(_) => "unreadable",
        }
    }

    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "Give at least one address, each on a line of its own or separated by commas.",
            Self::EmptyFile | Self::OnlyHeader => {
                "Write the addresses below a header row that says Email, save the file and upload it again."
            }
            Self::NoHeader => "Put a row that says Email above the addresses and upload the file again.",
            Self::NoEmailColumn(_) => {
                "Call the column that holds the addresses Email and upload the file again."
            }
            Self::SeveralEmailColumns(_) => {
                "Keep one Email column, rename the others and upload the file again."
            }
            Self::NotUtf8 { .. } => "Save the file as \"CSV UTF-8\" and upload it again.",
            Self::Io(_) => "Check that the file exists and may be read.",
        }
    }
}

/// The items of an input, one by one. Blank ones are nothing.
pub(super) type Items = Box<dyn Iterator<Item = Result<Item, InputError>> + Send>;

impl Input {
    /// Whether it is a file.
    pub(super) fn is_csv(&self) -> bool {
        matches!(self, Self::Csv(_))
    }

    /// Reads through all of it once, so that a fault is found before anything is changed. Counts the items.
    pub(super) fn check(&self) -> Result<u64, InputError> {
        let count = match self {
            Self::Pasted(text) => paste::split(text).count(),
            Self::Csv(path) => csv::Rows::open(path)?.try_fold(0, |n, row| row.map(|_| n + 1))?,
        };
        match (self, u64::try_from(count).unwrap_or(u64::MAX)) {
            (Self::Pasted(_), 0) => Err(InputError::Nothing),
            (Self::Csv(_), 0) => Err(InputError::OnlyHeader),
            (_, n) => Ok(n),
        }
    }

    /// The items from the first on.
    pub(super) fn items(self) -> Result<Items, InputError> {
        match self {
            Self::Pasted(text) => {
                let items: Vec<_> = paste::split(&text)
                    .map(|item| (u64::try_from(item.line).unwrap_or(u64::MAX), item.text.to_string()))
                    .collect();
                Ok(numbered(items.into_iter().map(|(line, text)| Ok((line, text)))))
            }
            Self::Csv(path) => Ok(numbered(csv::Rows::open(&path)?)),
        }
    }
}

/// No address is longer; of what is, the beginning is enough to find it again, and to answer with.
const LONGEST_VALUE: usize = 512;

/// The beginning of a text, on a character's border.
pub(super) fn beginning(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(longest)])
}

fn numbered(rows: impl Iterator<Item = Result<(u64, String), InputError>> + Send + 'static) -> Items {
    Box::new((1..).zip(rows).map(|(row, item)| {
        let (line, value) = item?;
        let address = if value.is_empty() {
            Err(BadItem::Missing)
        } else {
            EmailAddress::parse(&value)
                .map_err(|error| BadItem::Invalid { value: beginning(&value, LONGEST_VALUE), error })
        };
        Ok(Item { row, line, address, first: None })
    }))
}
