//! The license key: what a person types to join at once.

use crate::email::{first_hidden, invisible_name};

/// 120 random bits as five groups of five symbols, the last symbol a check.
///
/// No `Debug`, no `Display`, no `Serialize`: a key is a secret, and never in an event or a log line.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenseKey([u8; LicenseKey::SYMBOLS]);

/// Why a text is no license key. Says nothing about which keys exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LicenseKeyError {
    /// Not 25 symbols, spaces and dashes aside.
    #[error("a license key has 25 letters and digits, this has {0}")]
    Length(usize),
    /// A symbol that no key has.
    #[error("{} is not in any license key", shown(*.0))]
    Symbol(char),
    /// The check symbol does not fit: one symbol is wrong, or two are swapped.
    #[error("the key has a typing mistake")]
    Check,
}

/// Crockford's base 32: no I, L, O, U, so that nothing is misread or rude.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl LicenseKey {
    const SYMBOLS: usize = 25;

    /// Makes the key from 15 random bytes (120 bits).
    pub fn new(random: [u8; 15]) -> Self {
        let mut symbols = [0; Self::SYMBOLS];
        for (group, bytes) in symbols[..24].chunks_exact_mut(8).zip(random.chunks_exact(5)) {
            let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for (place, symbol) in group.iter_mut().enumerate() {
                *symbol = (bits >> (35 - 5 * place)).to_le_bytes()[0] & 31;
            }
        }
        symbols[24] = check(&symbols[..24]);
        Self(symbols)
    }

    /// Reads a key as people type it: any case, spaces and dashes anywhere, O for 0, I or L for 1.
    pub fn parse(text: &str) -> Result<Self, LicenseKeyError> {
        let mut symbols = [0; Self::SYMBOLS];
        let mut count = 0;
        for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}')) {
            let value = value_of(c).ok_or(LicenseKeyError::Symbol(c))?;
            if let Some(symbol) = symbols.get_mut(count) {
                *symbol = value;
            }
            count += 1;
        }
        if count != Self::SYMBOLS {
            return Err(LicenseKeyError::Length(count));
        }
        if check(&symbols[..24]) != symbols[24] {
            return Err(LicenseKeyError::Check);
        }
        Ok(Self(symbols))
    }

    /// The key in groups, to hand to its owner: `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`.
    pub fn reveal(&self) -> String {
        let groups = self.0.chunks_exact(5).map(|group| {
            group.iter().map(|value| char::from(ALPHABET[usize::from(*value)])).collect::<String>()
        });
        groups.collect::<Vec<_>>().join("-")
    }
}

/// A symbol for a message: as it is, or by its number where it shows nothing.
fn shown(c: char) -> String {
    match first_hidden(c.encode_utf8(&mut [0; 4])) {
        Some(_) => format!("the {} U+{:04X}", invisible_name(c), u32::from(c)),
        None => format!("'{c}'"),
    }
}

fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    ALPHABET.iter().position(|symbol| char::from(*symbol) == c).and_then(|at| u8::try_from(at).ok())
}

/// Luhn's sum in base 32: finds every single wrong symbol and nearly every swap of neighbours.
fn check(symbols: &[u8]) -> u8 {
    let sum: u32 = symbols
        .iter()
        .rev()
        .enumerate()
        .map(|(place, value)| {
            let weighed = u32::from(*value) * if place % 2 == 0 { 2 } else { 1 };
            weighed / 32 + weighed % 32
        })
        .sum();
    ((32 - sum % 32) % 32).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        LicenseKey::new([0x5A, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254]).reveal()
    }

    #[test]
    fn a_key_reads_back_however_it_is_typed() {
        let typed = key();
        for text in
            [typed.to_lowercase(), typed.replace('-', " "), typed.replace('-', ""), typed.replace('0', "o")]
        {
            assert_eq!(LicenseKey::parse(&text).ok().map(|k| k.reveal()).as_ref(), Some(&typed), "{text}");
        }
    }

    #[test]
    fn every_single_wrong_symbol_is_found() {
        let typed = key();
        for (at, right) in typed.char_indices().filter(|(_, c)| *c != '-') {
            for wrong in ALPHABET.iter().map(|b| char::from(*b)).filter(|c| *c != right) {
                let mut text = typed.clone();
                text.replace_range(at..=at, &wrong.to_string());
                assert_eq!(LicenseKey::parse(&text).err(), Some(LicenseKeyError::Check), "{text}");
            }
        }
    }

    #[test]
    fn a_text_that_cannot_be_a_key_says_why() {
        assert_eq!(LicenseKey::parse("12345").err(), Some(LicenseKeyError::Length(5)));
        assert_eq!(LicenseKey::parse(&"0".repeat(26)).err(), Some(LicenseKeyError::Length(26)));
        assert_eq!(LicenseKey::parse("1234!").err(), Some(LicenseKeyError::Symbol('!')));
        let said = LicenseKeyError::Symbol('\u{1B}').to_string();
        assert_eq!(said, "the control character U+001B is not in any license key");
    }
}
