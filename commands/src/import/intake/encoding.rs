//! In which encoding a file is written.

use encoding_rs::{
    ISO_8859_2, ISO_8859_15, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1257,
};
use serde::Serialize;

/// How the bytes of a file were read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub enum Encoding {
    /// With or without a byte order mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// Two bytes for a character, the lower first: what Excel calls "Unicode Text".
    #[serde(rename = "UTF-16LE")]
    Utf16Le,
    /// The higher first.
    #[serde(rename = "UTF-16BE")]
    Utf16Be,
    /// Western European, one byte for a character. Assumed unless declared: nothing in a file says so.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// Central European. Assumed where a byte means nothing in Windows-1252.
    #[serde(rename = "windows-1250")]
    Windows1250,
    /// Cyrillic. Only where declared.
    #[serde(rename = "windows-1251")]
    Windows1251,
    /// Greek. Only where declared.
    #[serde(rename = "windows-1253")]
    Windows1253,
    /// Turkish. Only where declared.
    #[serde(rename = "windows-1254")]
    Windows1254,
    /// Baltic. Only where declared.
    #[serde(rename = "windows-1257")]
    Windows1257,
    /// Central European, as other systems than Windows write it. Only where declared.
    #[serde(rename = "ISO-8859-2")]
    Iso8859_2,
    /// Western European with the euro, as other systems than Windows write it. Only where declared.
    #[serde(rename = "ISO-8859-15")]
    Iso8859_15,
    /// Western European, as Excel for Mac writes CSV. Only where declared.
    #[serde(rename = "macintosh")]
    Macintosh,
}

impl Encoding {
    /// Its registered name.
    pub fn name(self) -> &'static str {
        self.table().name()
    }

    /// Whether the file is taken to be so because it is not UTF-8, and may as well be another of its kind.
    pub fn is_assumed(self) -> bool {
        matches!(self, Self::Windows1252 | Self::Windows1250)
    }

    /// Whether each of these bytes means something in it. In those of more than one byte, that is not up to single ones.
    pub(super) fn fits(self, seen: &[bool; 256]) -> bool {
        (0x80..=u8::MAX).filter(|byte| seen[usize::from(*byte)]).all(|byte| self.has(byte))
    }

    /// Whether a byte beyond ASCII means something in it.
    pub(super) fn has(self, byte: u8) -> bool {
        if matches!(self, Self::Utf8 | Self::Utf16Le | Self::Utf16Be) {
            return true;
        }
        let (text, wrong) = self.table().decode_without_bom_handling(std::slice::from_ref(&byte));
        // Control characters stand in the tables where nothing else does.
        !wrong && !text.contains(|c| ('\u{80}'..='\u{9F}').contains(&c))
    }

    pub(super) fn table(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
            Self::Windows1250 => WINDOWS_1250,
            Self::Windows1251 => WINDOWS_1251,
            Self::Windows1253 => WINDOWS_1253,
            Self::Windows1254 => WINDOWS_1254,
            Self::Windows1257 => WINDOWS_1257,
            Self::Iso8859_2 => ISO_8859_2,
            Self::Iso8859_15 => ISO_8859_15,
            Self::Macintosh => MACINTOSH,
        }
    }
}

/// What a byte order mark says, and how long it is.
pub(super) fn marked(head: &[u8]) -> Option<(Encoding, u64)> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Some((Encoding::Utf8, 3)),
        [0xFF, 0xFE, ..] => Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Encoding::Utf16Be, 2)),
        _ => None,
    }
}

/// UTF-16 without a byte order mark: of each ASCII character every second byte is zero, and addresses are ASCII.
/// Zeros that got into other text by accident make no word of it.
pub(super) fn utf16_by_zeros(head: &[u8]) -> Option<Encoding> {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = |these: usize, those: usize| these > those * 4 && these * 20 > head.len();
    match () {
        () if many(odd, even) && has_word(head, u16::from_le_bytes) => Some(Encoding::Utf16Le),
        () if many(even, odd) && has_word(head, u16::from_be_bytes) => Some(Encoding::Utf16Be),
        () => None,
    }
}

/// Whether there is something of an address, or of the word that stands above them.
fn has_word(head: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let units = head.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    // Whatever is not ASCII becomes a space: only words of ASCII are looked for.
    let text: Vec<u8> = units.map(|unit| u8::try_from(unit).unwrap_or(b' ').to_ascii_lowercase()).collect();
    text.contains(&b'@') || text.windows(4).any(|word| word == b"mail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_known_by_its_zeros_even_where_most_text_is_not_latin() {
        for text in
            ["Email\nada@x.org\n", "Имя;Email\nАда Августа Лавлейс;ada@x.org\n", "名,Email\n一二,a@x.org\n"]
        {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(utf16_by_zeros(&little), Some(Encoding::Utf16Le), "{text}");
            assert_eq!(utf16_by_zeros(&big), Some(Encoding::Utf16Be), "{text}");
            assert_eq!(utf16_by_zeros(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn zeros_that_got_in_by_accident_make_no_utf16() {
        assert_eq!(utf16_by_zeros(&[0; 100]), None);
        assert_eq!(utf16_by_zeros(b"Email\nada@school.example\0\nbob@school.example\n"), None);
    }

    #[test]
    fn a_byte_means_something_or_does_not() {
        let fits = |encoding: Encoding, bytes: &[u8]| {
            let mut seen = [false; 256];
            for byte in bytes {
                seen[usize::from(*byte)] = true;
            }
            encoding.fits(&seen)
        };
        assert!(fits(Encoding::Windows1252, b"J\xFCrgen"));
        assert!(
            !fits(Encoding::Windows1252, b"\x8Aast\x9Dn\xFD")
                && fits(Encoding::Windows1250, b"\x8Aast\x9Dn\xFD")
        );
        assert!(!fits(Encoding::Windows1250, b"\x81\x8F"));
    }
}
