//! From runs to items: which words are addresses, which are names.

use std::ops::Range;

use super::scan::{self, Form, Run, Token};

/// Bullets that no address starts with. Hyphen and asterisk are not among them: an address may.
const BULLETS: &[char] = &[
    '•', '◦', '▪', '▫', '‣', '⁃', '●', '○', '■', '□', '◆', '►', '▶', '–', '—', '·', '∙', '✓', '\u{F0B7}',
    '\u{F0A7}',
];

/// Quotation marks that stand in pairs, beside the double ones.
const PAIRS: [(char, char); 6] = [('\'', '\''), ('‘', '’'), ('“', '”'), ('„', '“'), ('«', '»'), ('»', '«')];

/// The labels of a mail header that addresses stand behind.
const HEADERS: [&str; 6] = ["From", "To", "Cc", "Bcc", "Sender", "Reply-To"];

/// Where the items of a line are, in bytes and in order.
pub(super) fn items(line: &str) -> Vec<Range<usize>> {
    let runs = scan::runs(line);
    let mut items = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        if !runs.get(index + 1).is_some_and(|next| is_surname(line, run, next)) {
            Words { line, tokens: &run.tokens }.collect_into(&mut items);
        }
    }
    items
}

/// The same of a part of a line.
pub(super) fn items_within(line: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let place = |item: Range<usize>| part.start + item.start..part.start + item.end;
    items(&line[part.clone()]).into_iter().map(place).collect()
}

/// Whether a run is the `Doe` of `Doe, Jane <jane@x.org>`.
fn is_surname(line: &str, run: &Run, next: &Run) -> bool {
    let is_name = |token: &Token| {
        let text = &line[token.range.clone()];
        token.form == Form::Word && !is_address(line, token) && !text.contains(|c: char| c.is_ascii_digit())
    };
    let address = next.tokens.iter().position(|token| is_address(line, token));
    let (Some(token), Some(first)) = (address.and_then(|at| next.tokens.get(at)), next.tokens.first()) else {
        return false;
    };
    run.ended_by_comma && run.tokens.iter().all(is_name) && is_name(first) && token.form == Form::Bracketed
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

/// What a token says, without the quotation marks around it.
fn inside(token: &Token) -> Range<usize> {
    let Range { start, end } = token.range;
    if token.form == Form::Quoted { start + 1..end - 1 } else { start..end }
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
        let next_address = self.next_addresses();
        let mut index = self.lead();
        while let Some(token) = self.tokens.get(index) {
            let joined = self.joined(index);
            let repeated = usize::from(self.is_repeated_in_brackets(index));
            if joined > 1 {
                items.push(token.range.start..self.tokens[index + joined - 1].range.end);
            } else if is_address(self.line, token) {
                items.push(self.bare(token));
            } else if self.says_something(token) && !self.is_name(token, next_address[index]) {
                items.push(inside(token));
            }
            index += joined + repeated;
            if is_address(self.line, token) {
                index += self.remark(index, next_address.get(index).copied().flatten());
            }
        }
    }

    /// How many tokens at the start only lead in: the number of a list, a bullet, the label of a mail header.
    fn lead(&self) -> usize {
        let Some(first) = self.tokens.first() else { return 0 };
        let (text, behind) = (self.text(first), &self.line[first.range.end..]);
        let is_label = text
            .strip_suffix(':')
            .is_some_and(|name| HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header)));
        // A round bullet is pasted as this letter, with a tab behind it.
        let is_bullet = text == "o" && behind.starts_with('\t');
        usize::from(is_number(text) || is_label || is_bullet)
    }

    /// The address at or behind each token, found in one pass: a hostile run has many words and no address.
    fn next_addresses(&self) -> Vec<Option<usize>> {
        let mut next = vec![None; self.tokens.len()];
        let mut found = None;
        for (index, token) in self.tokens.iter().enumerate().rev() {
            if is_address(self.line, token) {
                found = Some(index);
            }
            next[index] = found;
        }
        next
    }

    /// Whether a token is of the name of the address behind it: any word where that is in angle brackets, be
    /// they left open, and what is in quotation marks; nothing with an @ before what has none.
    fn is_name(&self, token: &Token, address: Option<usize>) -> bool {
        let said_again =
            |address: &Token| !self.text(token).contains('@') || self.text(address).contains('@');
        address.map(|at| &self.tokens[at]).filter(|address| said_again(address)).is_some_and(|address| {
            token.form == Form::Quoted
                || address.form == Form::Bracketed
                || self.text(address).starts_with('<')
        })
    }

    /// How many tokens a remark in parentheses takes, as in `jane@x.org (Jane Doe)`. None holds an address.
    fn remark(&self, index: usize, next_address: Option<usize>) -> usize {
        let end = next_address.unwrap_or(self.tokens.len());
        let behind = self.tokens.get(index..end).unwrap_or_default();
        if !behind.first().is_some_and(|token| self.text(token).starts_with('(')) {
            return 0;
        }
        behind.iter().position(|token| self.text(token).ends_with(')')).map_or(0, |last| last + 1)
    }

    fn says_something(&self, token: &Token) -> bool {
        self.text(token).contains(char::is_alphanumeric)
    }

    fn text(&self, token: &Token) -> &str {
        &self.line[token.range.clone()]
    }

    /// The run as one item, unless it is only a bullet or a number of a list.
    fn whole_run(&self) -> Option<Range<usize>> {
        let (first, last) = (self.tokens.first()?, self.tokens.last()?);
        let text = &self.line[first.range.start..last.range.end];
        let says_something = text.contains(char::is_alphanumeric) && !is_number(text);
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

/// The number of a list's line: `1.`, `2)`, `(3)`.
fn is_number(text: &str) -> bool {
    text.strip_suffix(['.', ')'])
        .is_some_and(|number| number.trim_start_matches('(').chars().all(|c| c.is_ascii_digit()))
}

fn is_within(text: &str, open: char, close: char) -> bool {
    text.strip_prefix(open).is_some_and(|behind| behind.ends_with(close))
}
