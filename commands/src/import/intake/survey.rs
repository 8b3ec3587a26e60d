//! One look at all bytes of a file, before anything is read into anything: whether they are UTF-8.
//!
//! The encoding is decided once, over the whole file, and not for each piece of it: the first letter that is not
//! ASCII may stand on the last line.

use std::{
    io::{self, Read, Seek, SeekFrom},
    str,
};

use super::{lines::LineEnds, pieces::Pieces};

/// What the bytes of a file are like.
pub(super) struct Survey {
    /// Characters beyond ASCII, in UTF-8.
    pub wide: u64,
    /// Bytes that are no UTF-8, and where the first of them is.
    pub broken: u64,
    pub first_broken: u64,
}

impl Survey {
    /// Reads from here to the end.
    pub(super) fn of(source: &mut impl Read) -> io::Result<Self> {
        let mut survey = Self { wide: 0, broken: 0, first_broken: 0 };
        let (mut pieces, mut bytes, mut offset) = (Pieces::of(source), Vec::new(), 0);
        loop {
            let piece = pieces.next()?;
            bytes.extend_from_slice(piece);
            let ended = piece.is_empty();
            let taken = survey.look(&bytes, offset, ended);
            bytes.drain(..taken);
            offset += u64::try_from(taken).unwrap_or_default();
            if ended {
                return Ok(survey);
            }
        }
    }

    /// Looks at a piece and says how much of it is done: a character may end in the next one.
    fn look(&mut self, piece: &[u8], offset: u64, last: bool) -> usize {
        if piece.is_ascii() {
            return piece.len();
        }
        let mut done = 0;
        while let Err(error) = str::from_utf8(&piece[done..]) {
            let good = done + error.valid_up_to();
            self.wide += wide(&piece[done..good]);
            let Some(bad) = error.error_len().or(last.then(|| piece.len() - good)) else { return good };
            if self.broken == 0 {
                self.first_broken = offset + u64::try_from(good).unwrap_or_default();
            }
            self.broken += 1;
            done = good + bad;
        }
        self.wide += wide(&piece[done..]);
        piece.len()
    }
}

fn wide(text: &[u8]) -> u64 {
    u64::try_from(text.iter().filter(|byte| **byte >= 0xC0).count()).unwrap_or_default()
}

/// Which bytes a file has at all.
pub(super) fn bytes_seen(source: &mut (impl Read + Seek)) -> io::Result<[bool; 256]> {
    source.seek(SeekFrom::Start(0))?;
    let mut seen = [false; 256];
    let mut pieces = Pieces::of(source);
    loop {
        let piece = pieces.next()?;
        if piece.is_empty() {
            return Ok(seen);
        }
        for byte in piece {
            seen[usize::from(*byte)] = true;
        }
    }
}

/// The line on which a byte stands that satisfies this, or the last.
pub(super) fn line_of(source: &mut (impl Read + Seek), is: impl Fn(u64, u8) -> bool) -> io::Result<u64> {
    source.seek(SeekFrom::Start(0))?;
    let (mut ends, mut line, mut offset) = (LineEnds::default(), 1, 0);
    let mut pieces = Pieces::of(source);
    loop {
        let piece = pieces.next()?;
        let place = (offset..).zip(piece).position(|(at, byte)| is(at, *byte));
        line += ends.count(&piece[..place.unwrap_or(piece.len())]);
        if place.is_some() || piece.is_empty() {
            return Ok(line);
        }
        offset += u64::try_from(piece.len()).unwrap_or_default();
    }
}
