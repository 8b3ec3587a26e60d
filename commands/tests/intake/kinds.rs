//! Files that are no CSV: said by name, with what to do.

use commands::import::{InputError, intake::Kind};

use super::fault;

#[test]
fn each_kind_of_file_is_known_by_how_it_begins() {
    let heic = [&[0, 0, 0, 24][..], b"ftypheic"].concat();
    let bmp = [&b"BM"[..], &[9, 9, 9, 9, 0, 0, 0, 0]].concat();
    let cases: [(&[u8], Kind); 33] = [
        (b"PK\x03\x04....[Content_Types].xml....xl/workbook.xml", Kind::Xlsx),
        (b"PK\x03\x04....[Content_Types].xml....word/document.xml", Kind::TextDocument),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK", Kind::OpenDocument),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.textPK", Kind::TextDocument),
        (b"PK\x03\x04....Index/Document.iwa", Kind::Numbers),
        (b"PK\x03\x04....users.csv", Kind::Compressed),
        (b"PK\x05\x06\0\0", Kind::Compressed),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Kind::OldOffice),
        (b"\x09\x08\x10\0\0\x06\x05\0", Kind::OldOffice),
        (b"{\\rtf1 Email", Kind::TextDocument),
        (b"%PDF-1.7\nEmail", Kind::Pdf),
        (b"\x1F\x8B\x08\0", Kind::Compressed),
        (b"7z\xBC\xAF\x27\x1C", Kind::Compressed),
        (b"\x89PNG\r\n\x1A\n", Kind::Picture),
        (b"\xFF\xD8\xFF\xE0", Kind::Picture),
        (b"GIF89a", Kind::Picture),
        (b"RIFF....WEBPVP8 ", Kind::Picture),
        (&heic, Kind::Picture),
        (&bmp, Kind::Picture),
        (b"\n <!DOCTYPE html><table><tr><td>Email", Kind::Markup),
        (b"\xEF\xBB\xBF<?xml version=\"1.0\"?><Workbook>", Kind::Markup),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"><text>Email</text></svg>", Kind::Picture),
        (b"<?xml version=\"1.0\"?>\n<!-- <b> -->\n<!DOCTYPE svg PUBLIC \"x\">\n<svg>", Kind::Picture),
        (b"<?xml version=\"1.0\"?><rows><svg></svg></rows>", Kind::Markup),
        (b"{\"emails\": [\"ada@x.org\"]}", Kind::Json),
        (b"\xEF\xBB\xBF[\n  {\n \"Email\" : \"ada@x.org\"},", Kind::Json),
        (b"{\"a \\\" b\": 1}\n{\"a\": 2}\n", Kind::Json),
        (b"[\"ada@x.org\",\n\"bob@x.org\"]", Kind::Json),
        (b"[\"ada@x.org\"]\n", Kind::Json),
        (b"[{\"Email\":null}]", Kind::Json),
        (b"\xFF\xFE\0\0E\0\0\0", Kind::Utf32),
        (b"SQLite format 3\0", Kind::Binary),
        (&[0; 4096], Kind::Binary),
    ];
    for (bytes, kind) in cases {
        let error = fault(bytes);
        assert!(matches!(error, InputError::NotCsv(seen) if seen == kind), "{kind}: {error}");
        assert!(error.to_string().contains(&kind.to_string()), "{error}");
        assert!(error.hint().len() > 20, "{kind}");
    }
}

#[test]
fn a_workbook_says_how_to_save_it_as_csv() {
    let error = fault(b"PK\x03\x04....[Content_Types].xml");
    assert_eq!(error.code(), "not_csv");
    assert_eq!(error.to_string(), "the file is an Excel workbook (.xlsx); a CSV file was expected");
    assert!(error.hint().contains("Save As, \"CSV UTF-8 (Comma delimited)\""), "{}", error.hint());
}

#[test]
fn a_text_that_only_begins_alike_is_read() {
    for text in [
        "BMX team,Email\nAda,ada@x.org\n",
        "PK,Email\nAda,ada@x.org\n",
        "<Name>,Email\nAda,ada@x.org\n",
        "<svgName>,Email\nAda,ada@x.org\n",
        "{Name},Email\nAda,ada@x.org\n",
        "[Name],Email\nAda,ada@x.org\n",
        "[\"Name\"];Email\nAda;ada@x.org\n",
    ] {
        assert_eq!(super::good(text.as_bytes()).addresses(), ["ada@x.org"]);
    }
}

#[test]
fn a_workbook_is_known_by_its_media_type_too() {
    for (name, kind) in [
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Some(Kind::Xlsx)),
        ("application/vnd.ms-excel.sheet.macroenabled.12", Some(Kind::Xlsx)),
        ("application/vnd.ms-excel", Some(Kind::OldOffice)),
        ("application/vnd.oasis.opendocument.spreadsheet", Some(Kind::OpenDocument)),
        ("application/vnd.apple.numbers", Some(Kind::Numbers)),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Some(Kind::TextDocument)),
        ("application/pdf", Some(Kind::Pdf)),
        ("image/svg+xml", Some(Kind::Picture)),
        ("text/html", Some(Kind::Markup)),
        ("application/octet-stream", None),
        ("text/tab-separated-values", None),
    ] {
        assert_eq!(Kind::of_media_type(name), kind, "{name}");
    }
}

#[test]
fn json_says_what_to_do_with_it() {
    let error = fault(b"[{\"E-Mail\": \"ada@x.org\"}]");
    assert_eq!(error.to_string(), "the file is JSON, which programs read; a CSV file was expected");
    assert!(error.hint().contains("a row that says Email") && error.hint().contains("application/json"));
}
