//! A moment: a position of the log, or an instant, which comes to one.

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use eventlog::Position;
use serde::Serialize;

use crate::{QueryError, audit, columns, sql::Conn, status, values};

/// As of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With all events up to this one; 0: before the first.
    Position(Position),
    /// With all that was recorded then or earlier.
    Instant(DateTime<Utc>),
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
#[error("it is neither a position nor an instant")]
pub struct NoMoment;

impl NoMoment {
    /// What to give instead.
    pub const HINT: &str = "Give a position of the log, like 1200, or an instant, like 2026-09-01T08:00:00Z.";
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Position).map_err(|_| NoMoment);
        }
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| NoMoment)?;
        Ok(Self::Instant(instant.to_utc()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => write!(f, "{position}"),
            Self::Instant(instant) => f.write_str(&instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

impl Moment {
    /// What it comes to, by the log. Of an instant: the last event that was recorded by then. `field`: what it was given
    /// as.
    pub fn resolve(self, conn: &Conn<'_>, field: &str) -> Result<AsOf, QueryError> {
        let snapshot = conn.snapshot()?;
        let position = match self {
            Self::Position(position) => {
                let head = status::head(&snapshot)?;
                if position > head {
                    let what = format!("{field}: the log has {head} events, and none at {position}");
                    let instead = "Give a position up to the last one, or an instant.";
                    return Err(QueryError::not_offered(what, instead));
                }
                position
            }
            // Events are recorded to the microsecond.
            Self::Instant(instant) => {
                let next = instant.checked_add_signed(TimeDelta::microseconds(1)).unwrap_or(instant);
                audit::first_since(&snapshot, next)?.saturating_sub(1)
            }
        };
        let recorded_at = "SELECT recorded_at FROM events WHERE position = ?";
        let recorded_at: Option<i64> = snapshot.value(recorded_at, values![position])?;
        Ok(AsOf { position, recorded_at: recorded_at.map(columns::instant) })
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
    fn a_moment_is_a_position_or_an_instant_and_nothing_else() {
        assert_eq!("1200".parse(), Ok(Moment::Position(1_200)));
        let noon = Moment::Instant("2026-09-01T10:00:00Z".parse().unwrap());
        assert_eq!("2026-09-01T12:00:00+02:00".parse(), Ok(noon));
        assert_eq!(noon.to_string(), "2026-09-01T10:00:00Z");
        for text in
            ["", "-1", "+1", "1.5", "yesterday", "2026-09-01", "2026-09-01T12:00:00", "99999999999999999999"]
        {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
