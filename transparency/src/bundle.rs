//! Entry bundles: entries behind each other, each with its length before it (C2SP tlog-tiles).

/// An entry that is longer than a bundle can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entry of {0} bytes is longer than a bundle can hold")]
pub struct TooLong(pub usize);

/// Puts an entry behind the others.
pub fn push(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), TooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| TooLong(entry.len()))?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// The entries of a bundle; `None` where it ends within one.
pub fn entries(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length)?;
        entries.push(entry);
        bundle = rest;
    }
    bundle.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were_put_in() {
        let long = vec![b'x'; 65_535];
        let put: [&[u8]; 4] = [b"one", b"", b"three", &long];
        let mut bundle = Vec::new();
        for entry in put {
            push(&mut bundle, entry).expect("short enough");
        }
        assert_eq!(entries(&bundle).expect("entries"), put);
        assert_eq!(push(&mut bundle, &vec![0; 65_536]), Err(TooLong(65_536)));
    }

    #[test]
    fn a_bundle_that_ends_early_is_none() {
        for bundle in [&b"\0"[..], b"\0\x02a", b"\0\x01a\0"] {
            assert_eq!(entries(bundle), None);
        }
        assert_eq!(entries(b""), Some(vec![]));
    }
}
