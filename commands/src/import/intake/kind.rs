//! Files that are no text: known by how they begin, whatever they are called.

use std::fmt;

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
    /// PNG, JPEG and other pictures.
    Picture,
    /// HTML or XML: some systems call it `.xls`.
    Markup,
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
            () if starts(PICTURES) || is_framed_picture(head) => Some(Self::Picture),
            () if starts(&[b"\xFF\xFE\0\0", b"\0\0\xFE\xFF"]) => Some(Self::Utf32),
            () if is_markup(head) => Some(Self::Markup),
            () => None,
        }
    }

    /// What to do.
    pub(crate) fn hint(self) -> &'static str {
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

fn is_markup(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let marks: [&[u8]; 4] = [b"<!doctype", b"<html", b"<?xml", b"<table"];
    marks.iter().any(|mark| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))
}
