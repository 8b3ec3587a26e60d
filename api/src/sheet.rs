//! Refused rows as a file for spreadsheets: as it was given, with what is wrong in columns of our own behind it.

use std::iter::once;

use domain::formula::neutralised;
use projections::imports::{RefusedFile, RefusedItem};

/// Our columns. A file that has them is one of ours that was given again: they are written anew.
const OURS: [&str; 4] = ["Seatbook line", "Seatbook code", "Seatbook reason", "Seatbook what to do"];

/// Without it, spreadsheets take UTF-8 for something else.
pub(crate) const MARK: &str = "\u{FEFF}";

/// How the file is written.
pub(crate) struct Sheet {
    separator: u8,
    /// The names of the columns that are given back, and where they are in a row.
    columns: Vec<(String, usize)>,
}

impl Sheet {
    /// Of a file; of a paste, one column.
    pub(crate) fn of(file: Option<RefusedFile>) -> Self {
        let (separator, width) = file.as_ref().map_or((',', 0), |file| (file.separator, file.width));
        let mut names = file.and_then(|file| file.columns).unwrap_or_else(|| vec!["Email".to_owned()]);
        // A row may be longer than the header.
        names.resize(names.len().max(width), String::new());
        let columns = names.into_iter().zip(0..).filter(|(name, _)| !OURS.contains(&name.as_str())).collect();
        Self { separator: u8::try_from(separator).unwrap_or(b','), columns }
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        let names = self.columns.iter().map(|(name, _)| name.as_str()).chain(OURS);
        begin_with(self.separator, names.map(str::to_owned).collect())
    }

    pub(crate) fn rows(&self, items: Vec<RefusedItem>) -> Vec<u8> {
        text(self.separator, items.into_iter().map(|item| self.row(item)))
    }

    fn row(&self, item: RefusedItem) -> Vec<String> {
        let line = item.line.to_string();
        let cells = item.cells.unwrap_or_else(|| vec![item.value]);
        let cell = |(_, index): &(String, usize)| cells.get(*index).map_or("", String::as_str);
        let ours = [line.as_str(), item.code.as_str(), &item.reason, &item.hint];
        self.columns.iter().map(cell).chain(ours).map(str::to_owned).collect()
    }
}

/// The beginning of a file with commas: the names of its columns.
pub(crate) fn begin<const N: usize>(names: [String; N]) -> Vec<u8> {
    begin_with(b',', names.into())
}

fn begin_with(separator: u8, names: Vec<String>) -> Vec<u8> {
    [MARK.as_bytes().to_vec(), text(separator, once(names))].concat()
}

/// Rows of any file of ours: every one is written here, and no cell of it is a formula.
pub(crate) fn text<R: IntoIterator<Item = String>>(
    separator: u8,
    rows: impl IntoIterator<Item = R>,
) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    for row in rows {
        // Memory takes everything.
        let _ = writer.write_record(row.into_iter().map(|cell| neutralised(&cell).into_owned()));
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::{Code, LicenseId, formula::taken_back};
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    proptest! {
        /// Whatever is exported, by whichever separator: an import reads what there was.
        #[test]
        fn what_is_exported_comes_back_and_is_no_formula(
            rows in vec(vec("['=+@\t\r\n\\x00\u{FF1D}a,;|\" -]{0,6}", 3), 1..5),
            separator in select(vec![b',', b';', b'\t', b'|']),
        ) {
            let file = text(separator, rows.clone());
            let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(&file[..]);
            let read: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
            for cell in read.iter().flatten() {
                prop_assert_eq!(neutralised(&taken_back(cell)).into_owned(), cell);
                let formula = cell.starts_with(['=', '+', '@', '\t', '\r', '\n', '\0', '\u{FF1D}']);
                prop_assert!(!formula);
            }
            let back = read.iter().map(|row| row.iter().map(|cell| taken_back(cell).into_owned()).collect());
            prop_assert_eq!(back.collect::<Vec<Vec<String>>>(), rows);
        }
    }

    /// A spreadsheet that is set to another language parts our files where we do not.
    #[test]
    fn no_cell_is_a_formula_where_a_file_is_parted_by_what_another_language_parts_by() {
        let within = ["x;=1+1;y", "x,=1+1,y", "x;\"=1+1;y", "x\r\n=1+1\r\ny", "x\t@SUM(A1)\ty"];
        for (ours, theirs) in [(b',', b';'), (b';', b','), (b'\t', b';'), (b'|', b',')] {
            for cell in within {
                let file = text(ours, [["5", cell, "why"].map(str::to_owned)]);
                let mut reader = csv::ReaderBuilder::new();
                let mut reader =
                    reader.has_headers(false).flexible(true).delimiter(theirs).from_reader(&file[..]);
                let read: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
                let formula = read.iter().flatten().find(|cell| cell.starts_with(['=', '@']));
                assert_eq!(formula, None, "{cell:?}: {}", String::from_utf8_lossy(&file));
            }
        }
    }

    fn file(columns: &[&str], width: usize) -> RefusedFile {
        let columns = Some(columns.iter().map(|name| (*name).to_owned()).collect());
        RefusedFile { license: LicenseId(uuid::Uuid::nil()), columns, separator: ';', width }
    }

    fn item(cells: Option<&[&str]>) -> RefusedItem {
        RefusedItem {
            row: 1,
            line: 2,
            value: "+bad@".to_owned(),
            code: Code::InvalidEmail,
            reason: "why".to_owned(),
            hint: "so".to_owned(),
            cells: cells.map(|cells| cells.iter().map(|cell| (*cell).to_owned()).collect()),
        }
    }

    fn read(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_row_has_its_cells_and_then_what_is_wrong_and_no_formula() {
        let sheet = Sheet::of(Some(file(&["Name", "Email"], 3)));
        assert_eq!(
            read(sheet.header()),
            "\u{FEFF}Name;Email;;Seatbook line;Seatbook code;Seatbook reason;Seatbook what to do\n"
        );
        let row = item(Some(&["=cmd|' /C calc'!A0", "bad;@"]));
        let expected = "'=cmd|' /C calc'!A0;\"bad;'@\";;2;invalid_email;why;so\n";
        assert_eq!(read(sheet.rows(vec![row])), expected);
    }

    #[test]
    fn our_columns_of_the_time_before_are_written_anew() {
        let given = [&["Email"][..], &OURS].concat();
        let sheet = Sheet::of(Some(file(&given, 5)));
        let row = item(Some(&["bad@", "9", "seat_limit", "no", "wait"]));
        assert_eq!(read(sheet.rows(vec![row])), "bad@;2;invalid_email;why;so\n");
    }

    #[test]
    fn a_paste_has_one_column() {
        let sheet = Sheet::of(None);
        assert!(read(sheet.header()).starts_with("\u{FEFF}Email,Seatbook line,"));
        assert_eq!(read(sheet.rows(vec![item(None)])), "'+bad@,2,invalid_email,why,so\n");
    }
}
