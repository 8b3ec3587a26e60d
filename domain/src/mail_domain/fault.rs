//! What can be wrong with a domain, alone or in an address.

use std::fmt;

use super::{MAX_DOMAIN, MAX_LABEL};
use crate::email::{Typed, invisible_name};

/// The first thing that is wrong with a domain.
///
/// `Display` is the rest of a sentence that starts with the value. It may repeat pieces of the value: show it
/// to who typed it. `Debug` prints no more than the reason.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainFault {
    /// Nothing is there.
    #[error("has no domain")]
    Missing,
    /// A single name, such as `localhost`.
    #[error("has no ending like .org")]
    NoTopLevelDomain,
    /// The end is a number, as in an IP address.
    #[error("has {0} in place of an ending like .org")]
    NumericTopLevelDomain(Typed),
    /// `.example.org`.
    #[error("has a dot at the start of its domain")]
    StartsWithDot,
    /// `example.org.`: right in DNS, refused by mail (RFC 5321 §2.3.5).
    #[error("has a dot at the end of its domain")]
    TrailingDot,
    /// `example..org`.
    #[error("has two dots in a row in its domain")]
    DoubleDot,
    /// `example,org`.
    #[error("has a comma in its domain")]
    Comma,
    /// `exam_ple.org`: right in DNS, refused by mail.
    #[error("has an underscore in its domain")]
    Underscore,
    /// `[192.0.2.1]`.
    #[error("has a number in square brackets in place of its domain")]
    AddressLiteral,
    /// White space of any kind.
    #[error("has a space in its domain")]
    Space,
    /// An invisible character, and which one in the domain it is: the first is 1.
    #[error("has an invisible character in its domain: character {1} is a {name} (U+{code:04X})",
        name = invisible_name(*.0), code = u32::from(*.0))]
    Invisible(char, usize),
    /// A character that no domain has.
    #[error("has \"{0}\" in its domain")]
    ForbiddenCharacter(char),
    /// A name between two dots that starts or ends with a hyphen.
    #[error("has {0} in its domain, which starts or ends with a hyphen")]
    HyphenAtEdge(Typed),
    /// A name between two dots, and its bytes as an A-label, which are more than 63.
    #[error("has {0} in its domain, which is {1} bytes long, and the limit is {MAX_LABEL}")]
    LabelTooLong(Typed, usize),
    /// Its bytes as A-labels, which are more than 253.
    #[error("has a domain of {0} bytes, and the limit is {MAX_DOMAIN}")]
    TooLong(usize),
    /// A name that IDNA (UTS 46) does not allow.
    #[error("has {0} in its domain, which is not a valid international name")]
    NotInternational(Typed),
}

impl DomainFault {
    /// A stable code for the kind of fault; it tells nothing about the value.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "no_domain",
            Self::NoTopLevelDomain => "no_top_level_domain",
            Self::NumericTopLevelDomain(_) => "numeric_top_level_domain",
            Self::StartsWithDot => "domain_starts_with_dot",
            Self::TrailingDot => "trailing_dot",
            Self::DoubleDot => "domain_double_dot",
            Self::Comma => "comma_in_domain",
            Self::Underscore => "underscore_in_domain",
            Self::AddressLiteral => "address_literal",
            Self::Space => "space_inside",
            Self::Invisible(..) => "invisible_inside",
            Self::ForbiddenCharacter(_) => "domain_forbidden_character",
            Self::HyphenAtEdge(_) => "hyphen_at_edge",
            Self::LabelTooLong(..) => "label_too_long",
            Self::TooLong(_) => "domain_too_long",
            Self::NotInternational(_) => "invalid_international_domain",
        }
    }

    /// What to do, for somebody who was to give an address.
    pub(crate) fn address_rule(&self) -> &'static str {
        if self.is_number() {
            "Write the name of the mail domain, not a number, like ada@example.org"
        } else {
            "Write it like ada@example.org"
        }
    }

    /// What to do, for somebody who was to give a domain.
    pub(crate) fn domain_rule(&self) -> &'static str {
        if self.is_number() {
            "Write the name of the mail domain, not a number, like example.org"
        } else {
            "Write it like example.org"
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::AddressLiteral | Self::NumericTopLevelDomain(_))
    }
}

impl fmt::Debug for DomainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainFault({})", self.reason())
    }
}
