//! What the eye does not see, and a paste brings along.

/// Something in a text that looks like nothing.
pub(crate) enum Hidden {
    /// White space of any kind.
    Space,
    /// An invisible character, and which one in the text it is: the first is 1.
    Invisible(char, usize),
}

/// Without white space and invisible characters at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// The first character that takes up a place without being seen.
pub(crate) fn first_hidden(text: &str) -> Option<Hidden> {
    let (index, character) = text.chars().enumerate().find(|(_, c)| c.is_whitespace() || is_invisible(*c))?;
    Some(if character.is_whitespace() { Hidden::Space } else { Hidden::Invisible(character, index + 1) })
}

/// Whether a character shows nothing and is no white space.
pub fn is_invisible(c: char) -> bool {
    !matches!(c, ' '..='~')
        && (c.is_control() || INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&c)))
}

/// Unicode's `Default_Ignorable_Code_Point`, and the few others that fonts leave empty.
const INVISIBLE: [(char, char); 20] = [
    ('\u{00AD}', '\u{00AD}'),   // soft hyphen
    ('\u{034F}', '\u{034F}'),   // grapheme joiner
    ('\u{061C}', '\u{061C}'),   // Arabic letter mark
    ('\u{115F}', '\u{1160}'),   // Hangul fillers
    ('\u{17B4}', '\u{17B5}'),   // Khmer inherent vowels
    ('\u{180B}', '\u{180F}'),   // Mongolian selectors, vowel separator
    ('\u{200B}', '\u{200F}'),   // zero-width space and joiners, direction marks
    ('\u{202A}', '\u{202E}'),   // embeddings and overrides of direction
    ('\u{2060}', '\u{206F}'),   // word joiner, invisible operators, isolates
    ('\u{2800}', '\u{2800}'),   // empty Braille pattern
    ('\u{3164}', '\u{3164}'),   // Hangul filler
    ('\u{FE00}', '\u{FE0F}'),   // variation selectors
    ('\u{FEFF}', '\u{FEFF}'),   // byte order mark
    ('\u{FFA0}', '\u{FFA0}'),   // half-width Hangul filler
    ('\u{FFF0}', '\u{FFF8}'),   // unassigned, to be ignored
    ('\u{FFF9}', '\u{FFFB}'),   // annotations between lines
    ('\u{13430}', '\u{1343F}'), // joiners of hieroglyphs
    ('\u{1BCA0}', '\u{1BCA3}'), // shorthand formats
    ('\u{1D173}', '\u{1D17A}'), // music formats
    ('\u{E0000}', '\u{E0FFF}'), // tags, more variation selectors
];

/// The name of an invisible character that people meet, for a message.
pub fn name_of(c: char) -> &'static str {
    match c {
        '\u{00AD}' => "soft hyphen",
        '\u{200B}' => "zero-width space",
        '\u{200C}' => "zero-width non-joiner",
        '\u{200D}' => "zero-width joiner",
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            "mark of writing direction"
        }
        '\u{2060}' => "word joiner",
        '\u{FEFF}' => "byte order mark",
        _ if c.is_control() => "control character",
        _ => "invisible character",
    }
}
