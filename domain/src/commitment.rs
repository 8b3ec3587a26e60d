//! Ties a subject id to an e-mail without saying which.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};

/// 256 random bits beside the e-mail in the directory. Once deleted, no commitment can be tested any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// `SHA-256(salt || normalised e-mail)`: nobody can edit the directory unnoticed (DESIGN §7).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// Commits to an address in its normalised form.
    pub fn new(salt: &Salt, normalised_email: &str) -> Self {
        Self(Sha256::new().chain_update(salt.0).chain_update(normalised_email).finalize().into())
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

impl std::fmt::Display for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
    }
}

impl std::fmt::Debug for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Commitment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a commitment is 64 lower-case hexadecimal digits";
        // A rebuild reads one for every person.
        let digit = |b: u8| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(WANTED),
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(WANTED);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_reads_back_what_it_wrote() {
        let commitment = Commitment::new(&Salt([7; 32]), "ada@example.org");
        assert_eq!(commitment.to_string().parse(), Ok(commitment));
    }

    #[test]
    fn another_salt_or_another_address_is_another_commitment() {
        let ada = Commitment::new(&Salt([7; 32]), "ada@example.org");
        assert_ne!(ada, Commitment::new(&Salt([8; 32]), "ada@example.org"));
        assert_ne!(ada, Commitment::new(&Salt([7; 32]), "bob@example.org"));
    }

    #[test]
    fn text_that_is_no_commitment_is_refused() {
        for text in ["", "12", &"G".repeat(64), &"é".repeat(32)] {
            assert!(text.parse::<Commitment>().is_err(), "{text}");
        }
    }
}
