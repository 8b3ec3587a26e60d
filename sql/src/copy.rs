//! Rows as `COPY` takes them: text, tabs between columns.

use crate::{SqlError, ToValue, Value};

/// Writes a row.
pub(crate) fn put_row(rows: &mut Vec<u8>, values: &[&dyn ToValue]) -> Result<(), SqlError> {
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            rows.push(b'\t');
        }
        match value.to_value()? {
            Value::Null => rows.extend(b"\\N"),
            Value::Number(number) => rows.extend(number.to_string().as_bytes()),
            Value::Text(text) => put_text(rows, text),
            Value::Id(id) | Value::Stream(id) => {
                rows.extend(id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).as_bytes());
            }
            Value::Bytes(bytes) => put_bytes(rows, bytes),
        }
    }
    rows.push(b'\n');
    Ok(())
}

/// In hexadecimal digits, as the server shows them.
fn put_bytes(rows: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    rows.extend(b"\\\\x");
    for byte in bytes {
        rows.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

fn put_text(rows: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => rows.extend(b"\\\\"),
            b'\t' => rows.extend(b"\\t"),
            b'\n' => rows.extend(b"\\n"),
            b'\r' => rows.extend(b"\\r"),
            byte => rows.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn what_ends_a_column_or_a_row_is_escaped() {
        let mut rows = Vec::new();
        let id = uuid::Uuid::from_u128(1);
        let bytes: &[u8] = &[0, 0x5c, 255];
        put_row(&mut rows, values!["a\\b\tc\nd\re", None::<u64>, 7_u64, id, bytes]).expect("a row");
        let expected = "a\\\\b\\tc\\nd\\re\t\\N\t7\t00000000-0000-0000-0000-000000000001\t\\\\x005cff\n";
        assert_eq!(String::from_utf8(rows).expect("text"), expected);
    }
}
