//! The lines of a file are looked at on every processor that there is, while those before them are held against each other.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread::{self, available_parallelism},
};

use super::look::{Against, Looked, look_at};

/// Lines to be looked at, and where to answer.
struct Piece {
    lines: Vec<u8>,
    against: Against,
    answer: SyncSender<Vec<Looked>>,
}

/// Those who look. They end when nobody gives them anything any more.
pub(super) struct Lookers {
    give: Option<Sender<Piece>>,
    /// What was given, in its order.
    given: VecDeque<Receiver<Vec<Looked>>>,
    processors: usize,
}

/// What is found where a piece could not be looked at: nothing holds then.
const LOST: &str = "it could not be looked at";

impl Lookers {
    pub(super) fn new() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self { give: None, given: VecDeque::new(), processors }
    }

    /// Gives whole lines to look at.
    pub(super) fn give(&mut self, lines: Vec<u8>, against: Against) {
        let (answer, answered) = sync_channel(1);
        let piece = Piece { lines, against, answer };
        let processors = self.processors;
        // Nobody looks any more: the answer never comes, and that is found.
        drop(self.give.get_or_insert_with(|| begin(processors)).send(piece));
        self.given.push_back(answered);
    }

    /// Whether so much was given that what is found should be taken first: memory does not grow with the file.
    pub(super) fn are_busy(&self) -> bool {
        self.given.len() > 2 * self.processors
    }

    /// What was found in the piece that was given first; nothing where all was taken.
    pub(super) fn take(&mut self) -> Option<Vec<Looked>> {
        let first = self.given.pop_front()?;
        Some(first.recv().unwrap_or_else(|_| vec![Looked::Unreadable(LOST.to_owned())]))
    }
}

fn begin(processors: usize) -> Sender<Piece> {
    let (give, given) = channel();
    let given = Arc::new(Mutex::new(given));
    for _ in 0..processors {
        let given = Arc::clone(&given);
        thread::spawn(move || {
            while let Some(piece) = next(&given) {
                // Who does not wait for it any more does not need it.
                drop(piece.answer.send(look_into(&piece)));
            }
        });
    }
    give
}

fn next(given: &Mutex<Receiver<Piece>>) -> Option<Piece> {
    given.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn look_into(piece: &Piece) -> Vec<Looked> {
    if let Ok(text) = std::str::from_utf8(&piece.lines) {
        return look_at(text, piece.against);
    }
    // A line of bytes that are no text can't be read: the others still are.
    let lines = piece.lines.split_inclusive(|byte| *byte == b'\n');
    let look = |line| match std::str::from_utf8(line) {
        Ok(line) => look_at(line, piece.against),
        Err(error) => vec![Looked::Unreadable(error.to_string())],
    };
    lines.flat_map(look).collect()
}
