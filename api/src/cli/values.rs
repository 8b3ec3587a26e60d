//! Values on the command line: read, or told in our own words what is wrong with them.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use commands::import::intake::Charset;
use domain::number::grouped;
use projections::spans::{Moment, NoMoment};

use crate::licenses::MOST_SEATS;

/// Why a value can't be taken. [`usage`](super::usage) says which option's it is, and shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    /// What is wrong, as it stands behind the value: `is not a whole number`.
    pub what: String,
    /// What to give instead.
    pub hint: String,
}

impl Misread {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.hint)
    }
}

impl std::error::Error for Misread {}

/// Digits and nothing else, as people write numbers; one too large to count is not what somebody means.
fn number(text: &str, allowed: &str) -> Result<u64, Misread> {
    let digits = text.trim();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.parse().map_err(|_| Misread::new("is too large", format!("Give {allowed}.")));
    }
    Err(Misread::new(
        "is not a whole number",
        format!("Give {allowed}, without spaces, signs or separators."),
    ))
}

/// How many people or seats. Which numbers are sensible, the service says.
pub(super) fn how_many(text: &str) -> Result<u64, Misread> {
    number(text, &format!("a number from 1 to {}", grouped(MOST_SEATS)))
}

/// How many a page holds at most. A page of nothing would never end.
pub(super) fn page_size(text: &str) -> Result<u64, Misread> {
    match number(text, "a number of 1 or more")? {
        0 => Err(Misread::new("is a page with nothing on it", "Give a number of 1 or more.")),
        size => Ok(size),
    }
}

/// The encoding of a file.
pub(super) fn charset(text: &str) -> Result<Charset, Misread> {
    let hint = || format!("Give one of {}.", Charset::TAKEN);
    Charset::named(text).ok_or_else(|| Misread::new("is no encoding that is taken", hint()))
}

/// A position of the log; 0 is before the first event.
pub(super) fn position(text: &str) -> Result<u64, Misread> {
    number(text, "a position of the log, like 1200")
}

/// A hundred years: who wants more means for ever, which nothing about people is kept.
const MOST_DAYS: u64 = 36_500;

/// For how many minutes or hours: a year at most.
pub(super) fn how_long(text: &str) -> Result<i64, Misread> {
    match number(text, "a number, like 30")? {
        0 => Err(Misread::new("is no time at all", "Give a number of 1 or more.")),
        long => i64::try_from(long)
            .ok()
            .filter(|long| *long <= 525_600)
            .ok_or_else(|| Misread::new("is too large", "Give a number up to 525,600.".to_owned())),
    }
}

/// For how many days.
pub(crate) fn days(text: &str) -> Result<u32, Misread> {
    let days = number(text, "a number of days, like 7")?;
    let few = u32::try_from(days).ok().filter(|_| days <= MOST_DAYS);
    few.ok_or_else(|| {
        Misread::new("is too large", format!("Give a number of days up to {}, like 7.", grouped(MOST_DAYS)))
    })
}

/// A day.
pub(super) fn day(text: &str) -> Result<NaiveDate, Misread> {
    let hint = "Write it as year, month, day, like 2027-07-31.";
    text.trim().parse().map_err(|_| Misread::new("is not a day of the calendar", hint))
}

/// A moment: a position of the log, or an instant; as it goes to the service.
pub(super) fn moment(text: &str) -> Result<String, Misread> {
    let moment =
        as_shown(text)
            .map_or_else(|| text.parse::<Moment>(), |second| Ok(Moment::Second(second)))
            .map_err(|_| Misread::new("is neither a position nor a day or an instant", NoMoment::HINT))?;
    Ok(moment.to_string())
}

/// A time as our tables show it, in UTC: `2026-09-01 08:00:00`.
pub(super) fn as_shown(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_are_read_or_told_in_our_words() {
        assert_eq!((how_many("0"), how_many(" 500 ")), (Ok(0), Ok(500)));
        assert_eq!((page_size("1"), days("7")), (Ok(1), Ok(7)));
        assert_eq!(moment("2026-09-01 08:00:00"), Ok("2026-09-01T08:00:00Z".to_owned()));
        assert_eq!(day("2027-07-31").map(|day| day.to_string()), Ok("2027-07-31".to_owned()));
        for (read, said) in [
            (how_many("many").err(), "is not a whole number"),
            (how_many("+5").err(), "is not a whole number"),
            (how_many("").err(), "is not a whole number"),
            (how_many("99999999999999999999").err(), "is too large"),
            (page_size("0").err(), "a page with nothing on it"),
            (days("36501").err(), "is too large"),
            (days("4294967296").err(), "is too large"),
            (day("31.12.2027").err(), "is not a day"),
            (day("2027-02-30").err(), "is not a day"),
        ] {
            let misread = read.unwrap();
            assert!(misread.what.contains(said) && misread.hint.ends_with('.'), "{misread}");
        }
    }
}
