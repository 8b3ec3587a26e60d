//! A value as somebody typed it, fit to be shown back to them.

use std::fmt;

use super::visible;

/// How many characters of a value a message repeats.
const SHOWN: usize = 80;
/// How many bytes of a value are kept, to propose what was meant: more than any address has.
const KEPT: usize = 512;

/// What somebody typed, for messages to them.
///
/// Personal data, hence no `Debug`. `Display` puts it in quotation marks, cuts it after 80 characters and
/// leaves out what cannot be seen, so that it can neither flood a page nor turn its writing direction.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(Box<str>);

impl Typed {
    /// Keeps the beginning of a value.
    pub(crate) fn new(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(KEPT)].into())
    }

    /// The beginning of the value, as it came.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.0.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
        let mut seen = seen.filter(|c| !visible::is_invisible(*c));
        let start: String = seen.by_ref().take(SHOWN).collect();
        let ellipsis = if seen.next().is_some() { "…" } else { "" };
        write!(f, "\"{start}{ellipsis}\"")
    }
}
