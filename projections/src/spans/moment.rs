//! A moment: a position of the log, or an instant, which comes to one.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use eventlog::Position;
use serde::Serialize;

use crate::{Cursor, QueryError, audit, columns, sql::Conn, status, values};

/// As of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With all events up to this one; 0: before the first.
    Position(Position),
    /// With all that was recorded then or earlier.
    Instant(DateTime<Utc>),
    /// With all that was recorded within this second or earlier: as times are shown, without a fraction.
    Second(DateTime<Utc>),
    /// With all that was recorded on this day, UTC, or earlier.
    Day(NaiveDate),
}

/// A moment, and what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AsOf {
    /// The last event that counts.
    pub position: Position,
    /// When that event was recorded; nothing before the first one.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Text that names no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is neither a position nor a day or an instant")]
pub struct NoMoment;

impl NoMoment {
    /// What to give instead.
    pub const HINT: &str = "Give a position of the log, like 1200, a day, like 2026-09-01, or an instant, like 2026-09-01T08:00:00Z.";
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Position).map_err(|_| NoMoment);
        }
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| NoMoment)?.to_utc();
        Ok(if text.contains('.') { Self::Instant(instant) } else { Self::Second(instant) })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => write!(f, "{position}"),
            Self::Instant(instant) => f.write_str(&instant.to_rfc3339_opts(SecondsFormat::Micros, true)),
            Self::Second(second) => f.write_str(&second.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl Moment {
    /// When it begins; nothing of a position.
    pub fn begins(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Position(_) => None,
            Self::Instant(at) | Self::Second(at) => Some(at),
            Self::Day(day) => Some(day.and_time(NaiveTime::MIN).and_utc()),
        }
    }

    /// The first microsecond, as events are recorded, that does not count any more.
    fn ends(self) -> Option<DateTime<Utc>> {
        let length = match self {
            Self::Position(_) | Self::Instant(_) => TimeDelta::microseconds(1),
            Self::Second(_) => TimeDelta::seconds(1),
            Self::Day(_) => TimeDelta::days(1),
        };
        let begins = self.begins()?;
        Some(begins.checked_add_signed(length).unwrap_or(begins))
    }

    /// What it comes to, by the log. Of an instant: the last event that was recorded by then. `field`: what it was given
    /// as.
    pub fn resolve(self, conn: &Conn<'_>, field: &str) -> Result<AsOf, QueryError> {
        let snapshot = conn.snapshot()?;
        let position = match self {
            Self::Position(position) => {
                let head = status::head(&snapshot)?;
                if position > head {
                    let what = format!("{field}: {}", status::none_at(position, head));
                    let instead = "Give a position up to the last one, or an instant.";
                    return Err(QueryError::not_offered(what, instead));
                }
                position
            }
            Self::Instant(_) | Self::Second(_) | Self::Day(_) => match self.ends() {
                Some(ends) => audit::first_since(&snapshot, ends)?.saturating_sub(1),
                None => 0,
            },
        };
        let recorded_at = "SELECT recorded_at FROM events WHERE position = ?";
        let recorded_at: Option<i64> = snapshot.value(recorded_at, values![position])?;
        Ok(AsOf { position, recorded_at: recorded_at.map(columns::instant) })
    }
}

impl Moment {
    /// The same for whoever goes on from a page: what it came to there, where it would come to more now. `field`: what it was
    /// given as, also in the cursor.
    pub fn resume(self, conn: &Conn<'_>, field: &str, cursor: Option<&str>) -> Result<AsOf, QueryError> {
        let now = self.resolve(conn, field)?;
        let Some(then) = cursor.and_then(|cursor| Cursor::filter(cursor, field)) else { return Ok(now) };
        let Some(begins) = self.begins().filter(|_| then < now.position) else { return Ok(now) };
        // Of a cursor of an earlier moment the next event belongs to that one.
        if audit::first_since(conn, begins)? > then + 1 {
            return Ok(now);
        }
        Self::Position(then).resolve(conn, field)
    }
}

impl AsOf {
    /// That the spans reach so far: who asks for more is told so, and not half of it.
    pub(super) fn is_known(self, conn: &Conn<'_>) -> Result<(), QueryError> {
        let (at, wanted) = (status::position(conn, "spans")?, self.position);
        if at >= wanted { Ok(()) } else { Err(QueryError::Behind { at, wanted, why: None }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_a_day_or_an_instant_and_nothing_else() {
        assert_eq!("1200".parse(), Ok(Moment::Position(1_200)));
        let noon: DateTime<Utc> = "2026-09-01T10:00:00Z".parse().unwrap();
        assert_eq!("2026-09-01T12:00:00+02:00".parse(), Ok(Moment::Second(noon)));
        assert_eq!("2026-09-01T10:00:00.000Z".parse(), Ok(Moment::Instant(noon)));
        let ends = |text: &str| text.parse::<Moment>().unwrap().ends().unwrap().to_rfc3339();
        assert_eq!(ends("2026-09-01T10:00:00.000Z"), "2026-09-01T10:00:00.000001+00:00");
        assert_eq!(ends("2026-09-01T10:00:00Z"), "2026-09-01T10:00:01+00:00");
        assert_eq!(ends("2026-09-01"), "2026-09-02T00:00:00+00:00");
        for text in ["1200", "2026-09-01", "2026-09-01T10:00:00Z", "2026-09-01T10:00:00.000001Z"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text, "it goes to the service as it is");
        }
        for text in
            ["", "-1", "+1", "1.5", "yesterday", "2026-13-01", "2026-09-01T12:00:00", "99999999999999999999"]
        {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
