//! An e-mail address: judged without a panic, and settled once it is normalised.

use domain::email::{EmailAddress, search_key, search_key_in_a_labels};

use super::is_told;

/// Bytes of an address: RFC 5321 §4.5.3.1.3.
const LONGEST: usize = 254;

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match EmailAddress::parse(&text) {
        Ok(address) => is_settled(&address),
        Err(error) => {
            is_told(&error.to_string(), &error.hint());
            proposal_is_good(&error.hint());
        }
    }
    let key = search_key(&text);
    assert_eq!(search_key(&key), key, "what is searched for is settled at once");
    let _ = search_key_in_a_labels(&text);
}

fn is_settled(address: &EmailAddress) {
    let normalised = address.normalised();
    assert!(address.as_spelled().len() <= LONGEST, "longer than an address may be");
    assert!(!normalised.chars().any(char::is_control), "a control character in an address");
    assert_eq!(normalised.matches('@').count(), 1, "one @ and no more");
    assert!(address.is_in(&address.domain()), "it is in its own domain");
    for text in [normalised, address.as_spelled()] {
        let again = EmailAddress::parse(text).ok();
        assert_eq!(
            again.as_ref().map(EmailAddress::normalised),
            Some(normalised),
            "{text:?} is somebody else"
        );
    }
}

fn proposal_is_good(hint: &str) {
    if let Some(proposal) = hint.strip_prefix("Did you mean ").and_then(|hint| hint.strip_suffix('?')) {
        assert!(EmailAddress::parse(proposal).is_ok(), "{hint:?} is no good advice");
    }
}
