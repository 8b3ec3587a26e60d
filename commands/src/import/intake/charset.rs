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
    /// Cyrillic.
    Windows1251,
    /// Greek.
    Windows1253,
    /// Turkish.
    Windows1254,
    /// Baltic.
    Windows1257,
    /// Central European, as other systems than Windows write it.
    Iso8859_2,
    /// Western European with the euro, as other systems than Windows write it.
    Iso8859_15,
    /// Western European, as Excel for Mac writes CSV.
    Macintosh,
}

impl Charset {
    /// Those that are taken, for people.
    pub const TAKEN: &str = "utf-8, utf-16, windows-1250, -1251, -1252, -1253, -1254 or -1257, iso-8859-1, -2 or -15, or \
                             macintosh";

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
            "windows-1251" => Self::Windows1251,
            "windows-1253" => Self::Windows1253,
            "windows-1254" => Self::Windows1254,
            "windows-1257" => Self::Windows1257,
            "ISO-8859-2" => Self::Iso8859_2,
            "ISO-8859-15" => Self::Iso8859_15,
            "macintosh" => Self::Macintosh,
            _ => return None,
        })
    }

    /// The encoding of one byte for a character that is meant, if it is one.
    pub(super) fn single_byte(self) -> Option<Encoding> {
        match self {
            Self::Latin1 | Self::Windows1252 => Some(Encoding::Windows1252),
            Self::Windows1250 => Some(Encoding::Windows1250),
            Self::Windows1251 => Some(Encoding::Windows1251),
            Self::Windows1253 => Some(Encoding::Windows1253),
            Self::Windows1254 => Some(Encoding::Windows1254),
            Self::Windows1257 => Some(Encoding::Windows1257),
            Self::Iso8859_2 => Some(Encoding::Iso8859_2),
            Self::Iso8859_15 => Some(Encoding::Iso8859_15),
            Self::Macintosh => Some(Encoding::Macintosh),
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
            single_byte => single_byte.single_byte() == Some(read),
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
            Self::Windows1251 => "windows-1251",
            Self::Windows1253 => "windows-1253",
            Self::Windows1254 => "windows-1254",
            Self::Windows1257 => "windows-1257",
            Self::Iso8859_2 => "iso-8859-2",
            Self::Iso8859_15 => "iso-8859-15",
            Self::Macintosh => "macintosh",
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
            ("iso-8859-9", Some(Charset::Windows1254)),
            ("cp1251", Some(Charset::Windows1251)),
            ("latin2", Some(Charset::Iso8859_2)),
            ("x-mac-roman", Some(Charset::Macintosh)),
            ("gb18030", None),
            ("iso-8859-15", Some(Charset::Iso8859_15)),
            ("", None),
            ("klingon", None),
        ] {
            assert_eq!(Charset::named(name), charset, "{name}");
        }
    }
}
