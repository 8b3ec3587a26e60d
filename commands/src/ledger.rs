//! The ledger of erasures: the ids of everybody who was erased, in a file outside the database.
//!
//! A backup that is restored knows nothing of what was erased since it was made. The ledger does: before anything is
//! served, whoever stands in it is erased again. It holds subject ids and nothing else, and must not be part of the
//! database's backups.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use domain::SubjectId;
use eventlog::files::sync_folder;
use parking_lot::Mutex;

/// A ledger that is open.
pub struct Ledger {
    path: PathBuf,
    book: Mutex<Book>,
}

struct Book {
    file: File,
    known: HashSet<SubjectId>,
    listed: Vec<SubjectId>,
}

impl Ledger {
    /// Opens a ledger, and makes it if it is not there. What is no ledger is an error that says where.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let is_new = !path.exists();
        let mut file = options().read(true).append(true).create(true).open(&path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // Half a line is what a power cut left of one that nobody was told of; the log has it.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(u64::try_from(whole).map_err(io::Error::other)?)?;
        }
        let mut book = Book { file, known: HashSet::new(), listed: Vec::new() };
        for (line, number) in text[..whole].lines().zip(1..) {
            let subject: SubjectId = line.parse().map_err(|_| {
                io::Error::new(ErrorKind::InvalidData, format!("line {number} is no subject id"))
            })?;
            book.take_in(subject);
        }
        if is_new {
            sync_folder(&path)?;
        }
        Ok(Self { path, book: Mutex::new(book) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everybody in it, in the order in which they were erased.
    pub fn all(&self) -> Vec<SubjectId> {
        self.book.lock().listed.clone()
    }

    /// Writes people down who are not in it yet; once this returns, they are there to stay. How many were new.
    pub fn add(&self, people: &[SubjectId]) -> io::Result<usize> {
        let mut book = self.book.lock();
        let mut unheard = HashSet::new();
        let new: Vec<SubjectId> = people
            .iter()
            .copied()
            .filter(|subject| !book.known.contains(subject) && unheard.insert(*subject))
            .collect();
        if new.is_empty() {
            return Ok(0);
        }
        let lines: String = new.iter().map(|subject| format!("{subject}\n")).collect();
        book.file.write_all(lines.as_bytes())?;
        book.file.sync_all()?;
        for subject in &new {
            book.take_in(*subject);
        }
        Ok(new.len())
    }
}

impl Book {
    fn take_in(&mut self, subject: SubjectId) {
        if self.known.insert(subject) {
            self.listed.push(subject);
        }
    }
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn subject(n: u128) -> SubjectId {
        SubjectId(Uuid::from_u128(n))
    }

    #[test]
    fn what_was_written_down_is_there_once_and_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("erased.ledger");
        let ledger = Ledger::open(path.clone()).expect("a ledger");
        assert_eq!(ledger.add(&[subject(1), subject(2), subject(1)]).expect("room"), 2);
        assert_eq!(ledger.add(&[subject(2)]).expect("room"), 0);
        drop(ledger);
        let ledger = Ledger::open(path.clone()).expect("a ledger");
        assert_eq!(ledger.all(), [subject(1), subject(2)]);
        let text = std::fs::read_to_string(path).expect("the file");
        assert_eq!(text, format!("{}\n{}\n", subject(1), subject(2)));
    }

    #[test]
    fn half_a_line_is_thrown_out_and_anything_else_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("erased.ledger");
        std::fs::write(&path, format!("{}\n0193", subject(7))).expect("a file");
        let ledger = Ledger::open(path.clone()).expect("a ledger");
        ledger.add(&[subject(8)]).expect("room");
        assert_eq!(Ledger::open(path.clone()).expect("a ledger").all(), [subject(7), subject(8)]);
        std::fs::write(&path, "ada@school.example\n").expect("a file");
        let error = Ledger::open(path).err().expect("no ledger").to_string();
        assert_eq!(error, "line 1 is no subject id");
    }
}
