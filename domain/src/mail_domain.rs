//! A mail domain: what stands behind the @, and what a domain admin administers.

mod fault;
mod public;
#[cfg(test)]
mod tests;

use std::borrow::{Borrow, Cow};
use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

use crate::email::{self, Hidden, Typed};

pub use fault::DomainFault;

/// The longest name between two dots, in bytes as an A-label: RFC 1035 §2.3.4.
const MAX_LABEL: usize = 63;
/// The longest domain, in bytes as A-labels: RFC 1035 §2.3.4, without the length byte and the root.
const MAX_DOMAIN: usize = 253;
/// Nothing beyond this many bytes is looked at: as A-labels it cannot come down to [`MAX_DOMAIN`].
const MAX_LOOKED_AT: usize = 4 * MAX_DOMAIN;

/// A mail domain in lower-case A-labels, such as `xn--bcher-kva.example`.
///
/// The customer's data, not a person's: it may be logged. Reading a stored one does not judge it again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailDomain(String);

impl MailDomain {
    /// Judges what somebody typed; an @ in front is welcome.
    ///
    /// White space and invisible characters at both ends do not count.
    ///
    /// # Errors
    ///
    /// [`MailDomainError`] holds the [`DomainFault`] that breaks the rules, the same as in an e-mail address.
    pub fn parse(text: &str) -> Result<Self, MailDomainError> {
        let trimmed = email::trim(text);
        let domain = trimmed.strip_prefix('@').unwrap_or(trimmed);
        match normalise(domain) {
            Ok(name) => Ok(Self(name.into_owned())),
            Err(fault) => Err(MailDomainError { typed: Typed::new(trimmed), fault }),
        }
    }

    /// In lower-case A-labels: the form that is compared and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a large provider's, where anybody can have an address.
    pub fn is_public(&self) -> bool {
        public::is_public(&self.0)
    }

    /// Whether names below it are given to many who have nothing to do with each other: `co.uk`, `github.io`. By the Public
    /// Suffix List, with its private part.
    pub fn is_suffix(&self) -> bool {
        public::is_suffix(&self.0)
    }

    /// In the letters that people write it with. For display only.
    pub fn to_unicode(&self) -> Cow<'_, str> {
        let (unicode, judged) =
            Uts46::new().to_unicode(self.0.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
        if judged.is_ok() { unicode } else { Cow::Borrowed(&self.0) }
    }

    pub(crate) fn already_normalised(domain: &str) -> Self {
        Self(domain.to_owned())
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of domains can be asked for the domain of an address without copying it.
impl Borrow<str> for MailDomain {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why a text is no mail domain.
///
/// `Display` repeats the value: show it to who typed it. `Debug` prints no more than the reason.
#[derive(Clone, PartialEq, Eq)]
pub struct MailDomainError {
    typed: Typed,
    fault: DomainFault,
}

impl MailDomainError {
    /// What is wrong.
    pub fn fault(&self) -> &DomainFault {
        &self.fault
    }

    /// A stable code for the kind of fault; it tells nothing about the value.
    pub fn reason(&self) -> &'static str {
        self.fault.reason()
    }

    /// What to do about it: the domain that was meant where that is plain, otherwise a rule.
    pub fn hint(&self) -> String {
        let proposal = self.proposal();
        proposal
            .map_or_else(|| self.fault.domain_rule().to_owned(), |domain| format!("Did you mean {domain}?"))
    }

    /// The host of a link, the domain of an address, or the same with its dots put right.
    fn proposal(&self) -> Option<String> {
        let text = email::seen(self.typed.text());
        let host = text.split_once("://").map_or(text.as_str(), |(_, behind)| behind);
        let host = host.split(['/', '?', '#']).next().unwrap_or(host);
        let host = host.rsplit('@').next().unwrap_or(host).replace(',', ".");
        let labels = host.split('.').map(email::trim).filter(|label| !label.is_empty());
        let tidy = labels.collect::<Vec<_>>().join(".");
        normalise(&tidy).is_ok().then_some(tidy)
    }
}

impl std::error::Error for MailDomainError {}

impl fmt::Display for MailDomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            DomainFault::Missing => f.write_str("there is no domain here"),
            fault => write!(f, "{} {fault}", self.typed),
        }
    }
}

impl fmt::Debug for MailDomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailDomainError({})", self.reason())
    }
}

/// The domain in lower-case A-labels, by the rules that [`MailDomain`] and `EmailAddress` share.
pub(crate) fn normalise(domain: &str) -> Result<Cow<'_, str>, DomainFault> {
    if is_plain(domain) {
        return Ok(if domain.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(domain.to_ascii_lowercase())
        } else {
            Cow::Borrowed(domain)
        });
    }
    check_characters(domain)?;
    let ascii = to_ascii(domain).ok_or_else(|| not_international(domain))?;
    check_labels(&ascii)?;
    Ok(ascii)
}

/// Whether a domain is good without a look into the tables of IDNA. It may be good without being plain.
pub(crate) fn is_plain(domain: &str) -> bool {
    let mut labels = domain.as_bytes().split(|byte| *byte == b'.');
    let top = labels.next_back().unwrap_or_default();
    let names = labels.try_fold(0, |count, label| is_plain_label(label).then_some(count + 1));
    let is_number = top.iter().all(u8::is_ascii_digit);
    domain.len() <= MAX_DOMAIN && names.is_some_and(|count| count > 0) && is_plain_label(top) && !is_number
}

fn is_plain_label(label: &[u8]) -> bool {
    let is_a_label = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
    label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && (1..=MAX_LABEL).contains(&label.len())
        && !(label.starts_with(b"-") || label.ends_with(b"-") || is_a_label)
}

/// What can be told from single characters, before the letters are mapped to A-labels.
fn check_characters(domain: &str) -> Result<(), DomainFault> {
    let is_foreign = |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.');
    match email::first_hidden(domain) {
        Some(Hidden::Space) => return Err(DomainFault::Space),
        // These two belong to the spelling of some languages; IDNA knows where.
        Some(Hidden::Invisible('\u{200C}' | '\u{200D}', _)) | None => {}
        Some(Hidden::Invisible(character, place)) => return Err(DomainFault::Invisible(character, place)),
    }
    if domain.is_empty() {
        Err(DomainFault::Missing)
    } else if domain.starts_with('[') {
        Err(DomainFault::AddressLiteral)
    } else if domain.len() > MAX_LOOKED_AT {
        Err(DomainFault::TooLong(domain.len()))
    } else if domain.contains(',') {
        Err(DomainFault::Comma)
    } else if domain.contains('_') {
        Err(DomainFault::Underscore)
    } else if let Some(character) = domain.chars().find(is_foreign) {
        Err(DomainFault::ForbiddenCharacter(character))
    } else {
        Ok(())
    }
}

/// The first character that belongs to no word, if there is one.
pub(crate) fn first_sign(domain: &str) -> Option<char> {
    domain.chars().find(|c| !(c.is_ascii() || is_of_words(*c)))
}

/// Letters, marks and digits of any script, and the few signs that belong to the spelling of some: RFC 5892, which the tables
/// of UTS 46 go beyond for the sake of old names. Quotes, dashes and pictures come from texts around an address.
fn is_of_words(c: char) -> bool {
    const SIGNS: [char; 14] = [
        '\u{B7}', '\u{375}', '\u{5F3}', '\u{5F4}', '\u{6FD}', '\u{6FE}', '\u{F0B}', '\u{200C}', '\u{200D}',
        '\u{30FB}', '\u{3002}', '\u{FF0D}', '\u{FF0E}', '\u{FF61}',
    ];
    c.is_alphanumeric() || is_combining_mark(c) || SIGNS.contains(&c)
}

/// Each name as an A-label, of what may be no more than a piece of a domain.
pub(crate) fn labels_to_ascii(piece: &str) -> Option<String> {
    let ascii = |label| if str::is_ascii(label) { Some(Cow::Borrowed(label)) } else { to_ascii(label) };
    piece.split('.').map(ascii).collect::<Option<Vec<_>>>().map(|labels| labels.join("."))
}

fn to_ascii(domain: &str) -> Option<Cow<'_, str>> {
    // Lengths are measured afterwards, so that the message can name them.
    Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Ignore)
        .ok()
}

/// Finds out which label IDNA refuses, and why.
fn not_international(domain: &str) -> DomainFault {
    let is_edged = |label: &&str| label.starts_with('-') || label.ends_with('-');
    if let Some(Hidden::Invisible(character, place)) = email::first_hidden(domain) {
        return DomainFault::Invisible(character, place);
    }
    if let Some(label) = domain.split('.').find(is_edged) {
        return DomainFault::HyphenAtEdge(Typed::new(label));
    }
    // A label may be good alone and bad beside the others: then it is the whole that is refused.
    let label = domain.split('.').find(|label| to_ascii(label).is_none()).unwrap_or(domain);
    DomainFault::NotInternational(Typed::new(label))
}

/// The rules of the domain name system, for a domain in ASCII.
fn check_labels(ascii: &str) -> Result<(), DomainFault> {
    let top = ascii.rsplit('.').next().unwrap_or(ascii);
    if ascii.starts_with('.') {
        return Err(DomainFault::StartsWithDot);
    } else if ascii.ends_with('.') {
        return Err(DomainFault::TrailingDot);
    } else if ascii.contains("..") {
        return Err(DomainFault::DoubleDot);
    } else if !ascii.contains('.') {
        return Err(DomainFault::NoTopLevelDomain);
    } else if ascii.len() > MAX_DOMAIN {
        return Err(DomainFault::TooLong(ascii.len()));
    }
    for label in ascii.split('.') {
        if label.starts_with('-') || label.ends_with('-') {
            return Err(DomainFault::HyphenAtEdge(Typed::new(label)));
        } else if label.len() > MAX_LABEL {
            return Err(DomainFault::LabelTooLong(Typed::new(label), label.len()));
        }
    }
    if top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DomainFault::NumericTopLevelDomain(Typed::new(top)));
    }
    Ok(())
}
