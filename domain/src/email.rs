//! The address that tells one person from another.
//!
//! It is judged once, at the door; what is inside the house needs no further check. Personal data: neither
//! `Debug` nor `Display` nor `Serialize`, so that no address reaches a log by accident.

mod error;
mod repair;
mod rules;
mod typed;
mod visible;

#[cfg(test)]
mod messages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    hash::{Hash, Hasher},
};

pub use error::EmailError;
pub(crate) use repair::seen;
pub(crate) use rules::fold;
pub use rules::loosely;
pub use typed::Typed;
pub(crate) use visible::{Hidden, first_hidden};
pub use visible::{is_invisible, name_of as invisible_name, trim};

use crate::mail_domain::{self, MailDomain};

/// The longest local part (before the @), in bytes of UTF-8: RFC 5321 §4.5.3.1.1.
const MAX_LOCAL_PART: usize = 64;
/// The longest address, in bytes of UTF-8: RFC 5321 §4.5.3.1.3, without the angle brackets of a path.
const MAX_ADDRESS: usize = 254;

/// An e-mail address that obeys RFC 5321, or RFC 6531 where it is not ASCII.
///
/// Two addresses are equal when their [normalised](Self::normalised) forms are.
///
/// ```
/// use domain::email::EmailAddress;
///
/// let Ok(ada) = EmailAddress::parse("  Ada@Example.ORG\n") else { panic!("a good address") };
/// assert_eq!(ada.as_spelled(), "Ada@Example.ORG");
/// assert_eq!(ada.normalised(), "ada@example.org");
///
/// let Err(error) = EmailAddress::parse("ada@") else { panic!("a bad address") };
/// assert_eq!(error.to_string(), r#""ada@" has no domain"#);
/// assert_eq!(error.hint(), "Write it like ada@example.org");
/// ```
#[derive(Clone)]
pub struct EmailAddress {
    spelled: Box<str>,
    /// `None` when it is `spelled`: most addresses come in small letters, and a file holds a million.
    key: Option<Box<str>>,
}

impl EmailAddress {
    /// Judges what somebody typed, pasted or uploaded.
    ///
    /// White space and invisible characters at both ends do not count.
    ///
    /// # Errors
    ///
    /// [`EmailError`] has a variant for each way in which an address can be wrong.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let trimmed = trim(text);
        Self::parse_plain(trimmed).map_or_else(|| rules::judge(trimmed), Ok)
    }

    /// Whether somebody new may have it: what stands around an address in texts is taken for a part of it where the standards
    /// allow that, and whoever was taken so once has to be found again. And of all spellings of one person, only those are
    /// taken that differ by capitals: the others may be mailboxes of somebody else.
    ///
    /// # Errors
    ///
    /// [`EmailError`] names a quote, a dash, a picture or an unusual form of a letter, and the address that was meant.
    pub fn check_signs(&self) -> Result<(), EmailError> {
        if self.spelled.is_ascii() { Ok(()) } else { rules::check_signs(&self.spelled) }
    }

    /// As first spelled: trimmed, NFC. For people to read.
    pub fn as_spelled(&self) -> &str {
        &self.spelled
    }

    /// The key that tells persons apart.
    ///
    /// NFC; the local part in folded case (ς, σ and Σ are one; ß is not ss), the domain as lower-case
    /// A-labels. Parsing it gives the same key again.
    pub fn normalised(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.spelled)
    }

    /// Where letters go: the local part as spelled, and the domain in A-labels, which every mail server takes.
    ///
    /// ```
    /// use domain::email::EmailAddress;
    ///
    /// let Ok(ada) = EmailAddress::parse("Ada@M\u{fc}nchen.example") else { panic!("a good address") };
    /// assert_eq!(ada.mailbox(), "Ada@xn--mnchen-3ya.example");
    /// ```
    pub fn mailbox(&self) -> String {
        format!("{}@{}", self.local_part(), self.domain_key())
    }

    /// The same person in small letters as they are usually written, unless this spelling differs from it by the case of ASCII
    /// letters alone. Other spellings may be other people's mailboxes: whoever is not known by one is not written to there.
    ///
    /// ```
    /// use domain::email::EmailAddress;
    ///
    /// let Ok(sam) = EmailAddress::parse("\u{17f}am@else.example") else { panic!("a good address") };
    /// assert_eq!(sam.in_its_own_spelling().as_spelled(), "sam@else.example");
    /// let Ok(nikos) = EmailAddress::parse("\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c3}@else.example") else { panic!("a good address") };
    /// assert_eq!(nikos.in_its_own_spelling().as_spelled(), "\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c2}@else.example");
    /// let Ok(ada) = EmailAddress::parse("Ada@else.example") else { panic!("a good address") };
    /// assert_eq!(ada.in_its_own_spelling().as_spelled(), "Ada@else.example");
    /// ```
    #[must_use]
    pub fn in_its_own_spelling(&self) -> Self {
        let key = self.normalised();
        let (local, domain) = key.rsplit_once('@').unwrap_or_default();
        let usual = rules::usual(local);
        if self.local_part().eq_ignore_ascii_case(&usual) {
            return self.clone();
        }
        let key_of_its_own = (usual != local).then(|| key.into());
        Self { spelled: format!("{usual}@{domain}").into(), key: key_of_its_own }
    }

    /// As it is spelled, where somebody new may have it so; otherwise in its own spelling. Letters about somebody go there,
    /// however others spelled them first.
    pub fn of_them_alone(&self) -> Cow<'_, Self> {
        if self.check_signs().is_ok() { Cow::Borrowed(self) } else { Cow::Owned(self.in_its_own_spelling()) }
    }

    fn local_part(&self) -> &str {
        self.spelled.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The mail domain, behind the @.
    pub fn domain(&self) -> MailDomain {
        MailDomain::already_normalised(self.domain_key())
    }

    /// Whether this address is in exactly that domain, without its subdomains.
    pub fn is_in(&self, domain: &MailDomain) -> bool {
        self.domain_key() == domain.as_str()
    }

    fn domain_key(&self) -> &str {
        self.normalised().rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The short way for nearly all addresses; whoever does not pass gets the long look of [`rules::judge`].
    fn parse_plain(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let plain = text.len() <= MAX_ADDRESS && is_plain_local_part(local) && mail_domain::is_plain(domain);
        let key = || text.bytes().any(|b| b.is_ascii_uppercase()).then(|| text.to_ascii_lowercase().into());
        plain.then(|| Self { spelled: text.into(), key: key() })
    }
}

/// A message or hint with a full stop, where it has none of its own: for texts of several sentences.
pub fn sentence(message: impl Into<String>) -> String {
    let mut text = message.into();
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

/// Whether a text that is no address names one: what is kept for good must not.
///
/// ```
/// assert!(domain::email::stands_in("Music (ask ada@school.example)"));
/// assert!(!domain::email::stands_in("School @ Home"));
/// ```
pub fn stands_in(text: &str) -> bool {
    // Strictly: what is taken for one by mistake is written another way, and what is not stays for ever.
    [text.to_lowercase(), loosely(text)].iter().any(|text| {
        text.match_indices('@').any(|(at, _)| {
            let (before, behind) = (text[..at].chars().next_back(), &text[at + 1..]);
            before.is_some_and(|c| !c.is_whitespace()) && begins_like_a_domain(behind)
        })
    })
}

/// Whether what stands there, up to white space, has a full stop before a letter.
fn begins_like_a_domain(text: &str) -> bool {
    let word: Vec<char> = text.split(char::is_whitespace).next().unwrap_or_default().chars().collect();
    word.windows(3).any(|three| three[0].is_alphanumeric() && three[1] == '.' && three[2].is_alphabetic())
}

/// What somebody types to search addresses, in the form that [`EmailAddress::normalised`] has.
pub fn search_key(typed: &str) -> String {
    fold(trim(typed))
}

/// The same with its domain in A-labels, if the domain that was typed has letters beyond ASCII.
///
/// Whole names only, from dot to dot: no part of `münchen` is a part of `xn--mnchen-3ya`.
pub fn search_key_in_a_labels(typed: &str) -> Option<String> {
    let key = search_key(typed);
    let (local, domain) = key.split_at(key.rfind('@').map_or(0, |at| at + 1));
    if domain.is_ascii() {
        return None;
    }
    Some(format!("{local}{}", mail_domain::labels_to_ascii(domain)?))
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.normalised() == other.normalised()
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalised().hash(state);
    }
}

fn is_plain_local_part(local: &str) -> bool {
    local.len() <= MAX_LOCAL_PART
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// What RFC 5322 §3.2.3 allows in a word without quotes.
const fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
        )
        || matches!(byte, b'{' | b'|' | b'}' | b'~')
}
