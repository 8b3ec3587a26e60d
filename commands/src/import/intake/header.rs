//! The header row: which column is Email, and what separates it from the others.

use std::io::{Read, Seek};

use domain::email::{invisible_name, is_invisible, trim};

use super::{cell::plain, separator::Separator, start::Start};
use crate::import::{InputError, input::beginning};

/// The header row of a file.
pub(super) struct Header {
    pub separator: Separator,
    pub line: u64,
    pub names: Vec<String>,
    /// Counted from 0.
    pub column: usize,
}

impl Header {
    /// Finds it: the first row that is not blank, with the separator that makes a column called Email.
    pub(super) fn find<R: Read + Seek>(source: &mut R, start: Start) -> Result<Self, InputError> {
        let named = named_separator(source, start)?;
        let candidates = named.map_or(Separator::USUAL.to_vec(), |named| vec![named]);
        let mut readings = Vec::new();
        let mut fault = None;
        for separator in candidates {
            match Reading::of(source, start, separator, 1) {
                Ok(reading) => readings.extend(reading),
                Err(InputError::Io(error)) => return Err(error.into()),
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        // Of equal ones `max_by_key` takes the last, and the first is wanted.
        let best = readings.iter().rev().filter(|r| !r.columns().is_empty()).max_by_key(|r| r.names.len());
        match (best, fault) {
            (Some(reading), _) => reading.header(named.is_some()),
            (None, Some(fault)) => Err(fault),
            (None, None) => Err(astray(source, start, named, no_email(&readings))),
        }
    }
}

/// What the `sep=` line says, if there is one.
fn named_separator<R: Read + Seek>(source: &mut R, start: Start) -> Result<Option<Separator>, InputError> {
    let mut rows = start.rows(source, Separator::None)?;
    if !matches!(rows.read(), Ok(true)) {
        // Whatever is wrong is told by who reads the header.
        return Ok(None);
    }
    let line = rows.cell(0)?;
    match Separator::named(line) {
        None | Some(Ok(Separator::None)) => Ok(None),
        Some(Ok(separator)) => Ok(Some(separator)),
        Some(Err(_)) => Err(InputError::BadSeparator(visible(line))),
    }
}

/// With or without quotation marks, and whatever separates.
fn is_sep_line(raw: &[u8]) -> bool {
    let line = std::str::from_utf8(raw).unwrap_or_default().trim_end_matches(['\r', '\n']);
    Separator::named(line.trim_matches('"')).is_some()
}

/// So many rows are looked at for a header that is not the first.
const FAR: usize = 20;

/// Says of a header without Email where it is instead: behind another separator than the file names, or below a title.
fn astray<R: Read + Seek>(
    source: &mut R,
    start: Start,
    named: Option<Separator>,
    fault: InputError,
) -> InputError {
    let (found, close, beside, no_header) = match fault {
        InputError::NoEmailColumn { found, close, beside, below: _ } => (found, close, beside, None),
        // An address above the header may be that of whoever made the list.
        InputError::NoHeader => {
            let separator = named.unwrap_or(Separator::USUAL[0]);
            let first = Reading::of(source, start, separator, 1).unwrap_or_default();
            let found = first.first().map(|reading| listed(&reading.names)).unwrap_or_default();
            (found, Vec::new(), None, Some(InputError::NoHeader))
        }
        fault => return fault,
    };
    let mut email = |separator, rows| {
        // What is wrong with a row further down is of no interest here.
        let readings = Reading::of(source, start, separator, rows).unwrap_or_default();
        let is_header = |reading: &Reading| {
            reading.columns().len() == 1 && !reading.names.iter().any(|name| has_address(name))
        };
        readings.into_iter().find(is_header).map(|reading| reading.line)
    };
    let between = Separator::USUAL.into_iter().find(|usual| email(*usual, 1).is_some());
    if let (Some(named), Some(between)) = (named, between) {
        return InputError::OtherSeparator { named, between };
    }
    let candidates = named.map_or(Separator::USUAL.to_vec(), |named| vec![named]);
    let below = candidates.into_iter().find_map(|separator| email(separator, FAR));
    if let (Some(no_header), None) = (no_header, below) {
        return no_header;
    }
    InputError::NoEmailColumn { found, close, beside, below }
}

/// A row as one separator makes it.
struct Reading {
    separator: Separator,
    line: u64,
    names: Vec<String>,
}

impl Reading {
    /// The first rows that are not blank, at most so many.
    fn of<R: Read + Seek>(
        source: &mut R,
        start: Start,
        separator: Separator,
        most: usize,
    ) -> Result<Vec<Self>, InputError> {
        let mut rows = start.rows(source, separator)?;
        let (mut first, mut readings) = (true, Vec::new());
        while readings.len() < most && rows.read()? {
            let names = (0..rows.len()).map(|i| rows.cell(i).map(|name| plain(name).to_owned()));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            let skipped = first && is_sep_line(rows.raw());
            first = false;
            if !skipped && !names.iter().all(|name| is_blank(name)) {
                readings.push(Self { separator, line: rows.line(), names });
            }
        }
        Ok(readings)
    }

    fn columns(&self) -> Vec<usize> {
        (0..self.names.len()).filter(|i| self.names[*i].eq_ignore_ascii_case("email")).collect()
    }

    fn header(&self, named: bool) -> Result<Header, InputError> {
        let [column] = self.columns()[..] else {
            return Err(InputError::SeveralEmailColumns(self.columns().iter().map(|i| i + 1).collect()));
        };
        // One column has no separator; what looks like one may belong to an address.
        let alone = self.names.len() == 1 && !named;
        let separator = if alone { Separator::None } else { self.separator };
        Ok(Header { separator, line: self.line, names: self.names.clone(), column })
    }
}

/// A line of separators only is blank, whichever of them it is that separates.
fn is_blank(name: &str) -> bool {
    name.trim_matches([',', ';', '\t', '|']).is_empty()
}

fn no_email(readings: &[Reading]) -> InputError {
    let Some(likely) = readings.iter().rev().max_by_key(|reading| reading.names.len()) else {
        return InputError::EmptyFile;
    };
    if readings.iter().any(|reading| reading.names.iter().any(|name| has_address(name))) {
        return InputError::NoHeader;
    }
    let close = likely.names.iter().filter(|name| is_close(name)).take(3).map(|name| visible(name)).collect();
    let beside = match likely.names.as_slice() {
        [alone] => beside_email(alone),
        _ => None,
    };
    InputError::NoEmailColumn { found: listed(&likely.names), close, beside, below: None }
}

/// Whether there is something like an address in a cell, well-formed or not: no name of a column is like that.
fn has_address(name: &str) -> bool {
    let is_one = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
        word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    };
    name.split(char::is_whitespace).any(is_one)
}

/// What stands before or behind the word Email in what was taken for one name, if that may separate columns.
fn beside_email(name: &str) -> Option<char> {
    let begin = name.to_ascii_lowercase().find("email")?;
    // A tab is white space, too. Marks may stand around the name.
    let around = |sign: char| sign == '"' || (sign.is_whitespace() && sign != '\t');
    let before = name[..begin].trim_end_matches(around).chars().last();
    let behind = name[begin + 5..].trim_start_matches(around).chars().next();
    let separates = |sign: &char| {
        FOREIGN_COMMAS.contains(sign)
            || (sign.is_ascii_punctuation() && !matches!(sign, '-' | '_' | '.' | '(' | ')'))
    };
    [before, behind].into_iter().flatten().find(|sign| separates(sign) || *sign == '\t')
}

/// What people write as a comma or semicolon in Chinese, Japanese and Arabic: no program separates columns by it.
const FOREIGN_COMMAS: [char; 6] = ['\u{ff0c}', '\u{ff1b}', '\u{3001}', '\u{ff5c}', '\u{60c}', '\u{61b}'];

/// Whether a name is another word for it.
fn is_close(name: &str) -> bool {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let words = ["mail", "courriel", "correo", "epost", "sähköposti"];
    words.iter().any(|word| letters.contains(word))
}

/// Column names for an answer: not all of a hostile file.
fn listed(names: &[String]) -> String {
    const LONGEST: usize = 300;
    let mut text = String::new();
    for name in names.iter().map(|name| visible(name)).filter(|name| !name.is_empty()) {
        if text.len() > LONGEST {
            text.push_str(", …");
            break;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&name);
    }
    text
}

/// The beginning of a text, without anything that a terminal would obey. What would look like Email, and is not, says why.
fn visible(name: &str) -> String {
    const LONGEST: usize = 100;
    let name = beginning(name, LONGEST);
    let name = trim(&name);
    let unseen = |c: char| c.is_control() || is_invisible(c);
    let looks_like_email =
        name.chars().filter(|c| !unseen(*c)).collect::<String>().eq_ignore_ascii_case("email");
    let shown = |c: char| match c {
        c if looks_like_email && unseen(c) => format!("[{} (U+{:04X})]", invisible_name(c), u32::from(c)),
        c if c.is_control() => String::new(),
        c => c.to_string(),
    };
    name.chars().map(shown).collect()
}
