//! Reading a CSV file, against the parser alone on the same bytes.

use std::{
    fs::File,
    hint::black_box,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use commands::import::intake::CsvFile;
use csv_core::{ReadRecordResult, Reader};

use crate::{Arguments, fixture::Failed, median, raw};

type Encode = fn(&str) -> Vec<u8>;

pub fn run(arguments: &Arguments) -> Result<(), Failed> {
    let folder = tempfile::tempdir_in(&arguments.folder)?;
    let encodings: [(&str, &str, Encode); 3] = [
        ("UTF-8", "Ada Lovelace", |text| text.as_bytes().to_vec()),
        ("windows-1252", "Ad\u{E9} Lovelace", |text| {
            text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
        }),
        ("UTF-16LE", "Ad\u{E9} Lovelace", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    for (encoding, name, encode) in encodings {
        let path = write(folder.path(), arguments.people, name, encode)?;
        let (mut alone, mut checked, mut read) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..arguments.rounds {
            alone.push(parser_alone(&path)?);
            let started = Instant::now();
            let file = CsvFile::check(File::open(&path)?)?;
            checked.push(rate(&path, started)?);
            let started = Instant::now();
            let mut rows = file.rows()?;
            while let Some(row) = rows.next_row()? {
                black_box((row.line, &row.address, row.original()));
            }
            read.push(rate(&path, started)?);
        }
        let (alone, checked, read) = (median(alone), median(checked), median(read));
        println!(
            "intake, {encoding}: {checked:.0} MB/s checked (ratio {:.2}), {read:.0} MB/s read (ratio {:.2}); \
             the parser alone {alone:.0}",
            checked / alone,
            read / alone
        );
    }
    Ok(())
}

fn write(folder: &Path, people: usize, name: &str, encode: Encode) -> Result<PathBuf, Failed> {
    let path = folder.join("people.csv");
    let mut file = BufWriter::new(File::create(&path)?);
    file.write_all(&encode("Name,Email,Class\r\n"))?;
    for n in 0..people {
        file.write_all(&encode(&format!("{name},person{n}@school.example,7b\r\n")))?;
    }
    file.flush()?;
    Ok(path)
}

/// The whole file in memory, row by row, nothing looked at.
fn parser_alone(path: &Path) -> Result<f64, Failed> {
    let started = Instant::now();
    let bytes = std::fs::read(path)?;
    let (mut reader, mut text, mut ends) = (Reader::new(), [0; 1 << 12], [0; 64]);
    let (mut at, mut rows) = (0, 0_u64);
    loop {
        let (result, taken, ..) = reader.read_record(&bytes[at..], &mut text, &mut ends);
        at += taken;
        match result {
            ReadRecordResult::End => break,
            _ => rows += 1,
        }
    }
    black_box(rows);
    rate(path, started)
}

/// Megabytes of the file in a second.
fn rate(path: &Path, started: Instant) -> Result<f64, Failed> {
    Ok(raw::rate(usize::try_from(path.metadata()?.len())?, started) / 1e6)
}
