//! The name of a license, as its owner wrote it.

use serde::{Deserialize, Serialize};

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
    /// A line break or another control character.
    #[error("the name holds a line break or another control character")]
    ControlCharacter,
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
            _ if name.chars().any(char::is_control) => Err(LicenseNameError::ControlCharacter),
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
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
        assert_eq!(LicenseName::parse("a\nb"), Err(LicenseNameError::ControlCharacter));
    }
}
