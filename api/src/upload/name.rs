//! What a file is called, of `Content-Disposition: attachment; filename="class.csv"` (RFC 6266).

use axum::http::{HeaderMap, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A name's letters, no more than can be shown.
const LONGEST: usize = 200;

/// What RFC 8187 lets stand as it is, as far as file names have it.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Of the request's headers. A name in any letters (`filename*`) counts before one in ASCII.
pub(super) fn file_name(headers: &HeaderMap) -> Option<String> {
    let said = String::from_utf8_lossy(headers.get(header::CONTENT_DISPOSITION)?.as_bytes());
    let (mut plain, mut extended) = (None, None);
    for (name, value) in parameters(&said) {
        match name.to_ascii_lowercase().as_str() {
            "filename" => plain = plain.or_else(|| called(&value)),
            "filename*" => extended = extended.or_else(|| called(&in_utf8(&value)?)),
            _ => {}
        }
    }
    extended.or(plain)
}

/// A header that says what a file is called, in any letters.
pub(crate) fn named(name: &str) -> Option<HeaderValue> {
    let name = called(name)?;
    HeaderValue::try_from(format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(&name, ENCODED)))
        .ok()
}

/// A file's name without its folder, no longer than can be shown.
pub(super) fn called(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if name.is_empty() { None } else { Some(name) }
}

fn in_utf8(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| decoded.into_owned())
}

/// Names and values behind the first semicolon, without quotation marks around them. A mark or a backslash in a value stands
/// behind a backslash.
fn parameters(said: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut text, mut quoted, mut letters) = (String::new(), false, said.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            // A folder's backslash, which browsers once sent, is one of the name.
            '\\' if quoted => match letters.as_str().chars().next() {
                Some('"' | '\\') => text.extend(letters.next()),
                _ => text.push('\\'),
            },
            ';' if !quoted => found.push(std::mem::take(&mut text)),
            letter => text.push(letter),
        }
    }
    found.push(text);
    let pair = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    found.iter().skip(1).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_in(said: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers
            .insert(header::CONTENT_DISPOSITION, HeaderValue::from_bytes(said.as_bytes()).expect("a header"));
        file_name(&headers)
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for (said, name) in [
            ("attachment; filename=class.csv", Some("class.csv")),
            ("attachment; filename=\"7b; spring.csv\"", Some("7b; spring.csv")),
            (r#"form-data; name="file"; filename="a \"b\".csv""#, Some(r#"a "b".csv"#)),
            (r#"attachment; filename="C:\Users\ada\class.csv""#, Some("class.csv")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"k.csv\"; filename*=UTF-8''K%C3%A4se%207b.csv", Some("Käse 7b.csv")),
            ("attachment; FILENAME=\"Käse.csv\"", Some("Käse.csv")),
            ("attachment; filename*=latin1''a.csv", None),
            ("attachment; filename=\"\"", None),
            ("attachment", None),
        ] {
            assert_eq!(name_in(said).as_deref(), name, "{said}");
        }
    }

    #[test]
    fn what_we_say_is_read_again() {
        for name in ["class.csv", "7b; \"spring\" 100%.csv", "Käse.csv"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_DISPOSITION, named(name).expect("a header"));
            assert_eq!(file_name(&headers).as_deref(), Some(name));
        }
        assert!(named("folder/").is_none());
    }
}
