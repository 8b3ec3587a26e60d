//! Records sorted into parts: in memory while they are few, otherwise in a file without a name.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

/// What is kept about one item.
pub(super) type Record = [u64; 4];

/// Records in memory, at most: about 3 MB.
const HELD: usize = 100_000;

/// Bytes of a record in the file.
const BYTES: usize = size_of::<Record>();

/// Records in parts, each small enough to be looked at whole.
#[derive(Default)]
pub(super) struct Parts {
    list: Vec<Part>,
    held: usize,
    file: Option<File>,
}

#[derive(Default)]
struct Part {
    held: Vec<Record>,
    /// Where the others stand in the file, and how many there.
    written: Vec<(u64, usize)>,
}

impl Parts {
    pub(super) fn push(&mut self, part: usize, record: Record) -> io::Result<()> {
        if self.list.len() <= part {
            self.list.resize_with(part + 1, Part::default);
        }
        self.list[part].held.push(record);
        self.held += 1;
        if self.held >= HELD { self.write_held() } else { Ok(()) }
    }

    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// All records of a part, in the order in which they came. They are not kept.
    pub(super) fn take(&mut self, part: usize) -> io::Result<Vec<Record>> {
        let Some(part) = self.list.get_mut(part).map(std::mem::take) else { return Ok(Vec::new()) };
        let mut records = Vec::with_capacity(part.held.len());
        for (start, count) in part.written {
            let Some(file) = &mut self.file else { break };
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = vec![0; count * BYTES];
            file.read_exact(&mut bytes)?;
            records.extend(bytes.as_chunks().0.iter().map(from_bytes));
        }
        records.extend(part.held);
        Ok(records)
    }

    fn write_held(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let mut end = file.seek(SeekFrom::End(0))?;
        let mut bytes = Vec::with_capacity(self.held * BYTES);
        for part in self.list.iter_mut().filter(|part| !part.held.is_empty()) {
            part.written.push((end, part.held.len()));
            end += u64::try_from(part.held.len() * BYTES).unwrap_or(u64::MAX);
            bytes.extend(part.held.drain(..).flatten().flat_map(u64::to_le_bytes));
            part.held.shrink_to_fit();
        }
        self.held = 0;
        file.write_all(&bytes)
    }
}

fn from_bytes(bytes: &[u8; BYTES]) -> Record {
    let mut record = Record::default();
    for (number, bytes) in record.iter_mut().zip(bytes.as_chunks().0) {
        *number = u64::from_le_bytes(*bytes);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_comes_back_in_its_part_and_order_however_many_there_are() {
        for count in [0, 1, HELD - 1, HELD, HELD * 5 / 2] {
            let mut parts = Parts::default();
            for n in 0..count {
                let (part, n) = (n % 7, n as u64);
                parts.push(part, [n, n * 3, u64::MAX - n, n << 40]).expect("room");
            }
            let mut seen = 0;
            for part in 0..parts.count() {
                let records = parts.take(part).expect("a part");
                assert!(records.is_sorted() && records.iter().all(|r| r[0] % 7 == part as u64));
                assert!(records.iter().all(|[n, a, b, c]| (*a, *b, *c) == (n * 3, u64::MAX - n, n << 40)));
                seen += records.len();
            }
            assert_eq!(seen, count);
        }
    }
}
