//! When something happened, where a part of the history is asked for: a day or an instant.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, de};

/// A day, UTC, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

impl When {
    /// What is wanted, in words.
    const WANTED: &str = "a day like 2026-09-01, or an instant like 2026-09-01T08:00:00Z";

    /// The first instant of it.
    pub(crate) fn begins(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => first_of(day),
            Self::Instant(at) => at,
        }
    }

    /// As the end of a part of the history, which is not in it itself: a day is, to its end.
    pub(crate) fn ends(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => first_of(day.checked_add_days(Days::new(1)).unwrap_or(day)),
            Self::Instant(at) => at,
        }
    }
}

fn first_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Instant(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

/// Text that is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Neither;

impl FromStr for When {
    type Err = Neither;

    fn from_str(text: &str) -> Result<Self, Neither> {
        let text = text.trim();
        let instant = || DateTime::parse_from_rfc3339(text).map(|at| Self::Instant(at.to_utc()));
        text.parse().map(Self::Day).or_else(|_| instant()).map_err(|_| Neither)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = When;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(When::WANTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
        text.parse().map_err(|Neither| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_included_at_both_ends() {
        let bounds = |text: &str| {
            let when: When = text.parse().unwrap();
            (when.begins().to_rfc3339(), when.ends().to_rfc3339(), when.to_string())
        };
        let (begins, ends, said) = bounds("2026-09-30");
        assert_eq!((&*begins, &*ends), ("2026-09-30T00:00:00+00:00", "2026-10-01T00:00:00+00:00"));
        assert_eq!(said, "2026-09-30");
        let (begins, ends, said) = bounds("2026-09-30T10:00:00+02:00");
        assert_eq!((&*begins, &*said), ("2026-09-30T08:00:00+00:00", "2026-09-30T08:00:00Z"));
        assert_eq!(begins, ends);
        for text in ["", "yesterday", "2026-02-30", "2026-09-01T08:00:00", "20"] {
            assert_eq!(text.parse::<When>(), Err(Neither), "{text}");
        }
    }
}
