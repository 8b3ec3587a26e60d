//! Cells of a CSV that a spreadsheet would take for formulas.

/// What a spreadsheet would take for a formula stands behind an apostrophe, which is taken back when the file is
/// given again.
pub(crate) fn safe(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}
