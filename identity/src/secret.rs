//! Secrets that are given out once, and how they are known again.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngExt;
use sha2::{Digest, Sha256};

/// 256 random bits, as text. No `Debug`, no `Display`: it goes where it is revealed, and nowhere else.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    pub fn new() -> Self {
        let bits: [u8; 32] = rand::random();
        Self(BASE64_URL_SAFE_NO_PAD.encode(bits))
    }

    /// As somebody gave it.
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) const fn of(text: String) -> Self {
        Self(text)
    }

    /// For the one who gets it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Another secret that whoever has this one can work out, and nobody else: each purpose has its own, and none tells
    /// anything about the others.
    pub fn derived(&self, purpose: &str) -> String {
        let whole = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(&self.0);
        BASE64_URL_SAFE_NO_PAD.encode(whole.finalize())
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> String {
        Sha256::digest(self.0.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

/// Digits and letters, in the order of their values.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// So many random digits and letters, each as likely as any other.
pub(crate) fn random_base62(many: usize) -> String {
    let mut dice = rand::rng();
    (0..many).map(|_| char::from(BASE62[dice.random_range(0..BASE62.len())])).collect()
}

/// A number as six digits and letters.
pub(crate) fn in_base62(number: u32) -> String {
    let mut rest = usize::try_from(number).unwrap_or_default();
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

/// Tells a typing mistake, or a piece of a secret, from a whole one: CRC-32 as in gzip.
pub(crate) fn crc32(text: &str) -> u32 {
    !text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_never_the_same() {
        let (one, other) = (Secret::new(), Secret::new());
        assert_eq!(one.reveal().len(), 43);
        assert_ne!(one.reveal(), other.reveal());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.hash(), Secret::given(one.reveal()).hash());
    }

    #[test]
    fn what_is_derived_is_the_same_again_and_of_its_own_for_each_purpose() {
        let secret = Secret::new();
        let again = Secret::given(secret.reveal());
        assert_eq!(secret.derived("state"), again.derived("state"));
        // As long as a verifier of PKCE has to be at least: RFC 7636 §4.1.
        assert_eq!(secret.derived("verifier").len(), 43);
        let others = [secret.derived("nonce"), Secret::new().derived("state"), secret.reveal().to_owned()];
        assert!(!others.contains(&secret.derived("state")) && !others.contains(&secret.hash()));
    }

    #[test]
    fn the_checksum_is_the_one_of_gzip() {
        assert_eq!(crc32("123456789"), 0xCBF4_3926);
        assert_eq!(
            (in_base62(0).as_str(), in_base62(61).as_str(), in_base62(62).as_str()),
            ("000000", "00000z", "000010")
        );
        assert_eq!(in_base62(u32::MAX), "4gfFC3");
    }
}
