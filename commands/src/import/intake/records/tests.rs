use std::io::Read;

use super::*;
use crate::import::intake::encoding::Encoding;

/// Rows without end, cut off after so many bytes.
struct Endless<'a>(&'a [u8], usize);

impl Read for Endless<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        for (place, byte) in to.iter_mut().enumerate() {
            *byte = self.0[(self.1 + place) % self.0.len()];
        }
        self.1 += to.len();
        Ok(to.len())
    }
}

fn held(row: &[u8], encoding: Encoding, bytes: u64) -> usize {
    let text = Text::new(Endless(row, 0).take(bytes), encoding);
    let mut records = Records::new(text, Separator::Comma).map_err(|e| e.to_string()).expect("a text");
    while records.read().map_err(|e| e.to_string()).expect("a row") {}
    records.buffer.capacity() + records.cells.capacity() + records.ends.capacity() * size_of::<usize>()
}

#[test]
fn memory_does_not_grow_with_the_text() {
    for (row, encoding) in [
        (&b"Ada,ada@school.example,\"7b\n\"\n"[..], Encoding::Utf8),
        (b"\n", Encoding::Utf8),
        (b"Ad\xE9,ada@school.example\r", Encoding::Windows1252),
        (b"\xE9\0,\0\n\0", Encoding::Utf16Le),
    ] {
        let (short, long) = (held(row, encoding, 1 << 20), held(row, encoding, 1 << 22));
        assert!(long <= short && long < 1 << 20, "{long} bytes after {short} of {encoding:?}");
    }
}
