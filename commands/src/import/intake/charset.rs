//! What somebody says a file is written in: the `charset` of its media type (RFC 7111).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::encoding::Encoding;

/// A declared encoding. It counts where the bytes can be that; where they can't, what they are counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// A part of UTF-8.
    Ascii,
    /// In either byte order.
    Utf16,
    /// The lower byte first.
    Utf16Le,
    /// The higher first.
    Utf16Be,
    /// Read as Windows-1252, as everywhere: what else it has are control characters, which nobody writes.
    Latin1,
    /// Western European.
    Windows1252,
    /// Central European.
    Windows1250,
}

impl Charset {
    /// Those that are taken, for people.
    pub const TAKEN: &str = "utf-8, utf-16, windows-1252, iso-8859-1 or windows-1250";

    /// By any of its names. `None`: it is none that is taken.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        // The library knows the names, and takes several for one that are told apart here.
        let table = encoding_rs::Encoding::for_label(name.as_bytes())?;
        Some(match table.name() {
            "UTF-8" => Self::Utf8,
            "UTF-16LE" if name.ends_with("le") => Self::Utf16Le,
            "UTF-16LE" => Self::Utf16,
            "UTF-16BE" => Self::Utf16Be,
            "windows-1252" if name.contains("ascii") || name.starts_with("ansi") => Self::Ascii,
            "windows-1252" if name.ends_with("1252") => Self::Windows1252,
            "windows-1252" => Self::Latin1,
            "windows-1250" => Self::Windows1250,
            _ => return None,
        })
    }

    /// The encoding of one byte for a character that is meant, if it is one.
    pub(super) fn single_byte(self) -> Option<Encoding> {
        match self {
            Self::Latin1 | Self::Windows1252 => Some(Encoding::Windows1252),
            Self::Windows1250 => Some(Encoding::Windows1250),
            Self::Utf8 | Self::Ascii | Self::Utf16 | Self::Utf16Le | Self::Utf16Be => None,
        }
    }

    /// Whether a file that was read so is what was declared.
    fn is(self, read: Encoding) -> bool {
        match self {
            Self::Utf8 | Self::Ascii => read == Encoding::Utf8,
            Self::Utf16 => matches!(read, Encoding::Utf16Le | Encoding::Utf16Be),
            Self::Utf16Le => read == Encoding::Utf16Le,
            Self::Utf16Be => read == Encoding::Utf16Be,
            Self::Latin1 | Self::Windows1252 | Self::Windows1250 => self.single_byte() == Some(read),
        }
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "utf-8",
            Self::Ascii => "us-ascii",
            Self::Utf16 => "utf-16",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Latin1 => "iso-8859-1",
            Self::Windows1252 => "windows-1252",
            Self::Windows1250 => "windows-1250",
        })
    }
}

/// What to check about an encoding, if anything: it was assumed, is not what was declared, or may as well be UTF-8.
pub(super) fn note(read: Encoding, declared: Option<Charset>, is_utf8_too: bool) -> Option<String> {
    let letters = "If addresses in it have letters such as é or ü, check them, or";
    let again = "save the file as \"CSV UTF-8\" and upload it again.";
    let name = read.name();
    match declared {
        None if read.is_assumed() => {
            Some(format!("The file is not UTF-8 and was read as {name}. {letters} {again}"))
        }
        Some(charset) if !charset.is(read) => Some(format!(
            "The upload says charset={charset}, which the file is not: it was read as {name}. {letters} {again}"
        )),
        Some(charset) if is_utf8_too => Some(format!(
            "The file was read as {name}, as charset={charset} says, but all of it is UTF-8 as well. {letters} upload \
             it again with charset=utf-8."
        )),
        None | Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_is_known_by_any_of_its_names() {
        for (name, charset) in [
            ("UTF-8", Some(Charset::Utf8)),
            ("utf8", Some(Charset::Utf8)),
            ("US-ASCII", Some(Charset::Ascii)),
            ("utf-16", Some(Charset::Utf16)),
            ("UTF-16LE", Some(Charset::Utf16Le)),
            ("utf-16be", Some(Charset::Utf16Be)),
            (" ISO-8859-1 ", Some(Charset::Latin1)),
            ("latin1", Some(Charset::Latin1)),
            ("Windows-1252", Some(Charset::Windows1252)),
            ("cp1252", Some(Charset::Windows1252)),
            ("windows-1250", Some(Charset::Windows1250)),
            ("gb18030", None),
            ("iso-8859-15", None),
            ("", None),
            ("klingon", None),
        ] {
            assert_eq!(Charset::named(name), charset, "{name}");
        }
    }
}
