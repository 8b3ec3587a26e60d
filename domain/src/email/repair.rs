//! What somebody may have meant by an address that is wrong.

use super::rules::{FALSE_AT, QUOTES, SPELLED_OUT_AT};
use super::{EmailAddress, visible};

/// What stands around an address in texts and lists, and never belongs to one.
const AROUND: &[char] = &['"', '\'', '<', '>', '(', ')', '[', ']', '{', '}', ';', ':', ',', '.', ' '];

/// What stands before an address that was copied from a program for mail.
const BEFORE: [&str; 6] = ["mailto:", "smtp:", "email:", "e-mail:", "mail:", "="];

/// Those with spaces first: the space around a dot goes with it.
const SPELLED_OUT_DOT: [&str; 7] = [" (dot) ", " [dot] ", " {dot} ", " dot ", "(dot)", "[dot]", "{dot}"];

/// A good address that differs from the text only by slips nobody makes on purpose.
///
/// It adds no letter and takes none away: whether `gmial.com` was meant is not ours to guess.
pub(super) fn proposal(text: &str) -> Option<String> {
    let is_around = |c: char| AROUND.contains(&c) || QUOTES.contains(&c);
    let text = seen(text).replace("&lt;", "<").replace("&gt;", ">");
    let text = inside_brackets(&text).replace('"', "");
    let text = with_signs(without_name(text.trim_matches(is_around)).trim_matches(is_around));
    let text = text.replace("@@", "@");
    let (local, domain) = text.split_once('@')?;
    let text = format!("{}@{}", without_empty(local.trim()), tidy_domain(domain.trim()));
    let address = EmailAddress::parse(&text.trim_matches(is_around).replace('’', "'")).ok()?;
    let address = address.of_them_alone();
    address.check_signs().ok()?;
    Some(address.as_spelled().to_owned())
}

/// Only what can be seen, with plain spaces and plain @ signs.
pub(crate) fn seen(text: &str) -> String {
    let plain = |c: char| match c {
        c if FALSE_AT.contains(&c) => '@',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    text.chars().map(plain).filter(|c| !visible::is_invisible(*c)).collect()
}

fn inside_brackets(text: &str) -> String {
    let inside = text.rsplit_once('<').map_or(text, |(_, behind)| behind);
    inside.split('>').next().unwrap_or(inside).to_owned()
}

/// Without what names it as an address. A link may carry a subject behind a question mark.
fn without_name(text: &str) -> &str {
    let named = |name: &&str| text.get(..name.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(name));
    let address = BEFORE.iter().find(|name| named(name)).map_or(text, |name| &text[name.len()..]);
    match address.split_once('@') {
        Some((_, domain)) => &address[..address.len() - domain.find('?').map_or(0, |at| domain.len() - at)],
        None => address,
    }
}

/// Puts the signs where words stand for them, unless there is an @ already.
fn with_signs(text: &str) -> String {
    if text.contains('@') {
        return text.to_owned();
    }
    let text = text.replace("%40", "@");
    if text.contains('@') {
        return text;
    }
    let text = SPELLED_OUT_AT.iter().fold(text, |text, at| replace_word(&text, at, "@"));
    SPELLED_OUT_DOT.iter().fold(text, |text, dot| replace_word(&text, dot, "."))
}

/// Like `str::replace`, whatever the case of ASCII letters.
fn replace_word(text: &str, word: &str, sign: &str) -> String {
    // Lower-casing ASCII moves no byte, so places found in one are places in the other.
    let lower = text.to_ascii_lowercase();
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for (start, _) in lower.match_indices(word) {
        replaced.push_str(&text[end..start]);
        replaced.push_str(sign);
        end = start + word.len();
    }
    replaced.push_str(&text[end..]);
    replaced
}

/// One dot where there are several, none at the ends.
///
/// A space between words stays, and with it the fault: `ada lovelace@` may be one name or two people.
fn without_empty(part: &str) -> String {
    part.split('.').filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(".")
}

/// A space before a dot is a slip; one behind a dot may start the next sentence, and stays.
fn tidy_domain(domain: &str) -> String {
    let domain = match domain.split_once(',') {
        // Behind a whole domain, a comma starts the next item of a list.
        Some((name, top)) if !name.contains('.') => format!("{name}.{top}"),
        _ => domain.to_owned(),
    };
    let pieces: Vec<_> = domain.split('.').map(str::trim_end).collect();
    without_empty(&pieces.join("."))
}
