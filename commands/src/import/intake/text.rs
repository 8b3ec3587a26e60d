//! A file's bytes as UTF-8 text, piece by piece: memory does not grow with the file.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};

use super::{encoding::Encoding, pieces::Pieces};

/// Reads text. UTF-8 goes through as it is: all of it was looked at before.
pub(super) struct Text<R> {
    pieces: Pieces<R>,
    decoding: Option<Decoding>,
}

struct Decoding {
    decoder: Decoder,
    /// Bytes that were read and not decoded yet.
    bytes: Vec<u8>,
    ended: bool,
    broken: bool,
}

/// What a piece came to.
pub(super) enum Piece {
    /// There may be more.
    More,
    /// The text ends here.
    End,
    /// The next bytes mean nothing in this encoding.
    Broken,
}

impl<R: Read> Text<R> {
    /// Reads from where the source is; a byte order mark lies behind.
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        let decoding = (encoding != Encoding::Utf8).then(|| Decoding {
            decoder: encoding.table().new_decoder_without_bom_handling(),
            bytes: Vec::new(),
            ended: false,
            broken: false,
        });
        Self { pieces: Pieces::of(source), decoding }
    }

    /// Appends some text.
    pub(super) fn read(&mut self, text: &mut Vec<u8>) -> io::Result<Piece> {
        let Some(decoding) = &mut self.decoding else {
            let piece = self.pieces.next()?;
            text.extend_from_slice(piece);
            return Ok(if piece.is_empty() { Piece::End } else { Piece::More });
        };
        if decoding.bytes.is_empty() && !decoding.ended && !decoding.broken {
            decoding.bytes.extend_from_slice(self.pieces.next()?);
            decoding.ended = decoding.bytes.is_empty();
        }
        Ok(decoding.decode(text))
    }
}

impl Decoding {
    /// A fault is told when all the text before it was taken: then it has the same place whatever the pieces.
    fn decode(&mut self, text: &mut Vec<u8>) -> Piece {
        if self.broken {
            return Piece::Broken;
        }
        let start = text.len();
        let most = self.decoder.max_utf8_buffer_length_without_replacement(self.bytes.len());
        text.resize(start + most.unwrap_or(self.bytes.len()), 0);
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.bytes, &mut text[start..], self.ended);
        text.truncate(start + written);
        self.bytes.drain(..read);
        self.broken = matches!(result, DecoderResult::Malformed(..));
        match result {
            DecoderResult::Malformed(..) if written == 0 => Piece::Broken,
            DecoderResult::InputEmpty if self.ended => Piece::End,
            _ => Piece::More,
        }
    }
}
