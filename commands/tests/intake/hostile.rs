//! Whatever bytes come, the reader ends, keeps its memory, and says the same whatever pieces they come in.
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p commands --test intake hostile` looks longer.

use std::{
    fs,
    io::{Cursor, Read, Result, Seek, SeekFrom},
    path::Path,
    sync::LazyLock,
};

use proptest::{collection::vec, prelude::*, sample::Index};

use super::{read, read_from};

/// Gives its bytes in pieces of odd sizes.
struct InPieces {
    bytes: Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for InPieces {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        self.turn += 1;
        let size = self.sizes[self.turn % self.sizes.len()].min(to.len());
        self.bytes.read(&mut to[..size])
    }
}

impl Seek for InPieces {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.bytes.seek(to)
    }
}

/// Real files, to be spoilt.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|e| e.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
});

/// Bytes that mean something to the reader, and others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            &b"\""[..], b"\"\"", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b" ", b"'=", b"\0", b"Email", b"E\0m\0",
            b"a@x.org", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF", b"\xC3\xA9", b"\xE9", b"\x81", b"\xE2\x80\x8B", b"sep=",
        ]).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..6),
    ];
    let made = vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let headed = made.clone().prop_map(|rest| [b"a,Email;b\n", &rest[..]].concat());
    let spoilt =
        (any::<Index>(), vec((any::<Index>(), any::<u8>(), 0..3u8), 0..4)).prop_map(|(file, changes)| {
            let mut bytes = file.get(&FILES).clone();
            for (place, byte, how) in changes {
                let at = place.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, b'"'),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            bytes
        });
    prop_oneof![made, headed, spoilt]
}

proptest! {
    #[test]
    fn the_same_is_read_whatever_the_pieces(bytes in bytes(), sizes in vec(1..9usize, 1..4)) {
        let whole = read(&bytes).map_err(|error| error.to_string());
        let pieces = InPieces { bytes: Cursor::new(bytes), sizes, turn: 0 };
        prop_assert_eq!(read_from(pieces).map_err(|error| error.to_string()), whole);
    }

    #[test]
    fn rows_stand_in_the_file_one_below_the_other(bytes in bytes()) {
        if let Ok(seen) = read(&bytes) {
            let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
            prop_assert!(seen.lines().is_sorted_by(|above, below| above < below));
            prop_assert!(seen.lines().first().is_none_or(|first| *first > seen.format.header_line));
            prop_assert!(seen.lines().last().is_none_or(|last| usize::try_from(*last).is_ok_and(|last| last <= lines)));
        }
    }
}
