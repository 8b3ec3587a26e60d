//! Whole numbers in requests.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// A whole number, 0 or more: up to what every reader of JSON holds exactly, and written however JSON allows (5 or 5.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub u64);

/// 2^53 - 1: beyond it, many readers of JSON round (RFC 8259, 6).
pub(crate) const MOST: u64 = (1 << 53) - 1;

impl From<Whole> for u64 {
    fn from(whole: Whole) -> Self {
        whole.0
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, 0 or more, up to 9007199254740991")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        if number <= MOST {
            Ok(Whole(number))
        } else {
            Err(E::invalid_value(Unexpected::Unsigned(number), &self))
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        // Written out, a whole number has no fraction: no rounding decides.
        let whole = format!("{number}").parse().ok().filter(|whole| *whole <= MOST);
        whole.map(Whole).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misfit::{Given, misfit};

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for (text, number) in [
            ("0", Some(0)),
            ("5", Some(5)),
            ("5.0", Some(5)),
            ("1e3", Some(1_000)),
            ("9007199254740991", Some(MOST)),
        ] {
            assert_eq!(serde_json::from_str::<Whole>(text).ok().map(|whole| whole.0), number, "{text}");
        }
        for text in ["-1", "5.5", "1e30", "9007199254740992", "18446744073709551616", "\"5\"", "null", "true"]
        {
            assert!(serde_json::from_str::<Whole>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn in_an_address_it_is_digits_alone() {
        let read = |text: &str| {
            let given = Given::query(vec![("limit".to_owned(), text.to_owned())]);
            misfit::<std::collections::HashMap<String, Whole>>(&given).map(|misfit| misfit.to_string())
        };
        assert_eq!(read("5"), None);
        assert_eq!(
            read("5.0").as_deref(),
            Some("limit: \"5.0\" is not a whole number, 0 or more, up to 9007199254740991")
        );
        assert!(read("99999999999999999999").is_some());
    }
}
