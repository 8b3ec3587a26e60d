//! What Python's csv module writes now, in all its dialects, is read cell by cell as it was written. What it wrote once
//! is in `files`, for machines without it.

use std::{
    fs,
    io::{self, Cursor, Write},
    process::Command,
};

use commands::import::intake::CsvFile;
use serde::Deserialize;

#[derive(Deserialize)]
struct Written {
    about: String,
    rows: Vec<Vec<String>>,
}

fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let told = |error: commands::import::InputError| error.to_string();
    let mut rows = CsvFile::check(Cursor::new(bytes)).and_then(CsvFile::rows).map_err(told)?;
    let mut read = Vec::new();
    while let Some(row) = rows.next_row().map_err(told)? {
        read.push(row.original().cells());
    }
    Ok(read)
}

#[test]
fn a_table_in_any_of_its_dialects_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::process::id().to_string();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/intake/python.py");
    let python = Command::new("python3").arg(script).arg(folder.path()).arg(&seed).output();
    let Ok(ran) = python else {
        // Past the harness, which keeps what a test prints to itself.
        writeln!(io::stderr(), "skipped: round trips with Python: there is no python3 here").expect("stderr");
        return;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut tables = 0;
    for entry in fs::read_dir(folder.path()).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        let written = fs::read(path.with_extension("json")).expect("what it holds");
        let written: Written = serde_json::from_slice(&written).expect("JSON");
        let about = format!("{} with seed {seed}", written.about);
        let cells = read(&fs::read(&path).expect("a file")).unwrap_or_else(|why| panic!("{about}: {why}"));
        assert_eq!(cells, written.rows, "{about}");
        tables += 1;
    }
    assert!(tables >= 6 * 4 * 3 * 3, "only {tables} tables");
}
