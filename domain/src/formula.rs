//! Cells of a CSV file that a spreadsheet would take for formulas.
//!
//! Both ways stand here: what an export puts before a cell is what an import takes back, and no more.

use std::borrow::Cow;

/// Stands before a cell that would be taken for a formula. Spreadsheets show such a cell as text.
const MARK: char = '\'';

/// What spreadsheets take for the beginning of a formula, or leave out before one. Those of full width stand for the
/// plain ones where people write Chinese, Japanese or Korean.
const BEGINNINGS: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// A cell as it is safe to export. A cell that looks as if it were made safe already gets another mark, so that what
/// is taken back is what there was.
pub fn neutralised(cell: &str) -> Cow<'_, str> {
    if begins_a_formula(cell.trim_start_matches(MARK)) {
        Cow::Owned(format!("{MARK}{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// A cell as it was before it was made safe.
pub fn taken_back(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(behind) if begins_a_formula(behind.trim_start_matches(MARK)) => behind,
        _ => cell,
    }
}

fn begins_a_formula(cell: &str) -> bool {
    cell.starts_with(BEGINNINGS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_a_formula_stands_behind_a_mark() {
        for (cell, safe) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-x@x.org", "'-x@x.org"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("\0=1", "'\0=1"),
            ("\u{FF1D}1", "'\u{FF1D}1"),
            ("\u{FF0B}1", "'\u{FF0B}1"),
            ("\u{FF0D}1", "'\u{FF0D}1"),
            ("\u{FF20}A1", "'\u{FF20}A1"),
            ("'=1", "''=1"),
            ("ada@x.org", "ada@x.org"),
            ("'ada'", "'ada'"),
            ("", ""),
        ] {
            assert_eq!(neutralised(cell), safe, "{cell:?}");
            assert_eq!(taken_back(safe), cell, "{safe:?}");
        }
        assert_eq!(taken_back("'ada@x.org"), "'ada@x.org", "it stands before no formula");
    }

    /// Cells in which what matters here is often at the beginning.
    fn cell() -> impl Strategy<Value = String> {
        let signs: Vec<char> = BEGINNINGS.into_iter().chain([MARK, MARK, 'a', ' ', ',']).collect();
        let signs = proptest::collection::vec(proptest::sample::select(signs), 0..5);
        (signs, ".{0,8}").prop_map(|(signs, rest)| signs.into_iter().collect::<String>() + &rest)
    }

    proptest! {
        #[test]
        fn every_cell_is_safe_and_comes_back_as_it_was(cell in cell()) {
            let safe = neutralised(&cell);
            prop_assert!(!begins_a_formula(&safe));
            prop_assert_eq!(taken_back(&safe), &cell);
            // However often it goes out and in again.
            let twice = neutralised(&safe);
            prop_assert_eq!(taken_back(taken_back(&twice)), &cell);
        }
    }
}
