//! Counting lines, whichever way they end: LF, CR LF or CR.

/// Counts line ends piece by piece: a CR LF is one, even where a piece ends in its middle.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LineEnds {
    after_cr: bool,
}

impl LineEnds {
    /// The line ends that this piece adds.
    pub(super) fn count(&mut self, piece: &[u8]) -> u64 {
        let ends = |piece: &[u8]| piece.iter().filter(|byte| is_line_end(**byte)).count();
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { return 0 };
        let mut count = ends(piece);
        if self.after_cr && *first == b'\n' {
            count -= 1;
        }
        self.after_cr = *last == b'\r';
        // With one or none there is no pair: the usual case, and told without looking again.
        if count > 1 {
            count -= piece.windows(2).filter(|pair| pair == b"\r\n").count();
        }
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::LineEnds;

    #[test]
    fn a_line_ends_once_however_it_ends_and_wherever_a_piece_does() {
        let text = b"\n\r\n\r\r\n\n\ra\r\n\n";
        for size in 1..=text.len() {
            let mut lines = LineEnds::default();
            let count: u64 = text.chunks(size).map(|piece| lines.count(piece)).sum();
            assert_eq!(count, 8, "in pieces of {size}");
        }
    }
}
