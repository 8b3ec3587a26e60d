//! Which encoding is taken, and what is told about it.

use commands::import::InputError;

use super::{fault, good, utf16_be, utf16_le};

const TEXT: &str = "Name;Email\nÅsa Öberg;asa@school.example\n\"Zoë\n€\";zoe@school.example\n";

fn encoding(bytes: &[u8]) -> String {
    let seen = good(bytes);
    assert_eq!(seen.addresses(), ["asa@school.example", "zoe@school.example"]);
    assert_eq!(seen.lines(), [2, 3]);
    seen.told().0
}

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c == '€' { 0x80 } else { u8::try_from(u32::from(c)).expect("Latin") }).collect()
}

#[test]
fn a_byte_order_mark_decides() {
    assert_eq!(encoding(format!("\u{FEFF}{TEXT}").as_bytes()), "UTF-8");
    assert_eq!(encoding(format!("\u{FEFF}\u{FEFF}{TEXT}").as_bytes()), "UTF-8");
    let quoted = "\u{FEFF}\u{FEFF}\u{FEFF}\"Name, first\",Email\nAda,ada@school.example\n";
    assert_eq!(good(quoted.as_bytes()).addresses(), ["ada@school.example"]);
    assert_eq!(encoding(&utf16_le(&format!("\u{FEFF}{TEXT}"))), "UTF-16LE");
    assert_eq!(encoding(&utf16_be(&format!("\u{FEFF}{TEXT}"))), "UTF-16BE");
}

#[test]
fn without_one_the_whole_file_decides() {
    assert_eq!(encoding(TEXT.as_bytes()), "UTF-8");
    assert_eq!(encoding(&utf16_le(TEXT)), "UTF-16LE");
    assert_eq!(encoding(&utf16_be(TEXT)), "UTF-16BE");
    assert_eq!(encoding(&windows_1252(TEXT)), "windows-1252");
    // Its last byte could begin a longer character, if more came.
    assert_eq!(good(b"Email,Name\nrene@school.example,Ren\xE9").told().0, "windows-1252");
}

#[test]
fn one_letter_at_the_end_of_a_long_file_decides_for_all_of_it() {
    let mut text = b"Name,Email\n".to_vec();
    for n in 0..20_000 {
        text.extend(format!("Ada,a{n}@school.example\n").bytes());
    }
    assert_eq!(good(&text).told().0, "UTF-8");
    text.extend(b"Bj\xF6rn,b\xF6@school.example\n");
    let seen = good(&text);
    assert_eq!(seen.told().0, "windows-1252");
    assert_eq!(seen.addresses().last(), Some(&"bö@school.example"));
    assert!(seen.format.note.is_some_and(|note| note.contains("windows-1252") && note.contains("CSV UTF-8")));
}

#[test]
fn what_windows_1252_has_no_letter_for_may_be_windows_1250() {
    let seen = good(b"Name,Email\n\x8A\x9Dastn\xFD,ludek@school.example\n");
    assert_eq!((seen.told().0.as_str(), seen.addresses()), ("windows-1250", vec!["ludek@school.example"]));
}

#[test]
fn bytes_that_mean_nothing_are_refused_with_their_line() {
    for (bytes, at) in [
        // In no encoding of one byte.
        (&b"Email\nada@x.org\n\"\n\n\x81\x8F\",\n"[..], 5),
        // UTF-8, as its mark says or as most of it is, with a byte that isn't.
        (b"\xEF\xBB\xBFEmail\nada@x.org\nb\xFFb@x.org\n", 3),
        (b"Name,Email\r\xC3\xA9\xC3\xA9,ada@x.org\rb\xFFb@x.org\r", 3),
        (b"Name,Email\n\xC3\xA9\xC3\xA9,ada@x.org\n\xC3", 3),
        // Half of a pair, and half of a character.
        (&utf16_le("\u{FEFF}Email\na@x.org\n").into_iter().chain([0, 0xD8, b'a', 0]).collect::<Vec<_>>(), 3),
        (&utf16_be("Email\na@x.org\n\n").into_iter().chain([0]).collect::<Vec<_>>(), 4),
    ] {
        let error = fault(bytes);
        assert!(matches!(error, InputError::Undecodable { line } if line == at), "{at}: {error}");
        assert!(error.hint().contains("CSV UTF-8"));
    }
}

#[test]
fn a_zero_that_got_into_a_text_is_a_character_like_others() {
    assert_eq!(good(b"Email\nada@x.org\0\n\0\n\nbob\0@x.org\n").addresses(), ["ada@x.org", "bob\0@x.org"]);
}
