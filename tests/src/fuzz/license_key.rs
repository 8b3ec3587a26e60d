//! A license key as somebody types it: read as one key however it is set, and no mistake passes.

use domain::{LicenseKey, license_key::LicenseKeyError};

use super::{choice, is_told};

const SYMBOLS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub(super) fn check(bytes: &[u8]) {
    match LicenseKey::parse(&String::from_utf8_lossy(bytes)) {
        Ok(key) => reads_back(&key.reveal(), bytes),
        Err(error) => is_told(&error.to_string(), "there is nothing more to say"),
    }
    if let Some((random, _)) = bytes.split_first_chunk() {
        reads_back(&LicenseKey::new(*random).reveal(), bytes);
    }
}

fn reads_back(key: &str, bytes: &[u8]) {
    for typed in
        [key.to_owned(), key.to_lowercase(), key.replace('-', ""), key.replace('0', "o").replace('1', " l")]
    {
        let read = LicenseKey::parse(&typed).ok().map(|read| read.reveal());
        assert_eq!(read.as_deref(), Some(key), "{typed} is another key");
    }
    let wrong = with_one_symbol_wrong(key, bytes);
    assert!(matches!(LicenseKey::parse(&wrong), Err(LicenseKeyError::Check)), "{wrong} passes for {key}");
}

fn with_one_symbol_wrong(key: &str, bytes: &[u8]) -> String {
    let mut symbols: Vec<u8> = key.bytes().filter(|symbol| *symbol != b'-').collect();
    let at = choice(bytes, symbols.len());
    let value = SYMBOLS.iter().position(|symbol| *symbol == symbols[at]).unwrap_or_default();
    symbols[at] = SYMBOLS[(value + 1 + choice(bytes, SYMBOLS.len() - 1)) % SYMBOLS.len()];
    symbols.into_iter().map(char::from).collect()
}
