//! A file without a name, for what is read more than once: it goes with whoever has it open, however they end.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    sync::Arc,
};

use super::room::told;

/// A temporary file of this machine.
pub(super) struct Spool {
    file: Arc<File>,
    bytes: u64,
}

impl Spool {
    /// An empty one.
    pub(super) fn begin() -> io::Result<Self> {
        let file = tempfile::tempfile().map_err(|error| told(error, &std::env::temp_dir(), 0))?;
        Ok(Self { file: Arc::new(file), bytes: 0 })
    }

    /// Takes the next bytes.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        (&*self.file).write_all(piece).map_err(|error| told(error, &std::env::temp_dir(), self.bytes))?;
        self.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Reads it from its beginning; each reader has a place of its own.
    pub(super) fn reader(&self) -> Reader {
        Reader { file: Arc::clone(&self.file), at: 0, bytes: self.bytes }
    }
}

/// Somebody who reads it.
pub(super) struct Reader {
    file: Arc<File>,
    at: u64,
    bytes: u64,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += u64::try_from(read).unwrap_or(u64::MAX);
        Ok(read)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_has_a_place_of_its_own() {
        let mut spool = Spool::begin().unwrap();
        spool.write(b"Email\n").unwrap();
        spool.write(b"ada@school.example\n").unwrap();
        let (mut one, mut other) = (spool.reader(), spool.reader());
        one.seek(SeekFrom::End(-8)).unwrap();
        let text = |reader: &mut Reader| {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(
            (text(&mut one), text(&mut other)),
            ("example\n".into(), "Email\nada@school.example\n".into())
        );
        one.rewind().unwrap();
        assert_eq!(text(&mut one).len(), 25);
    }
}
