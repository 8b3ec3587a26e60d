//! How much a file may hold. Each limit is told to whoever exceeds it.

/// Bytes of a file: about five million rows of addresses.
pub const FILE: u64 = 256 << 20;

/// Rows below the header, blank ones not counted.
pub const ROWS: u64 = 5_000_000;

/// Bytes of a row, as text in UTF-8. No spreadsheet writes longer ones; a quotation mark that nobody closed does.
pub const ROW: usize = 1 << 20;

/// Bytes of a cell, as text in UTF-8. A cell of Excel holds 32,767 characters.
pub const CELL: usize = 64 << 10;

/// Columns of a row: as many as Excel has.
pub const COLUMNS: usize = 16_384;
