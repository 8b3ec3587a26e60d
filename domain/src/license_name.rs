//! The name of a license, as its owner wrote it.

use serde::{Deserialize, Serialize};

use crate::email::{fold, stands_in};

/// A license's name: 1 to 200 characters on one line. The customer's data, not a person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenseName(String);

/// Why a text is no license name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LicenseNameError {
    /// Nothing but white space.
    #[error("the license has no name")]
    Empty,
    /// Longer than [`LicenseName::LONGEST`] characters.
    #[error("the name has {0} characters; a license name has at most {max}", max = LicenseName::LONGEST)]
    TooLong(usize),
    /// A name stands on one line.
    #[error("the name holds a line break (U+{code:04X})", code = u32::from(*.0))]
    LineBreak(char),
    /// Another control character: a terminal would obey it.
    #[error("the name holds a control character (U+{code:04X})", code = u32::from(*.0))]
    ControlCharacter(char),
    /// A mark of writing direction: with it, one name can be made to look like another.
    #[error("the name holds an invisible mark of writing direction (U+{code:04X})", code = u32::from(*.0))]
    DirectionMark(char),
    /// Names stand in the history for good, and a person can ask to be erased.
    #[error("the name holds an e-mail address, and names stay in the history for good")]
    Address,
}

impl LicenseNameError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::TooLong(_) => "Give a name of 1 to 200 characters.",
            Self::LineBreak(_) => "Write the name on one line.",
            Self::ControlCharacter(_) | Self::DirectionMark(_) => {
                "Type the name again; a copy brings the character along."
            }
            Self::Address => "Call the license after what it is for.",
        }
    }
}

impl LicenseName {
    /// In characters: long enough for "University of ..., Faculty of ..., 2026/27", short enough for a page.
    pub const LONGEST: usize = 200;

    /// Judges a name from outside; white space around it is not part of it.
    pub fn parse(text: &str) -> Result<Self, LicenseNameError> {
        let name = text.trim();
        match name.chars().count() {
            0 => Err(LicenseNameError::Empty),
            n if n > Self::LONGEST => Err(LicenseNameError::TooLong(n)),
            _ => match name.chars().find_map(refused) {
                Some(error) => Err(error),
                None if stands_in(name) => Err(LicenseNameError::Address),
                None => Ok(Self(name.to_owned())),
            },
        }
    }

    /// A name, or a part of one, as names are searched: however it is capitalised, and whatever its letters are made of.
    ///
    /// Parts that stand beside each other in a name do so in what this makes of it.
    pub fn search_key(typed: &str) -> String {
        fold(typed.trim())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a character, if no name may hold it.
fn refused(c: char) -> Option<LicenseNameError> {
    match c {
        '\n' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            Some(LicenseNameError::LineBreak(c))
        }
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some(LicenseNameError::DirectionMark(c))
        }
        c if c.is_control() => Some(LicenseNameError::ControlCharacter(c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_judged() {
        assert_eq!(LicenseName::parse("  Riverside School ").unwrap().as_str(), "Riverside School");
        assert_eq!(LicenseName::parse(" \t"), Err(LicenseNameError::Empty));
        assert_eq!(LicenseName::parse(&"x".repeat(201)), Err(LicenseNameError::TooLong(201)));
        assert_eq!(LicenseName::parse("a\nb"), Err(LicenseNameError::LineBreak('\n')));
    }

    #[test]
    fn a_character_that_cannot_be_seen_is_named_and_not_repeated() {
        let told = |text: &str| LicenseName::parse(text).expect_err(text).to_string();
        assert_eq!(told("a\u{1B}[31mb"), "the name holds a control character (U+001B)");
        for mark in "\u{61C}\u{200E}\u{200F}\u{202A}\u{202E}\u{2066}\u{2069}".chars() {
            let said = told(&format!("School{mark}dloG"));
            assert!(said.contains("mark of writing direction"), "{said}");
            assert!(said.ends_with(&format!("(U+{:04X})", u32::from(mark))), "{said}");
        }
    }

    #[test]
    fn a_name_that_stays_for_good_names_nobody() {
        for name in ["ada@school.example", "Music <ada@school.example>", "Ask ada@münchen.example."] {
            assert_eq!(LicenseName::parse(name), Err(LicenseNameError::Address), "{name}");
        }
        assert!(LicenseName::parse("School @ Home, 7b@2").is_ok());
    }

    #[test]
    fn names_in_every_script_are_good() {
        for name in ["Grundschule Süd", "مدرسة", "בית ספר", "学校", "می‌خواهم"] {
            assert_eq!(LicenseName::parse(name).unwrap().as_str(), name);
        }
    }
}
