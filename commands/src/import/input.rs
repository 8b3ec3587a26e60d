//! Where the items of an import come from.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use domain::{EmailAddress, EmailError, MemberId, formula::taken_back};
use eventlog::Revision;

use super::{
    InputError,
    duplicates::{Duplicates, Named},
    intake::{Charset, CsvFile, FileFormat, Original, Rows},
};
use crate::{
    paste,
    uploads::{Kind, Source},
};

/// What an admin gave. No `Debug`: holds addresses.
pub enum Input {
    /// Pasted or typed addresses.
    Pasted(String),
    /// A list that a program made: each element is one item, and is not taken apart.
    Listed(Vec<String>),
    /// A CSV file with a header row that says `Email`, as spreadsheets write it.
    Csv(PathBuf),
    /// What was uploaded, of any kind; and what it is said to be written in, if it is a file.
    Upload(Kind, Option<Charset>, Box<dyn Source>),
}

/// One item: a pasted address, or a row of a file.
pub(crate) struct Item {
    /// Counted from 1, without blank ones.
    pub row: u64,
    /// In the file or paste, counted from 1.
    pub line: u64,
    pub address: Result<EmailAddress, BadItem>,
    /// The whole row of a file, to be given back to whoever is refused.
    pub original: Option<Original>,
    /// Where the same person was named before, in the same input: the row and the line.
    pub first: Option<(u64, u64)>,
    /// What happened to whom, where that is to be undone: the revision of the membership.
    pub undoes: Option<(MemberId, Revision)>,
}

/// An item that names nobody.
pub(crate) enum BadItem {
    Invalid {
        value: String,
        error: EmailError,
    },
    Missing,
    /// Somebody who was in the directory, and is not any more.
    Unknown,
}

/// The items of an input, one by one. Blank ones are nothing.
pub(crate) type Items = Box<dyn Iterator<Item = Result<Item, InputError>> + Send>;

/// An input that was read through once, so that a fault is found before anything is changed.
pub(crate) struct Checked {
    /// From the first on.
    pub items: Items,
    /// How many there are.
    pub rows: u64,
    /// Who is named more than once.
    pub duplicates: Duplicates,
    /// How the file was read, if it is one.
    pub format: Option<FileFormat>,
}

impl Input {
    /// Whether it is a file.
    pub(super) fn is_csv(&self) -> bool {
        matches!(self, Self::Csv(_) | Self::Upload(Kind::Csv, ..))
    }

    /// Reads through all of it.
    pub(super) fn check(self) -> Result<Checked, InputError> {
        match self {
            Self::Pasted(text) => check_pasted(&text),
            Self::Listed(list) => check_listed(&list),
            Self::Csv(path) => check_file(File::open(path)?, None),
            Self::Upload(Kind::Csv, charset, source) => check_file(source, charset),
            Self::Upload(kind @ (Kind::Text | Kind::List), _, mut source) => {
                let mut text = String::new();
                source.read_to_string(&mut text)?;
                if kind == Kind::Text {
                    return check_pasted(&text);
                }
                check_listed(&serde_json::from_str::<Vec<String>>(&text).map_err(io::Error::other)?)
            }
        }
    }
}

fn check_file(source: impl Source + 'static, charset: Option<Charset>) -> Result<Checked, InputError> {
    let mut named = Named::default();
    let file = CsvFile::check_each(source, charset, |number, row| {
        Ok(Item::new(number, row.line, &row.address, None).note(&mut named)?)
    })?;
    let (rows, format) = (file.count(), Some(file.format()));
    let items = Box::new(FileItems { rows: file.rows()?, row: 0 });
    Ok(Checked { items, rows, duplicates: named.duplicates()?, format })
}

fn check_pasted(text: &str) -> Result<Checked, InputError> {
    let line = |line| u64::try_from(line).unwrap_or(u64::MAX);
    // As it may stand in a spreadsheet that shows an export of ours.
    check_all(paste::split(text).map(|item| (line(item.line), taken_back(item.text))))
}

fn check_listed(list: &[String]) -> Result<Checked, InputError> {
    let items = (1..).zip(list.iter().map(|text| taken_back(paste::only(text))));
    check_all(items.filter(|(_, text)| !text.is_empty()))
}

/// Items that are in memory, each with its line.
fn check_all<'a>(given: impl Iterator<Item = (u64, Cow<'a, str>)>) -> Result<Checked, InputError> {
    let items: Vec<_> =
        (1..).zip(given).map(|(row, (line, text))| Item::new(row, line, &text, None)).collect();
    if items.is_empty() {
        return Err(InputError::Nothing);
    }
    let mut named = Named::default();
    items.iter().try_for_each(|item| item.note(&mut named))?;
    let rows = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let items = Box::new(items.into_iter().map(Ok));
    Ok(Checked { items, rows, duplicates: named.duplicates()?, format: None })
}

/// The rows of a file as items.
struct FileItems<R> {
    rows: Rows<R>,
    row: u64,
}

impl<R: Read> Iterator for FileItems<R> {
    type Item = Result<Item, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next_row().transpose()?;
        self.row += 1;
        Some(row.map(|row| Item::new(self.row, row.line, &row.address, Some(row.original()))))
    }
}

/// No address is longer; of what is, the beginning is enough to find it again, and to answer with.
pub(super) const LONGEST_VALUE: usize = 512;

/// The beginning of a text, on a character's border.
pub(super) fn beginning(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(longest)])
}

impl Item {
    /// By which people find it: of a file, the line where it begins. A pasted address is found by the number of the item.
    pub(crate) fn line_of_file(&self) -> Option<u64> {
        self.original.as_ref().map(|_| self.line)
    }

    fn new(row: u64, line: u64, value: &str, original: Option<Original>) -> Self {
        let address = if value.is_empty() {
            Err(BadItem::Missing)
        } else {
            EmailAddress::parse(value)
                .map_err(|error| BadItem::Invalid { value: beginning(value, LONGEST_VALUE), error })
        };
        Self { row, line, address, original, first: None, undoes: None }
    }

    fn note(&self, named: &mut Named) -> io::Result<()> {
        self.address.as_ref().map_or(Ok(()), |email| named.note(self.row, self.line, email))
    }

    /// About how many bytes it holds.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.original.as_ref().map_or(0, Original::len)
    }
}
