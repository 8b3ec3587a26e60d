//! The long look at an address: which rule does it break first, seen with the eyes of who typed it?

use icu_casemap::CaseMapper;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::visible::{Hidden, first_hidden, is_invisible};
use super::{EmailAddress, EmailError, MAX_ADDRESS, MAX_LOCAL_PART, Typed, is_atext};
use crate::mail_domain::{self, DomainFault};

/// Signs that look like @ and are none.
pub(super) const FALSE_AT: [char; 2] = ['\u{FF20}', '\u{FE6B}'];

/// Judges an address that is trimmed already.
pub(super) fn judge(trimmed: &str) -> Result<EmailAddress, EmailError> {
    let spelled: String = trimmed.nfc().collect();
    let typed = || Typed::new(&spelled);
    check_form(&spelled)?;
    let (local, domain) = spelled.split_once('@').ok_or_else(|| EmailError::NoAt(typed()))?;
    check_local_part(local, &spelled)?;
    check_lengths(local, &spelled, &spelled)?;
    let domain = mail_domain::normalise(domain).map_err(|fault| place_in(&spelled, fault))?;
    let local = fold(local);
    let key = format!("{local}@{domain}");
    check_lengths(&local, &key, &spelled)?;
    let key = (key != spelled).then(|| key.into_boxed_str());
    Ok(EmailAddress { spelled: spelled.into_boxed_str(), key })
}

/// What is wrong with the value as a whole, before it can be told where the parts are.
fn check_form(spelled: &str) -> Result<(), EmailError> {
    let typed = || Typed::new(spelled);
    let ats = spelled.matches('@').count();
    if spelled.is_empty() {
        Err(EmailError::Empty)
    } else if let Some((index, control)) = first_control(spelled) {
        // Before all else: whatever else is wrong, it may be wrong because of what nobody sees.
        Err(EmailError::InvisibleInside(typed(), control, index + 1))
    } else if spelled.contains(char::REPLACEMENT_CHARACTER) {
        Err(EmailError::BrokenEncoding(typed()))
    } else if starts_with_mailto(spelled) {
        Err(EmailError::Mailto(typed()))
    } else if spelled.contains(['<', '>']) {
        Err(EmailError::AngleBrackets(typed()))
    } else if spelled.contains('"') {
        Err(EmailError::Quoted(typed()))
    } else if spelled.contains(FALSE_AT) {
        Err(EmailError::FalseAt(typed()))
    } else if ats == 0 && says_at(spelled) {
        Err(EmailError::SpelledOutAt(typed()))
    } else if ats == 0 {
        Err(EmailError::NoAt(typed()))
    } else if ats > 1 {
        Err(EmailError::SeveralAts(typed(), ats))
    } else if spelled.contains(['(', ')']) {
        Err(EmailError::Comment(typed()))
    } else {
        Ok(())
    }
}

/// White space is no matter of it: it has a message of its own.
fn first_control(text: &str) -> Option<(usize, char)> {
    text.chars().enumerate().find(|(_, c)| c.is_control() && !c.is_whitespace())
}

/// Quotes as programs for texts set them around words, and for an apostrophe.
pub(super) const QUOTES: &[char] = &['“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»', '‹', '›'];

/// What RFC 6531 and UTS 46 let pass, and no address has: quotes, dashes and pictures of a text around it.
pub(super) fn check_signs(spelled: &str) -> Result<(), EmailError> {
    let (local, domain) = spelled.split_once('@').unwrap_or((spelled, ""));
    if let Some(quote) = local.chars().find(|c| QUOTES.contains(c)) {
        return Err(EmailError::ForbiddenCharacter(Typed::new(spelled), quote));
    }
    if let Some(letter) = first_unusual(local) {
        return Err(EmailError::ForbiddenCharacter(Typed::new(spelled), letter));
    }
    match mail_domain::first_sign(domain) {
        Some(sign) => Err(EmailError::Domain(Typed::new(spelled), DomainFault::ForbiddenCharacter(sign))),
        None => Ok(()),
    }
}

/// The first letter that counts as another one and is not its capital: ſ as s, ϑ as θ. Two mailboxes may differ by it, and
/// whoever has the one would be written to as the other. An s that ends a Greek word is ς, and σ elsewhere.
fn first_unusual(local: &str) -> Option<char> {
    let letters: Vec<char> = local.chars().collect();
    let is_usual = |n: usize, letter: char| match letter {
        FINAL_SIGMA => ends_a_word(&letters, n),
        SIGMA => !ends_a_word(&letters, n),
        _ => {
            let folded = fold_one(letter);
            // Of some scripts the capitals are what letters are folded to.
            folded == letter || folded.to_uppercase().eq([letter]) || letter.to_uppercase().eq([folded])
        }
    };
    letters.iter().enumerate().find_map(|(n, letter)| (!is_usual(n, *letter)).then_some(*letter))
}

const SIGMA: char = 'σ';
const FINAL_SIGMA: char = 'ς';

fn ends_a_word(letters: &[char], n: usize) -> bool {
    is_letter(letters[..n].iter().rev()) && !is_letter(letters[n + 1..].iter())
}

/// Whether what stands next is a letter: marks belong to the one before them.
fn is_letter<'a>(mut next: impl Iterator<Item = &'a char>) -> bool {
    next.find(|sign| !is_combining_mark(**sign)).is_some_and(|sign| sign.is_alphabetic())
}

/// A folded local part as people write it in small letters.
pub(super) fn usual(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let written = |(n, letter): (usize, &char)| match *letter {
        SIGMA if ends_a_word(&letters, n) => FINAL_SIGMA,
        letter => letter,
    };
    letters.iter().enumerate().map(written).collect()
}

fn check_local_part(local: &str, spelled: &str) -> Result<(), EmailError> {
    let typed = || Typed::new(spelled);
    match first_hidden(local) {
        Some(Hidden::Space) => return Err(EmailError::SpaceInside(typed())),
        Some(Hidden::Invisible(character, place)) => {
            return Err(EmailError::InvisibleInside(typed(), character, place));
        }
        None => {}
    }
    let foreign = |c: &char| c.is_ascii() && *c != '.' && !u8::try_from(*c).is_ok_and(is_atext);
    if local.is_empty() {
        Err(EmailError::NothingBeforeAt(typed()))
    } else if let Some(character) = local.chars().find(foreign) {
        Err(EmailError::ForbiddenCharacter(typed(), character))
    } else if local.starts_with('.') {
        Err(EmailError::StartsWithDot(typed()))
    } else if local.ends_with('.') {
        Err(EmailError::DotBeforeAt(typed()))
    } else if local.contains("..") {
        Err(EmailError::DoubleDot(typed()))
    } else {
        Ok(())
    }
}

/// `spelled` is what the message shows; `local` and `whole` are what is measured, in either form.
fn check_lengths(local: &str, whole: &str, spelled: &str) -> Result<(), EmailError> {
    if local.len() > MAX_LOCAL_PART {
        Err(EmailError::LocalPartTooLong(Typed::new(spelled), local.len()))
    } else if whole.len() > MAX_ADDRESS {
        Err(EmailError::TooLong(Typed::new(spelled), whole.len()))
    } else {
        Ok(())
    }
}

/// Says a fault of the domain as one of the whole address: places count from its first character.
fn place_in(spelled: &str, fault: DomainFault) -> EmailError {
    let typed = Typed::new(spelled);
    match fault {
        DomainFault::Space => EmailError::SpaceInside(typed),
        DomainFault::Invisible(character, place) => {
            let before = spelled.chars().take_while(|c| *c != '@').count() + 1;
            EmailError::InvisibleInside(typed, character, before + place)
        }
        fault => EmailError::Domain(typed, fault),
    }
}

/// Folds case so that the result stays as it is when folded again.
///
/// Folded letters may compose with the marks behind them, hence the repetition until nothing moves.
pub(crate) fn fold(local: &str) -> String {
    let mut key = local.to_owned();
    loop {
        let next: String = key.chars().map(fold_one).nfc().collect();
        if next == key {
            return key;
        }
        key = next;
    }
}

fn fold_one(letter: char) -> char {
    match letter {
        // The iota below a letter would become a letter of its own, and ᾼ written with accents another than ᾳ.
        '\u{0345}' => letter,
        _ => CaseMapper::new().simple_fold(letter),
    }
}

/// A text in a form in which an address stands the same, however it was written: in any case, in wide letters, with the
/// full stops of other scripts, with signs in it that nobody sees. To look for one in what somebody gave; not a key: it takes
/// more together than one mailbox.
pub fn loosely(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // White space and line breaks part words; the others are not seen.
    let written_out = text.chars().filter(|c| c.is_control() || !is_invisible(*c)).nfkc();
    fold(&written_out.map(|c| if c == '\u{3002}' { '.' } else { c }).collect::<String>())
}

pub(super) fn starts_with_mailto(text: &str) -> bool {
    text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"))
}

/// The ways in which people write @ to hide an address from machines.
pub(super) const SPELLED_OUT_AT: [&str; 4] = ["(at)", "[at]", "{at}", " at "];

fn says_at(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SPELLED_OUT_AT.iter().any(|at| lower.contains(at))
}
