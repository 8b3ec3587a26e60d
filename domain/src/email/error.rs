//! What is wrong with an address, in words for who typed it.

use std::fmt;

use super::{MAX_ADDRESS, MAX_LOCAL_PART, Typed, repair, visible};
use crate::mail_domain::DomainFault;

/// The first thing that is wrong with an address.
///
/// `Display` repeats the value and [`hint`](Self::hint) may propose another: show both to who typed it, and log
/// only [`reason`](Self::reason). `Debug` prints no more than the reason.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing, or nothing that can be seen.
    #[error("there is no address here")]
    Empty,
    /// Neither @ nor anything that stands for it.
    #[error("{0} has no @")]
    NoAt(Typed),
    /// `ada (at) example.org`.
    #[error("{0} has the word \"at\" in place of the @")]
    SpelledOutAt(Typed),
    /// The full-width or the small form of @, from an East Asian keyboard.
    #[error("{0} has a full-width ＠, which is not the @ of an address")]
    FalseAt(Typed),
    /// This many @ signs.
    #[error("{0} has {1} @ signs")]
    SeveralAts(Typed, usize),
    /// `@example.org`.
    #[error("{0} has nobody before the @")]
    NothingBeforeAt(Typed),
    /// The beginning of a link.
    #[error("{0} starts with \"mailto:\"")]
    Mailto(Typed),
    /// `<` or `>`.
    #[error("{0} has angle brackets")]
    AngleBrackets(Typed),
    /// `"ada lovelace"@example.org` is allowed by the RFC, and by no provider that people use.
    #[error("{0} has quotation marks")]
    Quoted(Typed),
    /// `ada@example.org (work)`.
    #[error("{0} has round brackets")]
    Comment(Typed),
    /// White space of any kind between other characters.
    #[error("{0} has a space inside")]
    SpaceInside(Typed),
    /// An invisible character, and which one in the address it is: the first is 1.
    #[error("{0} has an invisible character inside: character {2} is a {name} (U+{code:04X})",
        name = visible::name_of(*.1), code = u32::from(*.1))]
    InvisibleInside(Typed, char, usize),
    /// U+FFFD, which programs put where they could not read a character.
    #[error("{0} has the sign � where a character was lost")]
    BrokenEncoding(Typed),
    /// A character that no address has before the @; or an unusual form of a letter, by which two mailboxes may differ that
    /// would be taken for one.
    #[error("{0} has \"{1}\" before the @")]
    ForbiddenCharacter(Typed, char),
    /// `.ada@example.org`.
    #[error("{0} starts with a dot")]
    StartsWithDot(Typed),
    /// `ada.@example.org`.
    #[error("{0} has a dot right before the @")]
    DotBeforeAt(Typed),
    /// `ada..lovelace@example.org`.
    #[error("{0} has two dots in a row before the @")]
    DoubleDot(Typed),
    /// Its bytes, which are more than 64, as spelled or normalised.
    #[error("{0} has {1} bytes before the @, and the limit is {MAX_LOCAL_PART}")]
    LocalPartTooLong(Typed, usize),
    /// Its bytes, which are more than 254, as spelled or normalised.
    #[error("{0} is {1} bytes long, and the limit is {MAX_ADDRESS}")]
    TooLong(Typed, usize),
    /// What is behind the @ is no mail domain.
    #[error("{0} {1}")]
    Domain(Typed, DomainFault),
}

impl EmailError {
    /// A stable code for the kind of fault; it tells nothing about the value.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoAt(_) => "no_at",
            Self::SpelledOutAt(_) => "spelled_out_at",
            Self::FalseAt(_) => "full_width_at",
            Self::SeveralAts(..) => "several_ats",
            Self::NothingBeforeAt(_) => "nothing_before_at",
            Self::Mailto(_) => "mailto",
            Self::AngleBrackets(_) => "angle_brackets",
            Self::Quoted(_) => "quoted",
            Self::Comment(_) => "comment",
            Self::SpaceInside(_) => "space_inside",
            Self::InvisibleInside(..) => "invisible_inside",
            Self::BrokenEncoding(_) => "broken_encoding",
            Self::ForbiddenCharacter(..) => "forbidden_character",
            Self::StartsWithDot(_) => "starts_with_dot",
            Self::DotBeforeAt(_) => "dot_before_at",
            Self::DoubleDot(_) => "double_dot",
            Self::LocalPartTooLong(..) => "local_part_too_long",
            Self::TooLong(..) => "too_long",
            Self::Domain(_, fault) => fault.reason(),
        }
    }

    /// What to do about it: the address that was meant where that is plain, otherwise a rule.
    pub fn hint(&self) -> String {
        let proposal = self.typed().and_then(|typed| repair::proposal(typed.text()));
        match (self, proposal) {
            (_, Some(address)) => format!("Did you mean {address}?"),
            (Self::InvisibleInside(_, character, _), None) => format!(
                "Delete the {} (U+{:04X}), or type the address again; a copy brings the character along",
                visible::name_of(*character),
                u32::from(*character)
            ),
            (_, None) => self.rule().to_owned(),
        }
    }

    fn rule(&self) -> &'static str {
        match self {
            Self::SeveralAts(..) => "Give one address; of several, each on a line of its own",
            Self::BrokenEncoding(_) => "Save the file as UTF-8, or type the address again",
            Self::Quoted(_) => "Write it without quotation marks, like ada@example.org",
            Self::Comment(_) | Self::AngleBrackets(_) => "Write only the address, like ada@example.org",
            Self::SpaceInside(_) => "Write it without spaces, like ada@example.org",
            Self::LocalPartTooLong(..) | Self::TooLong(..) => {
                "Check that it is one address; letters beyond English ones count as more than one byte"
            }
            Self::Domain(_, fault) => fault.address_rule(),
            Self::Empty
            | Self::NoAt(_)
            | Self::SpelledOutAt(_)
            | Self::FalseAt(_)
            | Self::NothingBeforeAt(_)
            | Self::Mailto(_)
            | Self::InvisibleInside(..)
            | Self::ForbiddenCharacter(..)
            | Self::StartsWithDot(_)
            | Self::DotBeforeAt(_)
            | Self::DoubleDot(_) => "Write it like ada@example.org",
        }
    }

    fn typed(&self) -> Option<&Typed> {
        match self {
            Self::Empty => None,
            Self::NoAt(typed)
            | Self::SpelledOutAt(typed)
            | Self::FalseAt(typed)
            | Self::SeveralAts(typed, _)
            | Self::NothingBeforeAt(typed)
            | Self::Mailto(typed)
            | Self::AngleBrackets(typed)
            | Self::Quoted(typed)
            | Self::Comment(typed)
            | Self::SpaceInside(typed)
            | Self::InvisibleInside(typed, ..)
            | Self::BrokenEncoding(typed)
            | Self::ForbiddenCharacter(typed, _)
            | Self::StartsWithDot(typed)
            | Self::DotBeforeAt(typed)
            | Self::DoubleDot(typed)
            | Self::LocalPartTooLong(typed, _)
            | Self::TooLong(typed, _)
            | Self::Domain(typed, _) => Some(typed),
        }
    }
}

impl fmt::Debug for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailError({})", self.reason())
    }
}
