//! Changes of a corpus, drawn from a seed.

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// What means something at one door or another: seldom hit on by chance.
const WORDS: [&[u8]; 28] = [
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"'=",
    b"\0",
    b"Email",
    b"sep=",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\xC3\xA9",
    b"\xE9",
    b"\x81",
    b"\xE2\x80\x8B",
    b"@",
    b".",
    b"<",
    b">",
    b"xn--",
    b"mailto:",
    b"a@x.org",
];

/// Bytes beyond this make it slow, and nothing new.
const LONGEST: usize = 4_096;

pub struct Mutations {
    corpus: Vec<Vec<u8>>,
    dice: StdRng,
}

impl Mutations {
    pub fn of(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        Self { corpus, dice: StdRng::seed_from_u64(seed) }
    }

    /// One of the corpus with a few changes.
    pub fn draw(&mut self) -> Vec<u8> {
        let mut bytes = self.one();
        bytes.truncate(LONGEST);
        for _ in 0..self.dice.random_range(1..5) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn one(&mut self) -> Vec<u8> {
        let at = self.dice.random_range(0..self.corpus.len());
        self.corpus[at].clone()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.dice.random_range(0..=bytes.len());
        let end = self.dice.random_range(at..=bytes.len().min(at + 16));
        match self.dice.random_range(0..6) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.dice.random();
                }
            }
            1 => {
                let word = WORDS[self.dice.random_range(0..WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 => bytes.truncate(at),
            _ => {
                let other = self.one();
                let from = self.dice.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend(other[from..].iter().take(LONGEST));
            }
        }
    }
}
