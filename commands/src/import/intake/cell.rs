//! What a cell says, without what programs put around it.

use std::borrow::Cow;

use domain::{email::trim, formula::taken_back};

/// A cell without white space and invisible characters around it, and without quotation marks that stand behind
/// some of these: to the parser such marks are part of the text.
pub(super) fn plain(cell: &str) -> &str {
    if begins_and_ends_plainly(cell.as_bytes()) {
        return cell;
    }
    let cell = trim(cell);
    match cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')) {
        Some(inside) => trim(inside),
        None => cell,
    }
}

/// Nearly all cells do, and need no closer look.
fn begins_and_ends_plainly(cell: &[u8]) -> bool {
    matches!((cell.first(), cell.last()), (Some(first), Some(last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
}

/// An address as it was before a file was made safe for spreadsheets: there an apostrophe stands before what
/// would be taken for a formula. Our own files do so, too.
pub(super) fn address(cell: &str) -> Cow<'_, str> {
    let cell = plain(cell);
    // Nearly all cells hold none, and need no closer look.
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    match taken_back(cell) {
        Cow::Borrowed(same) if same.len() == cell.len() => Cow::Borrowed(cell),
        Cow::Borrowed(back) => Cow::Borrowed(trim(back)),
        Cow::Owned(back) => Cow::Owned(trim(&back).to_owned()),
    }
}

/// The address in a row of a file that has one column: rows may have more cells than the header all the same.
/// Nothing is left out that could be another address.
pub(super) fn only_address(cell: &str) -> Cow<'_, str> {
    alone(cell).0
}

/// The same, and what stands behind it and is not read, if anything does: no text at all where that is separators only.
pub(super) fn alone(cell: &str) -> (Cow<'_, str>, Option<&str>) {
    const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
    let cell = plain(cell);
    let Some((first, others)) = cell.split_once(SEPARATORS) else { return (address(cell), None) };
    if others.trim_matches(SEPARATORS).is_empty() {
        (address(first), Some(""))
    } else if first.contains('@') && !others.contains('@') {
        (address(first), Some(others))
    } else {
        (address(cell), None)
    }
}

#[cfg(test)]
mod tests {
    use domain::formula::neutralised;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stands_around_a_cell_is_no_part_of_it() {
        for cell in [
            "Email",
            " Email ",
            "\u{A0}Email\u{200B}",
            "\u{FEFF}\"Email\"",
            "\u{200B}\" Email\u{A0}\"",
            "Email\0",
        ] {
            assert_eq!(plain(cell), "Email", "{cell:?}");
        }
        assert_eq!(plain("\""), "\"");
    }

    #[test]
    fn an_apostrophe_before_a_formula_is_taken_back_and_no_other() {
        for (cell, expected) in [
            ("'=x@x.org", "=x@x.org"),
            ("'+x@x.org", "+x@x.org"),
            ("'-x@x.org", "-x@x.org"),
            (" '@x.org", "@x.org"),
            ("'ada@x.org", "'ada@x.org"),
            ("=x@x.org", "=x@x.org"),
            ("''=x@x.org", "'=x@x.org"),
            // A sign that parts may stand in an address.
            ("x|'=cmd@x.org", "x|=cmd@x.org"),
            ("'=q|'=r@x.org", "=q|=r@x.org"),
            ("x|'y@x.org", "x|'y@x.org"),
        ] {
            assert_eq!(address(cell), expected, "{cell}");
        }
    }

    proptest! {
        #[test]
        fn an_address_of_our_own_files_comes_back_as_it_was(local in "[a-z|=+'-]{1,8}") {
            let given = format!("{local}@x.org");
            let safe = neutralised(&given);
            prop_assert_eq!(address(&safe), given.as_str());
            prop_assert_eq!(only_address(&safe), given.as_str());
        }
    }

    #[test]
    fn of_a_single_column_nothing_is_left_out_that_could_be_an_address() {
        for (cell, expected) in [
            ("ada@x.org", "ada@x.org"),
            ("ada@x.org,", "ada@x.org"),
            ("ada@x.org;;;", "ada@x.org"),
            ("ada@x.org\tAda", "ada@x.org"),
            ("ada@x.org,bob@x.org", "ada@x.org,bob@x.org"),
            ("Doe, Jane <jane@x.org>", "Doe, Jane <jane@x.org>"),
            ("Ada,Bob", "Ada,Bob"),
            (",,", ""),
            ("x|'=cmd@x.org", "x|=cmd@x.org"),
        ] {
            assert_eq!(only_address(cell), expected, "{cell}");
        }
    }
}
