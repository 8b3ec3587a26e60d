//! Letters that are to be sent, fed from the log: at least once each.
//!
//! A reader with a place of its own in the log puts in who was invited; its place and the letters are written together, so
//! none is missed, and of several nodes one feeds each page. Whoever sends a letter first says for how long nobody else
//! shall; it goes when it was sent. A node that dies in between leaves it for the next: a letter may come twice, and none
//! gets lost.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{EmailAddress, LicenseId, MemberId};
use eventlog::{LogError, Position};
use sql::{Conn, Row, SqlError, values};
use uuid::Uuid;

use crate::Accounts;

/// A letter to somebody who was invited. No `Debug`: holds an address.
#[derive(Clone)]
pub struct InviteLetter {
    /// Where the log says that they were.
    pub position: Position,
    /// To whom.
    pub to: EmailAddress,
    /// To which license.
    pub license: LicenseId,
    /// Their place on it.
    pub member: MemberId,
}

/// For so long nobody else sends a letter that somebody is about to send.
const ALONE: TimeDelta = TimeDelta::minutes(5);

/// A letter that can't be sent waits twice as long each time, up to this: whoever runs the mail server may need a night, or a
/// weekend.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// So often it is tried, which takes about thirty days: as long as anything about people is kept beside the log.
const TRIES: u32 = 40;

impl Accounts {
    /// Up to where the log was read; nothing, if nobody ever did.
    pub async fn fed_up_to(&self) -> Result<Option<Position>, LogError> {
        self.read(|conn| conn.value("SELECT position FROM outbox_place", &[])).await
    }

    /// Begins at a place of the log: what happened before is no news. Whoever comes first says where.
    pub async fn feed_from(&self, position: Position) -> Result<(), LogError> {
        let sql = "INSERT INTO outbox_place (one, position) VALUES (1, ?) ON CONFLICT DO NOTHING";
        self.write(move |conn| conn.run(sql, values![position])).await.map(drop)
    }

    /// Puts the letters of a page in, if nobody else has read it: whether that was so.
    pub async fn feed(
        &self,
        after: Position,
        up_to: Position,
        letters: Vec<InviteLetter>,
    ) -> Result<bool, LogError> {
        self.write(move |conn| {
            let moved = "UPDATE outbox_place SET position = ? WHERE position = ?";
            if conn.run(moved, values![up_to, after])? != 1 {
                return Ok(false);
            }
            for letter in &letters {
                put(conn, letter)?;
            }
            Ok(true)
        })
        .await
    }

    /// Letters that are due. Nobody else sends them for a while; each goes with [`Accounts::sent`].
    pub async fn due(&self, now: DateTime<Utc>, many: usize) -> Result<Vec<InviteLetter>, LogError> {
        let (until, now) = ((now + ALONE).timestamp_micros(), now.timestamp_micros());
        self.write(move |conn| {
            let select = "SELECT position, email, license_id, member_id FROM outbox
                          WHERE due_at <= ? ORDER BY position LIMIT ?";
            let due: Vec<(Position, Option<InviteLetter>)> = conn.all(select, values![now, many], read)?;
            let mut ours = Vec::new();
            for (position, letter) in due {
                let claim =
                    "UPDATE outbox SET due_at = ?, tries = tries + 1 WHERE position = ? AND due_at <= ?";
                if conn.run(claim, values![until, position, now])? == 1 {
                    ours.extend(letter);
                }
            }
            Ok(ours)
        })
        .await
    }

    /// A letter was sent, or is not wanted any more.
    pub async fn sent(&self, position: Position) -> Result<(), LogError> {
        let sql = "DELETE FROM outbox WHERE position = ?";
        self.write(move |conn| conn.run(sql, values![position])).await.map(drop)
    }

    /// A letter could not be sent: whether it is tried again later, or given up.
    pub async fn failed(&self, position: Position, now: DateTime<Utc>) -> Result<bool, LogError> {
        self.write(move |conn| {
            let tries: Option<u32> =
                conn.value("SELECT tries FROM outbox WHERE position = ?", values![position])?;
            let tries = tries.unwrap_or(1);
            if tries >= TRIES {
                return conn.run("DELETE FROM outbox WHERE position = ?", values![position]).map(|_| false);
            }
            let due = (now + wait_after(tries)).timestamp_micros();
            conn.run("UPDATE outbox SET due_at = ? WHERE position = ?", values![due, position]).map(|_| true)
        })
        .await
    }
}

/// How long a letter waits that could not be sent so often.
fn wait_after(tries: u32) -> TimeDelta {
    // 2^11 minutes are longer than that already.
    TimeDelta::minutes(1 << tries.min(11)).min(LONGEST_WAIT)
}

fn put(conn: &Conn<'_>, letter: &InviteLetter) -> Result<(), SqlError> {
    conn.run(
        "INSERT INTO outbox (position, email, normalised, license_id, member_id, tries, due_at)
         VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING",
        values![
            letter.position,
            letter.to.as_spelled(),
            letter.to.normalised(),
            letter.license.0,
            letter.member.0
        ],
    )
    .map(drop)
}

fn read(row: &Row<'_>) -> Result<(Position, Option<InviteLetter>), SqlError> {
    let (position, email): (Position, String) = (row.get("position")?, row.get("email")?);
    let (license, member) = (row.get::<Uuid>("license_id")?, row.get::<Uuid>("member_id")?);
    let letter = EmailAddress::parse(&email).ok();
    let letter =
        letter.map(|to| InviteLetter { position, to, license: LicenseId(license), member: MemberId(member) });
    Ok((position, letter))
}
