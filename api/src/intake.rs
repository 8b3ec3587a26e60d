//! Takes a request's body in: no more of it than is allowed, and not from somebody who stops sending.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    http::StatusCode,
};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::problem::Problem;

/// What the service takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of an order in JSON.
    pub order: usize,
    /// Bytes of pasted addresses: they are held in memory, so there is not much of them.
    pub paste: usize,
    /// Bytes of a file. The default is enough for about five million rows.
    pub file: usize,
    /// How fast a body must come, over the network at least. Nothing: whoever can reach the service takes as
    /// long as they like, as somebody does who types a list into a pipe of the command line.
    pub pace: Option<Pace>,
}

/// How fast a body must come. It is no limit to the whole: a slow line is fine while bytes flow.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// So many bytes, or the end of the body,
    pub bytes: usize,
    /// within each such time.
    pub within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { order: 2 << 20, paste: 8 << 20, file: 256 << 20, pace: None }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { bytes: 1 << 10, within: Duration::from_secs(30) }
    }
}

/// All of a body, in memory.
pub(crate) async fn whole(body: Body, longest: usize, pace: Option<Pace>) -> Result<Vec<u8>, Problem> {
    let (mut pieces, mut bytes) = (Pieces::of(body, longest, pace)?, Vec::new());
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A body piece by piece, as it comes.
pub(crate) struct Pieces {
    body: Body,
    longest: usize,
    length: usize,
    clock: Clock,
}

impl Pieces {
    /// Of a body that is no longer than it may be.
    pub(crate) fn of(body: Body, longest: usize, pace: Option<Pace>) -> Result<Self, Problem> {
        // What the sender says beforehand need not be read to be refused.
        let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if said > longest {
            return Err(too_large(body, longest));
        }
        Ok(Self { body, longest, length: 0, clock: Clock::start(pace) })
    }

    /// The next piece; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        while let Some(frame) = self.clock.wait_for(self.body.frame()).await? {
            let Ok(piece) = frame.map_err(|_| broken_off())?.into_data() else { continue };
            self.clock.came(piece.len());
            self.length += piece.len();
            if self.length > self.longest {
                return Err(too_large(std::mem::take(&mut self.body), self.longest));
            }
            return Ok(Some(piece));
        }
        Ok(None)
    }
}

/// Watches that bytes keep coming.
struct Clock {
    pace: Option<Pace>,
    until: Instant,
    bytes: usize,
}

impl Clock {
    fn start(pace: Option<Pace>) -> Self {
        Self { pace, until: next(pace), bytes: 0 }
    }

    async fn wait_for<T>(&self, piece: impl Future<Output = T>) -> Result<T, Problem> {
        match self.pace {
            Some(pace) => timeout_at(self.until, piece).await.map_err(|_| too_slow(pace)),
            None => Ok(piece.await),
        }
    }

    fn came(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.pace.is_some_and(|pace| self.bytes >= pace.bytes) {
            *self = Self::start(self.pace);
        }
    }
}

fn next(pace: Option<Pace>) -> Instant {
    Instant::now() + pace.map_or(Duration::ZERO, |pace| pace.within)
}

/// So long the rest of a body that is refused is thrown away: who still sends would not read the answer.
const LINGER: Duration = Duration::from_secs(5);

fn too_large(mut body: Body, longest: usize) -> Problem {
    tokio::spawn(timeout(LINGER, async move { while let Some(Ok(_)) = body.frame().await {} }));
    let detail = format!("The body is longer than {}, and is not taken.", size(longest));
    let hint = "Send it in parts; upload a long list of addresses as a CSV file.";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail, hint)
}

fn size(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{bytes} bytes"),
        n => format!("{n} MiB"),
    }
}

fn too_slow(pace: Pace) -> Problem {
    let Pace { bytes, within } = pace;
    let seconds = within.as_secs_f64();
    let detail = format!("The body stopped coming: less than {bytes} bytes in {seconds} seconds.");
    let hint = "Check the connection and send it again; nothing was changed.";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", detail, hint)
}

fn broken_off() -> Problem {
    let hint = "Check the connection and send it again; nothing was changed.";
    Problem::new(StatusCode::BAD_REQUEST, "body_unreadable", "The body broke off before its end.", hint)
}
