//! What somebody sent, fit to be shown: nothing in it orders a terminal about, breaks a line or turns the writing.

/// Characters of a value that an answer repeats.
const SHOWN: usize = 60;

/// With everything spelled out that would not be seen: `\n`, `\u{1b}`.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        put(&mut shown, c);
        shown
    })
}

/// The same of the beginning: what is long could flood a page.
pub(crate) fn shortened(text: &str) -> String {
    let mut rest = text.chars();
    let mut shown = rest.by_ref().take(SHOWN).fold(String::new(), |mut shown, c| {
        put(&mut shown, c);
        shown
    });
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A value that may be a URL, without the password in it.
pub(crate) fn without_password(text: &str) -> String {
    let parts = text.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    match parts {
        Some((scheme, (whoever, place))) => {
            let user = whoever.split_once(':').map_or(whoever, |(user, _)| user);
            format!("{scheme}://{user}@{place}")
        }
        None => text.to_owned(),
    }
}

fn put(shown: &mut String, c: char) {
    if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_spelled_out_once() {
        let (text, shown) =
            ("a\u{1b}[2J\u{202e}\r\nb\u{2028}\u{feff}é\\n", r"a\u{1b}[2J\u{202e}\r\nb\u{2028}\u{feff}é\n");
        assert_eq!((visible(text).as_str(), shortened(text).as_str()), (shown, shown));
        // Told by one side, and shown by the other.
        assert_eq!(visible(&visible(text)), shown);
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (text, shown) in [
            ("postgress://ada:s3cr@t@db/seats", "postgress://ada@db/seats"),
            ("mysql://ada@db/seats", "mysql://ada@db/seats"),
            ("ada:x@school.example", "ada:x@school.example"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(shortened(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(shortened(&"\n".repeat(61)), r"\n".repeat(60) + "…");
    }
}
