//! A quotation mark that nobody closed.

use super::lines::is_line_end;

/// Where the quotation mark stands that a raw row opens and does not close, if it does so.
///
/// The parser prefers some reading to none: to it, such a cell goes on to the end of the file, or to the next
/// quotation mark, which was meant to open another cell. Then rows would vanish into a cell, and nobody would be
/// told. So a cell that goes over several lines must end as a quoted cell does: before a separator or a line end.
pub(super) fn unclosed(raw: &[u8], separator: u8) -> Option<usize> {
    let ends_cell = |byte: &u8| *byte == separator || is_line_end(*byte);
    let mut start = 0;
    while start < raw.len() {
        let mut rest = start;
        if raw[start] == b'"' {
            let Some(close) = closing(raw, start + 1) else { return Some(start) };
            rest = close + 1;
            let behind = raw[rest..].split(ends_cell).next().unwrap_or_default();
            let goes_on = behind.iter().any(|byte| *byte != b' ');
            if goes_on && raw[start..close].iter().copied().any(is_line_end) {
                return Some(start);
            }
        }
        start = rest + raw[rest..].iter().position(ends_cell)? + 1;
    }
    None
}

/// The quotation mark that ends a quoted cell; a doubled one is part of the text.
fn closing(raw: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += raw[at..].iter().position(|byte| *byte == b'"')?;
        if raw.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::unclosed;

    #[test]
    fn a_mark_that_is_closed_is_no_fault_and_one_that_is_not_is_found() {
        for (raw, found) in [
            (&b"a,b\r"[..], None),
            (b"\"a\",b\n", None),
            (b"\"a\nb\",c\n", None),
            (b"\"a\nb\"  ,c\n", None),
            (b"a,\"b \"\" \n, c\"", None),
            (b"a\"b,c\"d\n", None),
            (b"\"Ada\" Lovelace,b\n", None),
            (b"\"\",\"\"\"\"\n", None),
            (b"\"a,b\n", Some(0)),
            (b"a,\"b", Some(2)),
            (b"a,\"b\"\"", Some(2)),
            (b"\"a\",\"b\nc,\"d\"\n", Some(4)),
        ] {
            assert_eq!(unclosed(raw, b','), found, "{}", String::from_utf8_lossy(raw));
        }
    }
}
