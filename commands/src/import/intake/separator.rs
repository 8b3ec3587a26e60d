//! What stands between two cells.

use std::fmt;

use serde::{Serialize, Serializer};

/// What separates the cells of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`, where the comma stands in numbers.
    Semicolon,
    /// Excel's "Unicode Text", and what is copied out of a spreadsheet.
    Tab,
    /// `|`
    Pipe,
    /// Another one, that the file itself names in a `sep=` line: a byte of ASCII.
    Named(u8),
    /// The file has one column.
    None,
}

impl Separator {
    /// Those that are looked for. Of two that fit equally, the earlier one is taken.
    pub(super) const USUAL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// As it stands in a file that we write: a comma, unless it is one that is looked for.
    pub(crate) fn written(self) -> char {
        if Self::USUAL.contains(&self) { char::from(self.byte()) } else { ',' }
    }

    /// Its byte. No text has the one that stands for none: it never occurs in UTF-8.
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
            Self::Named(byte) => byte,
            Self::None => 0xFF,
        }
    }

    /// The one that a `sep=` line names: the first line of a file, as Excel writes and obeys it.
    pub(super) fn named(line: &str) -> Option<Result<Self, BadSeparator>> {
        let name = line.get(..4).filter(|name| name.eq_ignore_ascii_case("sep="));
        let named = &line[name?.len()..];
        let Some(first) = named.chars().next() else { return Some(Ok(Self::None)) };
        let usual = Self::USUAL.into_iter().find(|usual| char::from(usual.byte()) == first);
        // A spreadsheet that saves such a file again puts empty columns behind the line.
        let alone = named.chars().all(|c| c == first || c == ' ');
        let other = u8::try_from(first).ok().filter(u8::is_ascii_punctuation).filter(|byte| *byte != b'"');
        Some(match usual.or(other.map(Self::Named)) {
            Some(separator) if alone => Ok(separator),
            _ => Err(BadSeparator),
        })
    }
}

/// A `sep=` line names something that separates nothing.
#[derive(Debug)]
pub(super) struct BadSeparator;

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comma => f.write_str("comma"),
            Self::Semicolon => f.write_str("semicolon"),
            Self::Tab => f.write_str("tab"),
            Self::Pipe => f.write_str("pipe"),
            Self::Named(byte) => write!(f, "{}", char::from(*byte)),
            Self::None => f.write_str("none"),
        }
    }
}

impl Serialize for Separator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Separator;

    #[test]
    fn a_sep_line_names_a_separator() {
        for (line, expected) in [
            ("sep=,", Separator::Comma),
            ("SEP=;", Separator::Semicolon),
            ("sep=\t", Separator::Tab),
            ("sep=|", Separator::Pipe),
            ("sep=^", Separator::Named(b'^')),
            ("sep=;;;", Separator::Semicolon),
            ("sep=, ", Separator::Comma),
            ("sep=", Separator::None),
        ] {
            assert_eq!(Separator::named(line).and_then(Result::ok), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines_name_none_and_what_separates_nothing_is_a_fault() {
        for line in ["Email", "se", "sep", "s€p=,", "separator=,"] {
            assert!(Separator::named(line).is_none(), "{line}");
        }
        for line in ["sep=x", "sep=€", "sep=\"", "sep=,Email"] {
            assert!(matches!(Separator::named(line), Some(Err(_))), "{line}");
        }
    }
}
