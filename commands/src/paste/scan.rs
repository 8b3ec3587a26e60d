//! From a line to words, and from words to runs.

use std::ops::Range;

/// What a piece of a line is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Anything between white space.
    Word,
    /// What stands between double quotation marks, with them.
    Quoted,
    /// What stands between angle brackets, without them.
    Bracketed,
}

/// A piece of a line: its form, and where it is, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) form: Form,
    pub(super) range: Range<usize>,
}

/// The tokens between two commas, semicolons or line ends.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) tokens: Vec<Token>,
    /// A comma may also stand within a name: `Doe, Jane`.
    pub(super) ended_by_comma: bool,
}

/// Takes a line apart. Runs without tokens are left out.
pub(super) fn runs(line: &str) -> Vec<Run> {
    let mut scanner = Scanner { line, end: line.len(), at: 0, runs: Vec::new(), run: Run::default() };
    scanner.scan();
    scanner.end_run(false);
    scanner.runs
}

struct Scanner<'a> {
    line: &'a str,
    /// Where to stop: the end of the line, or of a quotation that is taken apart.
    end: usize,
    at: usize,
    runs: Vec<Run>,
    run: Run,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                ',' | ';' => {
                    self.end_run(c == ',');
                    self.at += 1;
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '<' if self.bracket() => {}
                '"' if self.quotation() => {}
                _ => self.word(0),
            }
        }
    }

    fn rest(&self) -> &str {
        &self.line[self.at..self.end]
    }

    fn end_run(&mut self, ended_by_comma: bool) {
        let run = std::mem::take(&mut self.run);
        if !run.tokens.is_empty() {
            self.runs.push(Run { ended_by_comma, ..run });
        }
    }

    fn push(&mut self, form: Form, range: Range<usize>) {
        self.run.tokens.push(Token { form, range });
    }

    /// Takes `<...>`, if it is closed before anything else begins or ends, and not empty.
    fn bracket(&mut self) -> bool {
        let Some(inside) = bracketed(self.rest()) else { return false };
        let start = self.at + 1;
        let text = &self.line[start..start + inside];
        let indent = text.len() - text.trim_start().len();
        self.push(Form::Bracketed, start + indent..start + indent + text.trim().len());
        self.at = start + inside + 1;
        true
    }

    /// Takes `"..."`, if it is closed within the line and ends a word.
    fn quotation(&mut self) -> bool {
        let Some(length) = quotation_length(self.rest()) else { return false };
        let (start, end) = (self.at, self.at + length);
        let after = &self.line[end..self.end];
        if after.starts_with('@') {
            // A local part in quotation marks.
            self.word(length);
        } else if bracketed(after.trim_start()).is_some() {
            self.push(Form::Quoted, start..end);
            self.at = end;
        } else if !after.is_empty() && !after.starts_with(is_separator) {
            return false;
        } else if self.line[start..end].contains('@') {
            self.take_apart(start + 1..end - 1);
        } else {
            self.push(Form::Quoted, start..end);
            self.at = end;
        }
        true
    }

    /// A cell of a spreadsheet: its quotation marks say nothing, what is between them is a list again.
    fn take_apart(&mut self, inside: Range<usize>) {
        let end = std::mem::replace(&mut self.end, inside.end);
        self.at = inside.start;
        self.scan();
        self.end = end;
        self.at = inside.end + 1;
    }

    /// Takes a word, whose first bytes are known to belong to it; so does its first character.
    fn word(&mut self, known: usize) {
        let start = self.at;
        let first = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at += known.max(first);
        while let Some(offset) = self.rest().find(|c| is_separator(c) || c == '<') {
            self.at += offset;
            if !self.rest().starts_with('<') || bracketed(self.rest()).is_some() {
                self.push(Form::Word, start..self.at);
                return;
            }
            // A bracket left open is a letter like others.
            self.at += 1;
        }
        self.at = self.end;
        self.push(Form::Word, start..self.end);
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';') || c.is_whitespace()
}

/// How many bytes stand between the `<` at the start and its `>`.
///
/// It looks no further than the next `<` or separator of runs, so that looking from each `<` stays linear.
fn bracketed(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(['<', '>', ',', ';'])?;
    (inside[end..].starts_with('>') && !inside[..end].trim().is_empty()).then_some(end)
}

/// How many bytes a quotation takes, with both its marks; a backslash hides the character behind it.
fn quotation_length(text: &str) -> Option<usize> {
    let mut hidden = false;
    let inside = text.strip_prefix('"')?;
    let end = inside.find(|c| {
        let closes = c == '"' && !hidden;
        hidden = c == '\\' && !hidden;
        closes
    })?;
    Some(end + 2)
}
