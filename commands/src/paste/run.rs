//! From runs to items: which words are addresses, which are names.

use std::ops::Range;

use super::scan::{Form, Run, Token};

/// Bullets that no address starts with. Hyphen and asterisk are not among them: an address may.
const BULLETS: &[char] = &[
    '•', '◦', '▪', '▫', '‣', '⁃', '●', '○', '■', '□', '◆', '►', '▶', '–', '—', '·', '∙', '✓', '\u{F0B7}',
    '\u{F0A7}',
];

/// Quotation marks that stand in pairs, beside the double ones.
const PAIRS: [(char, char); 6] = [('\'', '\''), ('‘', '’'), ('“', '”'), ('„', '“'), ('«', '»'), ('»', '«')];

/// Where the items of a line are, in bytes and in order.
pub(super) fn items(line: &str, runs: &[Run]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        if !runs.get(index + 1).is_some_and(|next| is_surname(line, run, next)) {
            Words { line, tokens: &run.tokens }.collect_into(&mut items);
        }
    }
    items
}

/// Whether a run is the `Doe` of `Doe, Jane <jane@x.org>`.
fn is_surname(line: &str, run: &Run, next: &Run) -> bool {
    let is_name = |token: &Token| {
        let text = &line[token.range.clone()];
        token.form == Form::Word && !is_address(line, token) && !text.contains(|c: char| c.is_ascii_digit())
    };
    run.ended_by_comma
        && run.tokens.iter().all(is_name)
        && next.tokens.first().is_some_and(is_name)
        && next
            .tokens
            .iter()
            .any(|token| token.form == Form::Bracketed || line[token.range.clone()].contains('@'))
}

/// Whether a token is meant as an address, be it a bad one.
fn is_address(line: &str, token: &Token) -> bool {
    let text = &line[token.range.clone()];
    match token.form {
        Form::Bracketed => true,
        Form::Quoted => false,
        Form::Word => text.contains('@') || looks_like_domain(text),
    }
}

/// `ada.example.org` may be an address whose @ was forgotten; `J.`, `St.` and `1.` are not.
fn looks_like_domain(word: &str) -> bool {
    let Some((before, top)) = word.trim_end_matches('.').rsplit_once('.') else { return false };
    let ends_in_letter = |text: &str| text.chars().next_back().is_some_and(char::is_alphanumeric);
    before.chars().nth(1).is_some()
        && ends_in_letter(before)
        && top.chars().nth(1).is_some()
        && top.chars().all(char::is_alphabetic)
}

/// The words of one run.
struct Words<'a> {
    line: &'a str,
    tokens: &'a [Token],
}

impl Words<'_> {
    fn collect_into(&self, items: &mut Vec<Range<usize>>) {
        let is_certain = |token: &Token| token.form == Form::Bracketed || self.text(token).contains('@');
        if !self.tokens.iter().any(is_certain) {
            items.extend(self.whole_run());
            return;
        }
        let listed = self.is_list();
        let mut index = 0;
        while let Some(token) = self.tokens.get(index) {
            let joined = self.joined(index);
            let repeated = usize::from(self.is_repeated_in_brackets(index));
            if joined > 1 {
                items.push(token.range.start..self.tokens[index + joined - 1].range.end);
            } else if is_address(self.line, token) || (listed && self.is_lost_word(index)) {
                items.push(self.bare(token));
            }
            index += joined + repeated;
        }
    }

    /// Several bare addresses: then white space sets items apart, and a word among them is no name but an item.
    fn is_list(&self) -> bool {
        let is_bare = |token: &&Token| token.form == Form::Word && self.text(token).contains('@');
        self.tokens.iter().filter(is_bare).nth(1).is_some()
    }

    /// Whether a word behind an address belongs to no address in brackets behind it, and is no remark in
    /// parentheses. Words before the first address are a name.
    fn is_lost_word(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        let text = self.text(token);
        if text.starts_with('(') || text.ends_with(')') {
            return false;
        }
        if !self.tokens[..index].iter().any(|token| is_address(self.line, token)) {
            return false;
        }
        let next = self.tokens[index..].iter().find(|token| is_address(self.line, token));
        token.form == Form::Word
            && text.contains(char::is_alphanumeric)
            && next.is_none_or(|next| next.form != Form::Bracketed)
    }

    fn text(&self, token: &Token) -> &str {
        &self.line[token.range.clone()]
    }

    /// The run as one item, unless it is only a bullet or a number of a list.
    fn whole_run(&self) -> Option<Range<usize>> {
        let (first, last) = (self.tokens.first()?, self.tokens.last()?);
        let text = &self.line[first.range.start..last.range.end];
        let is_number = text
            .strip_suffix(['.', ')'])
            .is_some_and(|number| number.trim_start_matches('(').chars().all(|c| c.is_ascii_digit()));
        let says_something = text.contains(char::is_alphanumeric) && !is_number;
        says_something.then_some(first.range.start..last.range.end)
    }

    /// How many tokens from here belong together because an @ has spaces beside it.
    fn joined(&self, index: usize) -> usize {
        let word = |at: usize| self.tokens.get(at).filter(|t| t.form == Form::Word).map(|t| self.text(t));
        let is_plain = |at: usize| word(at).is_some_and(|text| !text.contains('@'));
        match (word(index), word(index + 1)) {
            (Some(text), Some(_)) if text.ends_with('@') && is_plain(index + 1) => 2,
            (Some(text), Some("@")) if !text.contains('@') && is_plain(index + 2) => 3,
            (Some(text), Some(next)) if !text.contains('@') && next.starts_with('@') => 2,
            (Some(_) | None, Some(_) | None) => 1,
        }
    }

    /// `jane@x.org <jane@x.org>` and `jane@x.org <mailto:jane@x.org>` are one person, written twice.
    fn is_repeated_in_brackets(&self, index: usize) -> bool {
        let (token, next) = (&self.tokens[index], self.tokens.get(index + 1));
        next.is_some_and(|next| {
            let inside = self.text(next);
            let inside = inside.strip_prefix("mailto:").unwrap_or(inside);
            (token.form, next.form) == (Form::Word, Form::Bracketed)
                && self.line[self.bare(token)].eq_ignore_ascii_case(inside)
        })
    }

    /// Where an address is, without the signs around it that belong to none.
    fn bare(&self, token: &Token) -> Range<usize> {
        let Range { mut start, mut end } = token.range.clone();
        if token.form != Form::Word {
            return start..end;
        }
        start = end - self.line[start..end].trim_start_matches(BULLETS).len();
        let text = &self.line[start..end];
        if let Some((open, close)) = PAIRS.iter().find(|(open, close)| is_within(text, *open, *close)) {
            start += open.len_utf8();
            end -= close.len_utf8();
        }
        // Marks that were left open, or opened on another line.
        let text = &self.line[start..end];
        let lonely: &[char] = if text.matches('"').count() == 1 { &['<', '>', '"'] } else { &['<', '>'] };
        start = end - text.trim_start_matches(lonely).len();
        end = start + self.line[start..end].trim_end_matches(lonely).len();
        start..end
    }
}

fn is_within(text: &str, open: char, close: char) -> bool {
    text.strip_prefix(open).is_some_and(|behind| behind.ends_with(close))
}
