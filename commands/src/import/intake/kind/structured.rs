//! Texts that are made for programs: markup and JSON.

/// HTML or XML, as it begins.
pub(super) fn is_markup(head: &[u8]) -> bool {
    let marks: [&[u8]; 4] = [b"<!doctype", b"<html", b"<?xml", b"<table"];
    marks.iter().any(|mark| begins(text(head), mark))
}

/// A picture that is XML: its first element says so, behind whatever declares and explains it.
pub(super) fn is_svg(head: &[u8]) -> bool {
    let mut rest = text(head);
    loop {
        let end: &[u8] = match () {
            () if begins(rest, b"<svg") => {
                return rest.get(4).is_some_and(|next| b" \t\r\n>/".contains(next));
            }
            () if rest.starts_with(b"<!--") => b"-->",
            () if rest.starts_with(b"<?") || rest.starts_with(b"<!") => b">",
            () => return false,
        };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else { return false };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
}

/// An object with a name in it, or a list of such or of texts: no row of names begins so.
pub(super) fn is_json(head: &[u8]) -> bool {
    let text = text(head);
    match text.split_first() {
        Some((b'{', rest)) => is_object(rest),
        Some((b'[', rest)) => {
            let rest = rest.trim_ascii_start();
            let texts = || {
                let behind = behind_string(rest)?.trim_ascii_start();
                // A name in brackets may begin a row of names: then more follows.
                let closed = behind.strip_prefix(b"]").map(<[u8]>::trim_ascii_start);
                Some(behind.starts_with(b",") || closed.is_some_and(<[u8]>::is_empty))
            };
            match rest.split_first() {
                Some((b'{', rest)) => is_object(rest),
                _ => texts().unwrap_or(false),
            }
        }
        _ => false,
    }
}

fn is_object(rest: &[u8]) -> bool {
    let behind = behind_string(rest.trim_ascii_start());
    behind.is_some_and(|behind| behind.trim_ascii_start().starts_with(b":"))
}

/// What stands behind a text in quotation marks.
fn behind_string(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"\"")?;
    let mut escaped = false;
    let end = inner.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    Some(&inner[end + 1..])
}

/// Without what stands before the first sign.
fn text(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start()
}

fn begins(text: &[u8], mark: &[u8]) -> bool {
    text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
}
