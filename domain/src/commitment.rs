//! Ties a subject id to an e-mail without saying which.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Digest;

/// 256 random bits beside the e-mail in the directory. Once deleted, no commitment can be tested any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// `SHA-256(salt || normalised e-mail)`: nobody can edit the directory unnoticed (DESIGN §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(Digest);

impl Commitment {
    /// Commits to an address in its normalised form.
    pub fn new(salt: &Salt, normalised_email: &str) -> Self {
        Self(Digest(Sha256::new().chain_update(salt.0).chain_update(normalised_email).finalize().into()))
    }
}

impl std::fmt::Display for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Commitment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
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
}
