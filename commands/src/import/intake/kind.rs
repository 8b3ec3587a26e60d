//! Files that are no CSV: known by how they begin, whatever they are called; or by what their sender calls them.

mod structured;

use std::fmt;

use structured::{is_json, is_markup, is_svg};

/// What a file is that is not CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `.xlsx` and its like.
    Xlsx,
    /// Old Office documents: `.xls`, and workbooks with a password.
    OldOffice,
    /// `.ods`.
    OpenDocument,
    /// Apple's `.numbers`.
    Numbers,
    /// `.docx`, `.odt`, `.rtf`.
    TextDocument,
    /// `.pdf`.
    Pdf,
    /// Zip, gzip and other compressed files.
    Compressed,
    /// PNG, JPEG, SVG and other pictures.
    Picture,
    /// HTML or XML: some systems call it `.xls`.
    Markup,
    /// Data for programs.
    Json,
    /// Text in UTF-32, which spreadsheets don't write.
    Utf32,
    /// None of these, and no text either.
    Binary,
}

impl Kind {
    /// Knows a file by its beginning.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let starts = |marks: &[&[u8]]| marks.iter().any(|mark| head.starts_with(mark));
        match () {
            () if starts(&[b"PK\x03\x04", b"PK\x05\x06"]) => Some(zipped(head)),
            () if starts(OLD_OFFICE) => Some(Self::OldOffice),
            () if starts(&[b"{\\rtf"]) => Some(Self::TextDocument),
            () if starts(&[b"%PDF-"]) => Some(Self::Pdf),
            () if starts(COMPRESSED) => Some(Self::Compressed),
            () if starts(PICTURES) || is_framed_picture(head) || is_svg(head) => Some(Self::Picture),
            () if starts(&[b"\xFF\xFE\0\0", b"\0\0\xFE\xFF"]) => Some(Self::Utf32),
            () if is_markup(head) => Some(Self::Markup),
            () if is_json(head) => Some(Self::Json),
            () => None,
        }
    }

    /// Knows a file by its media type, of those that people send in place of CSV.
    pub fn of_media_type(name: &str) -> Option<Self> {
        const OFFICE: &str = "application/vnd.openxmlformats-officedocument.";
        Some(match name {
            _ if name.starts_with("image/") => Self::Picture,
            _ if name.strip_prefix(OFFICE).is_some_and(|rest| rest.starts_with("spreadsheetml.")) => {
                Self::Xlsx
            }
            _ if name.strip_prefix(OFFICE).is_some_and(|rest| rest.starts_with("wordprocessingml.")) => {
                Self::TextDocument
            }
            "application/vnd.ms-excel" => Self::OldOffice,
            _ if name.starts_with("application/vnd.ms-excel.") => Self::Xlsx,
            "application/vnd.oasis.opendocument.spreadsheet" => Self::OpenDocument,
            "application/vnd.apple.numbers" | "application/x-iwork-numbers-sffnumbers" => Self::Numbers,
            "application/msword"
            | "application/rtf"
            | "text/rtf"
            | "application/vnd.oasis.opendocument.text" => Self::TextDocument,
            "application/pdf" => Self::Pdf,
            "application/zip"
            | "application/x-zip-compressed"
            | "application/gzip"
            | "application/x-gzip" => Self::Compressed,
            "text/html" | "application/xhtml+xml" | "text/xml" | "application/xml" => Self::Markup,
            _ => return None,
        })
    }

    /// What to do.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Xlsx | Self::OldOffice => {
                "Open it in Excel, choose File, Save As, \"CSV UTF-8 (Comma delimited)\", and upload the file that \
                 this makes."
            }
            Self::OpenDocument => {
                "Open it in LibreOffice, choose File, Save As, \"Text CSV\", and upload the file that this makes."
            }
            Self::Numbers => {
                "Open it in Numbers, choose File, Export To, CSV, and upload the file that this makes."
            }
            Self::Compressed => "Unpack it and upload the CSV file that is in it.",
            Self::Markup => {
                "Open it in Excel or another spreadsheet, save it as \"CSV UTF-8\", and upload the file that this \
                 makes."
            }
            Self::Json => {
                "Write the addresses below a row that says Email, each on a line of its own, and upload that file. A \
                 program may send {\"emails\": [\"ada@example.org\"]} as application/json instead."
            }
            Self::Utf32 => "Save the file as \"CSV UTF-8\" and upload it again.",
            Self::TextDocument | Self::Pdf | Self::Picture | Self::Binary => {
                "Put the addresses into a spreadsheet, in a column called Email, save it as \"CSV UTF-8\", and upload \
                 that file; or paste the addresses."
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xlsx => "an Excel workbook (.xlsx)",
            Self::OldOffice => "an Excel workbook of an older kind or with a password (.xls)",
            Self::OpenDocument => "an OpenDocument spreadsheet (.ods)",
            Self::Numbers => "a Numbers spreadsheet (.numbers)",
            Self::TextDocument => "a text document with formatting (.docx, .odt or .rtf)",
            Self::Pdf => "a PDF document",
            Self::Compressed => "a compressed file (such as .zip or .gz)",
            Self::Picture => "a picture",
            Self::Markup => "a web page or XML, which some systems call .xls",
            Self::Json => "JSON, which programs read",
            Self::Utf32 => "text in UTF-32, which is not supported",
            Self::Binary => "no text",
        })
    }
}

const OLD_OFFICE: &[&[u8]] =
    &[b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\x09\x08\x10\0\0\x06\x05\0", b"\x09\x08\x08\0\0\x05\x05\0"];

const COMPRESSED: &[&[u8]] =
    &[b"\x1F\x8B", b"7z\xBC\xAF\x27\x1C", b"Rar!\x1A\x07", b"BZh", b"\xFD7zXZ\0", b"\x28\xB5\x2F\xFD"];

const PICTURES: &[&[u8]] = &[b"\x89PNG", b"\xFF\xD8\xFF", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"];

/// What a zip holds stands in its names, and these come early.
fn zipped(head: &[u8]) -> Kind {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    match () {
        () if has(b"application/vnd.oasis.opendocument.spreadsheet") => Kind::OpenDocument,
        () if has(b"application/vnd.oasis.opendocument.text") || has(b"word/") => Kind::TextDocument,
        () if has(b"[Content_Types].xml") || has(b"xl/") => Kind::Xlsx,
        () if has(b".iwa") => Kind::Numbers,
        () => Kind::Compressed,
    }
}

/// Pictures whose first bytes are a length, or a frame that other files share.
fn is_framed_picture(head: &[u8]) -> bool {
    let at = |from: usize, mark: &[u8]| head.get(from..from + mark.len()) == Some(mark);
    let webp = at(0, b"RIFF") && at(8, b"WEBP");
    let heic = at(4, b"ftyphei") || at(4, b"ftypmif1") || at(4, b"ftypavif");
    // Two letters could begin a text; the zeros behind them could not.
    let bmp = at(0, b"BM") && at(6, &[0, 0, 0, 0]);
    webp || heic || bmp
}
