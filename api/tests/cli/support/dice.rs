//! Numbers that nobody chose, and what the environment asks for.

use std::{fmt::Display, str::FromStr};

/// Numbers that look like dice, and are the same for the same seed (`SplitMix64`).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    /// One of several.
    pub fn index(&mut self, of: usize) -> usize {
        usize::try_from(self.below(of as u64)).expect("few")
    }
}

/// What a variable of the environment asks for.
pub fn asked<T: FromStr<Err: Display>>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}
