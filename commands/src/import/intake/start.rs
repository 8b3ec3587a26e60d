//! What a file is and in which encoding, decided over all of its bytes.

use std::io::{Read, Seek, SeekFrom};

use super::{
    charset::{Charset, note},
    encoding::{self, Encoding},
    kind::Kind,
    limits,
    records::Records,
    separator::Separator,
    survey::{Survey, bytes_seen, line_of},
    text::Text,
};
use crate::import::{InputError, fault::TooLarge};

/// As much of a file as tells its kind.
const HEAD: u64 = 64 << 10;

/// How a source of bytes is read as text, from where.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub encoding: Encoding,
    pub offset: u64,
}

impl Start {
    /// The rows from the beginning on.
    pub(super) fn rows<R: Read + Seek>(
        self,
        mut source: R,
        separator: Separator,
    ) -> Result<Records<R>, InputError> {
        source.seek(SeekFrom::Start(self.offset))?;
        Records::new(Text::new(source, self.encoding), separator)
    }
}

/// Looks at all bytes and decides in which encoding they are; and what is to be checked about that.
pub(super) fn start_of<R: Read + Seek>(
    source: &mut R,
    declared: Option<Charset>,
) -> Result<(Start, Option<String>), InputError> {
    if source.seek(SeekFrom::End(0))? > limits::FILE {
        return Err(InputError::TooLarge(TooLarge::Bytes(limits::FILE)));
    }
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_to_end(&mut head)?;
    if let Some(kind) = Kind::of(&head) {
        return Err(InputError::NotCsv(kind));
    }
    let marked = encoding::marked(&head);
    if let Some((encoding, offset)) = marked.or(encoding::utf16_by_zeros(&head).map(|found| (found, 0)))
        && encoding != Encoding::Utf8
    {
        return Ok((Start { encoding, offset }, note(encoding, declared, false)));
    }
    if head.contains(&0) && !head.to_ascii_lowercase().windows(5).any(|word| word == b"email") {
        return Err(InputError::NotCsv(Kind::Binary));
    }
    let offset = marked.map_or(0, |(_, length)| length);
    let (encoding, is_utf8_too) = surveyed(source, offset > 0, declared)?;
    Ok((Start { encoding, offset }, note(encoding, declared, is_utf8_too)))
}

/// What was declared, where every byte means something in it; UTF-8 where all of it is; otherwise one of the encodings
/// that nothing in a file tells. And whether it may as well be UTF-8.
fn surveyed<R: Read + Seek>(
    source: &mut R,
    marked: bool,
    declared: Option<Charset>,
) -> Result<(Encoding, bool), InputError> {
    source.seek(SeekFrom::Start(0))?;
    let survey = Survey::of(source)?;
    // A mark is more than somebody's word.
    if let Some(declared) = declared.and_then(Charset::single_byte).filter(|_| !marked)
        && declared.fits(&bytes_seen(source)?)
    {
        return Ok((declared, survey.broken == 0 && survey.wide > 0));
    }
    if survey.broken == 0 {
        return Ok((Encoding::Utf8, false));
    }
    // UTF-8 with a few broken bytes is no other encoding: read as one, every é in it would become two letters.
    if marked || survey.wide > survey.broken {
        return Err(InputError::Undecodable { line: line_of(source, |at, _| at == survey.first_broken)? });
    }
    let seen = bytes_seen(source)?;
    let assumed = [Encoding::Windows1252, Encoding::Windows1250].into_iter().find(|one| one.fits(&seen));
    if let Some(encoding) = assumed {
        return Ok((encoding, false));
    }
    let line = line_of(source, |_, byte| !(byte.is_ascii() || Encoding::Windows1252.has(byte)))?;
    Err(InputError::Undecodable { line })
}
