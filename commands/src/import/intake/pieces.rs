//! Reading bytes piece by piece.

use std::io::{self, ErrorKind, Read};

/// Bytes read at once.
const SIZE: usize = 64 << 10;

/// Reads a source in pieces of a bounded size.
pub(super) struct Pieces<R> {
    source: R,
    piece: Box<[u8]>,
}

impl<R: Read> Pieces<R> {
    pub(super) fn of(source: R) -> Self {
        Self { source, piece: vec![0; SIZE].into() }
    }

    /// The next piece; empty only at the end.
    pub(super) fn next(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.source.read(&mut self.piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return Ok(&self.piece[..read?]),
            }
        }
    }
}
