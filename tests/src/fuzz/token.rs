//! An API token as somebody sends it: known by its form, and no mistake passes.

use crc::{CRC_32_ISO_HDLC, Crc};
use identity::api_tokens::is_well_formed;

use super::choice;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random digits and letters of a token.
const RANDOM: usize = 30;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if is_well_formed(&text) {
        assert_eq!(Some(&*text), text.get(4..4 + RANDOM).map(whole).as_deref(), "it passes, and is no token");
        no_mistake_passes(&text, bytes);
    }
    if bytes.len() >= RANDOM {
        let random: String = bytes[..RANDOM].iter().map(|byte| digit(usize::from(*byte))).collect();
        let token = whole(&random);
        assert!(is_well_formed(&token), "{token} is refused");
        no_mistake_passes(&token, bytes);
    }
}

fn digit(value: usize) -> char {
    char::from(DIGITS[value % DIGITS.len()])
}

/// The token with these digits and letters, by another reckoning than the product's.
fn whole(random: &str) -> String {
    let mut rest =
        usize::try_from(Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(random.as_bytes())).unwrap_or_default();
    let mut check = [0; 6].map(|_: u8| {
        let last = digit(rest);
        rest /= DIGITS.len();
        last
    });
    check.reverse();
    format!("sbk_{random}{}", check.iter().collect::<String>())
}

fn no_mistake_passes(token: &str, bytes: &[u8]) {
    let mut letters: Vec<char> = token.chars().collect();
    let (at, other) = (choice(bytes, letters.len()), choice(bytes, DIGITS.len()));
    letters[at] = digit(other + usize::from(digit(other) == letters[at]));
    let wrong: String = letters.iter().collect();
    assert!(!is_well_formed(&wrong), "{wrong} passes for {token}");
    for other in [&token[1..], &token[..token.len() - 1], &format!("{token}0"), &format!(" {token}")] {
        assert!(!is_well_formed(other), "{other} passes for {token}");
    }
    // Two neighbours in each other's place.
    let mut swapped: Vec<char> = token.chars().collect();
    let at = choice(bytes, swapped.len() - 1);
    swapped.swap(at, at + 1);
    let swapped: String = swapped.into_iter().collect();
    assert!(swapped == token || !is_well_formed(&swapped), "{swapped} passes for {token}");
}
