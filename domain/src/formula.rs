//! Cells of a CSV file that a spreadsheet would take for formulas.
//!
//! Both ways stand here: what an export puts before a cell is what an import takes back, and no more.

use std::borrow::Cow;

use crate::email::is_invisible;

/// Stands before a cell that would be taken for a formula. Spreadsheets show such a cell as text.
const MARK: char = '\'';

/// What spreadsheets take for the beginning of a formula, or leave out before one. Those of full width stand for the
/// plain ones where people write Chinese, Japanese or Korean.
const BEGINNINGS: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// What some spreadsheet takes for the end of a cell, according to the language that it is set to: quotation marks that stand
/// behind what it does not part at are plain text to it, so that the rest of a cell begins one of its own.
const PARTS: [char; 6] = [',', ';', '|', '\t', '\r', '\n'];

/// What begins a formula there. White space parts once more, and needs no mark itself.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// A cell as it is safe to export, whichever spreadsheet reads it. What looks as if it were made safe already gets another mark, so
/// that what is taken back is what there was.
pub fn neutralised(cell: &str) -> Cow<'_, str> {
    let begins = begins_a_formula(cell.trim_start_matches(MARK));
    let mut safe = String::new();
    let mut taken = 0;
    for part in formulas_within(cell) {
        safe.push_str(&cell[taken..part]);
        safe.push(MARK);
        taken = part;
    }
    match (begins, taken) {
        (false, 0) => Cow::Borrowed(cell),
        (true, _) => Cow::Owned(format!("{MARK}{safe}{}", &cell[taken..])),
        (false, _) => Cow::Owned(safe + &cell[taken..]),
    }
}

/// A cell as it was before it was made safe.
pub fn taken_back(cell: &str) -> Cow<'_, str> {
    let cell = begin_taken_back(cell);
    let (mut was, mut taken) = (String::new(), 0);
    for part in formulas_within(cell).filter(|part| cell[*part..].starts_with(MARK)) {
        was.push_str(&cell[taken..part]);
        taken = part + MARK.len_utf8();
    }
    if taken == 0 { Cow::Borrowed(cell) } else { Cow::Owned(was + &cell[taken..]) }
}

fn begin_taken_back(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(behind) if begins_a_formula(behind.trim_start_matches(MARK)) => behind,
        _ => cell,
    }
}

fn begins_a_formula(cell: &str) -> bool {
    cell.starts_with(BEGINNINGS) || without_blanks(cell).starts_with(SIGNS)
}

/// Without white space, signs that nobody sees, and marks before it: some spreadsheets leave those out.
fn without_blanks(cell: &str) -> &str {
    cell.trim_start_matches(|c: char| c == MARK || is_blank(c))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Where, behind something that parts, a formula begins, or marks before one, or quotation marks, which are doubled in a file and
/// say nothing there.
fn formulas_within(cell: &str) -> impl Iterator<Item = usize> {
    cell.match_indices(PARTS).map(|(at, parts)| at + parts.len()).filter(|part| {
        let before = |c: char| [MARK, '"'].contains(&c) || (is_blank(c) && !PARTS.contains(&c));
        cell[*part..].trim_start_matches(before).starts_with(SIGNS)
    })
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
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("\n=1", "'\n'=1"),
            ("\0=1", "'\0=1"),
            ("\u{FF1D}1", "'\u{FF1D}1"),
            ("\u{FF0B}1", "'\u{FF0B}1"),
            ("\u{FF0D}1", "'\u{FF0D}1"),
            ("\u{FF20}A1", "'\u{FF20}A1"),
            ("'=1", "''=1"),
            ("ada@x.org", "ada@x.org"),
            ("'ada'", "'ada'"),
            ("", ""),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("x\r\n=1", "x\r\n'=1"),
            ("=1,@2|-3", "'=1,'@2|'-3"),
            ("7b;'=1", "7b;''=1"),
            ("x;\u{FF1D}1", "x;'\u{FF1D}1"),
            ("x;\"=1;y", "x;'\"=1;y"),
            ("7b; 8c, a=b\r\nc", "7b; 8c, a=b\r\nc"),
            (" =4", "' =4"),
            ("\u{A0}=1", "'\u{A0}=1"),
            ("\u{200B}+1", "'\u{200B}+1"),
            ("\u{FEFF}'=9", "'\u{FEFF}'=9"),
            ("x; =1", "x;' =1"),
        ] {
            assert_eq!(neutralised(cell), safe, "{cell:?}");
            assert_eq!(taken_back(safe), cell, "{safe:?}");
        }
        for as_it_is in ["'ada@x.org", "x;'y", "x;y'=1"] {
            assert_eq!(taken_back(as_it_is), as_it_is, "it stands before no formula");
        }
    }

    /// Cells in which what matters here is often at the beginning.
    fn cell() -> impl Strategy<Value = String> {
        let signs: Vec<char> =
            BEGINNINGS.into_iter().chain(PARTS).chain([MARK, MARK, 'a', ' ', '"']).collect();
        let signs = proptest::collection::vec(proptest::sample::select(signs), 0..7);
        (signs, ".{0,8}").prop_map(|(signs, rest)| signs.into_iter().collect::<String>() + &rest)
    }

    proptest! {
        #[test]
        fn every_cell_is_safe_and_comes_back_as_it_was(cell in cell()) {
            let safe = neutralised(&cell);
            prop_assert!(!safe.starts_with(BEGINNINGS) && !safe.trim_start().starts_with(SIGNS), "{}", safe);
            // However a spreadsheet parts it.
            prop_assert!(!safe.split(PARTS).skip(1).any(|part| part.trim_start_matches('"').starts_with(SIGNS)), "{}", safe);
            prop_assert_eq!(taken_back(&safe).into_owned(), cell.clone());
            // However often it goes out and in again.
            let twice = neutralised(&safe);
            prop_assert_eq!(taken_back(&taken_back(&twice)).into_owned(), cell);
        }
    }
}
