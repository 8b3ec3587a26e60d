//! What an independent writer writes, in every dialect, is read again; and a row can be given back as it came.

use std::io::Cursor;

use commands::import::intake::CsvFile;
use csv::{QuoteStyle, Terminator, WriterBuilder};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{good, utf16_be, utf16_le};

#[derive(Debug, Clone)]
struct Dialect {
    separator: u8,
    end: Terminator,
    quotes: QuoteStyle,
    encode: fn(&str) -> Vec<u8>,
    mark: bool,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let encodings: Vec<fn(&str) -> Vec<u8>> = vec![|text| text.as_bytes().to_vec(), utf16_le, utf16_be];
    (
        select(vec![b',', b';', b'\t', b'|']),
        select(vec![Terminator::CRLF, Terminator::Any(b'\n'), Terminator::Any(b'\r')]),
        select(vec![QuoteStyle::Necessary, QuoteStyle::Always, QuoteStyle::NonNumeric]),
        select(encodings),
        any::<bool>(),
    )
        .prop_map(|(separator, end, quotes, encode, mark)| Dialect {
            separator,
            end,
            quotes,
            encode,
            mark,
        })
}

impl Dialect {
    fn write(&self, rows: &[Vec<String>]) -> Vec<u8> {
        let mut writer = WriterBuilder::new()
            .delimiter(self.separator)
            .terminator(self.end)
            .quote_style(self.quotes)
            .flexible(true)
            .from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).expect("a row");
        }
        let text = String::from_utf8(writer.into_inner().expect("all of it")).expect("text");
        (self.encode)(&format!("{}{text}", if self.mark { "\u{FEFF}" } else { "" }))
    }
}

/// Anything that a cell may hold; no file in UTF-16 is told by its zeros where a text is full of others.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\n\r\té€名]{0,12}", "[a-z]{1,8}", Just("\"".to_owned()), Just("\r\n".to_owned())]
}

fn address() -> impl Strategy<Value = String> {
    "[a-z0-9]{1,8}(\\.[a-z]{1,8})?@[a-z]{1,8}\\.example"
}

proptest! {
    #[test]
    fn a_table_is_read_as_it_was_written(
        dialect in dialect(),
        people in vec((address(), vec(cell(), 1..5)), 1..8),
        before in 0..2usize,
    ) {
        let mut rows = vec![vec!["Before".to_owned(); before]];
        rows[0].extend(["Email", "After"].map(str::to_owned));
        rows.extend(people.iter().map(|(address, cells)| {
            let mut row = cells.clone();
            row.resize(row.len().max(before), String::new());
            row.insert(before, address.clone());
            row
        }));
        let bytes = dialect.write(&rows);
        let expected: Vec<_> = people.iter().map(|(address, _)| address.as_str()).collect();
        let seen = good(&bytes);
        prop_assert_eq!(seen.addresses(), expected);

        let mut read = CsvFile::check(Cursor::new(&bytes)).and_then(CsvFile::rows).expect("rows");
        for row in &rows[1..] {
            let original = read.next_row().expect("a row").expect("one more").original();
            prop_assert_eq!(&original.cells(), row);
        }
    }

    #[test]
    fn a_column_of_addresses_is_read_as_it_was_written(dialect in dialect(), people in vec(address(), 1..20)) {
        let rows: Vec<_> = std::iter::once("Email".to_owned()).chain(people.clone()).map(|cell| vec![cell]).collect();
        let seen = good(&dialect.write(&rows));
        prop_assert_eq!(seen.addresses(), people);
        prop_assert_eq!(seen.lines(), (2..).take(rows.len() - 1).collect::<Vec<_>>());
    }
}
