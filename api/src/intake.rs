//! Takes a request's body in: no more of it than is allowed, and not from somebody who stops sending.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    http::StatusCode,
};
use commands::import::{InputError, TooLarge, intake::limits, size};
use domain::email::sentence;
use http_body_util::BodyExt;
use tokio::{
    runtime::Handle,
    time::{Instant, timeout, timeout_at},
};

use crate::{network::Rates, problem::Problem};

/// What the service takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of an order in JSON.
    pub order: usize,
    /// Bytes of pasted addresses: they are held in memory, so there is not much of them.
    pub paste: usize,
    /// Bytes of a file: as many as its reader takes, or fewer.
    pub file: usize,
    /// How fast a body must come, over the network at least. Nothing: whoever can reach the service takes as
    /// long as they like, as somebody does who types a list into a pipe of the command line.
    pub pace: Option<Pace>,
    /// How often somebody may ask, over the network.
    pub rates: Rates,
}

/// How fast a body must come. In the long run it must come somewhat faster; a slow line is fine while bytes flow.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// So many bytes, or the end of the body,
    pub bytes: usize,
    /// within each such time.
    pub within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let file = usize::try_from(limits::FILE).unwrap_or(usize::MAX);
        Self { order: 2 << 20, paste: 8 << 20, file, pace: None, rates: Rates::default() }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { bytes: 1 << 10, within: Duration::from_secs(30) }
    }
}

/// All of a body, in memory.
pub(crate) async fn whole(body: Body, longest: usize, pace: Option<Pace>) -> Result<Vec<u8>, Problem> {
    let (mut pieces, mut bytes) = (Pieces::of(body, Longest::Body(longest), pace)?, Vec::new());
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// So many bytes at most: of a body that is held in memory, or of a file.
#[derive(Clone, Copy)]
pub(crate) enum Longest {
    Body(usize),
    File(usize),
    /// A file in a form, which has something around it.
    Form(usize),
}

/// What stands around the file in a form, at most: other fields, and what separates them.
const AROUND: usize = 64 << 10;

impl Longest {
    fn bytes(self) -> usize {
        match self {
            Self::Body(bytes) | Self::File(bytes) => bytes,
            Self::Form(bytes) => bytes.saturating_add(AROUND),
        }
    }
}

/// A body piece by piece, as it comes.
pub(crate) struct Pieces {
    body: Body,
    longest: Longest,
    length: usize,
    clock: Clock,
}

impl Pieces {
    /// Of a body that is no longer than it may be.
    pub(crate) fn of(body: Body, longest: Longest, pace: Option<Pace>) -> Result<Self, Problem> {
        // What the sender says beforehand need not be read to be refused.
        let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let pieces = Self { body, longest, length: 0, clock: Clock::start(pace) };
        if said > longest.bytes() { Err(too_large(longest)) } else { Ok(pieces) }
    }

    /// The next piece; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        while let Some(frame) = self.clock.wait_for(self.body.frame()).await? {
            let Ok(piece) = frame.map_err(|_| broken_off())?.into_data() else { continue };
            self.clock.came(piece.len());
            self.length += piece.len();
            if self.length > self.longest.bytes() {
                return Err(too_large(self.longest));
            }
            return Ok(Some(piece));
        }
        Ok(None)
    }
}

/// So long the rest of a body that is refused is thrown away: who still sends would not read the answer.
const LINGER: Duration = Duration::from_secs(5);

impl Drop for Pieces {
    fn drop(&mut self) {
        let mut body = std::mem::take(&mut self.body);
        if !body.is_end_stream()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(LINGER, async move { while let Some(Ok(_)) = body.frame().await {} }));
        }
    }
}

/// In the long run a body comes faster than that: who only trickles would hold a connection for months. The largest file
/// takes sixteen hours at most; a small body, one.
const IN_THE_LONG_RUN: Pace = Pace { bytes: 16 << 20, within: Duration::from_hours(1) };

/// Watches that bytes keep coming, at each pace.
struct Clock(Vec<Window>);

/// The time in which so many bytes have to come.
struct Window {
    pace: Pace,
    until: Instant,
    bytes: usize,
}

impl Window {
    fn start(pace: Pace) -> Self {
        Self { pace, until: Instant::now() + pace.within, bytes: 0 }
    }
}

impl Clock {
    fn start(pace: Option<Pace>) -> Self {
        let paces = pace.into_iter().flat_map(|pace| [pace, IN_THE_LONG_RUN]);
        Self(paces.map(Window::start).collect())
    }

    async fn wait_for<T>(&self, piece: impl Future<Output = T>) -> Result<T, Problem> {
        match self.0.iter().min_by_key(|window| window.until) {
            Some(window) => timeout_at(window.until, piece).await.map_err(|_| too_slow(window.pace)),
            None => Ok(piece.await),
        }
    }

    fn came(&mut self, bytes: usize) {
        for window in &mut self.0 {
            window.bytes += bytes;
            if window.bytes >= window.pace.bytes {
                *window = Window::start(window.pace);
            }
        }
    }
}

fn too_large(longest: Longest) -> Problem {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    let most = |bytes| u64::try_from(bytes).unwrap_or(u64::MAX);
    match longest {
        Longest::Body(bytes) => {
            let detail = format!("What was sent is longer than {}, and was not taken.", size(most(bytes)));
            let hint = "Send it in parts; upload a long list of addresses as a CSV file.";
            Problem::new(status, "too_large", detail, hint)
        }
        Longest::File(bytes) | Longest::Form(bytes) => {
            // As its reader would say it.
            let error = InputError::TooLarge(TooLarge::Bytes(most(bytes)));
            Problem::new(status, error.code(), sentence(error.to_string()), error.hint())
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_slowest_pace_that_is_not_kept_ends_a_body() {
        let (often, seldom) = (Duration::ZERO, Duration::from_hours(24));
        let pace = |bytes, within| Window::start(Pace { bytes, within });
        let short = Clock(vec![pace(10, often), pace(20, seldom)]);
        let long = Clock(vec![pace(10, seldom), pace(20, often)]);
        for (clock, bytes) in [(short, "10 bytes"), (long, "20 bytes")] {
            let ended = clock.wait_for(std::future::pending::<()>()).await.err().unwrap();
            assert!(ended.detail.contains(bytes), "{}", ended.detail);
        }
    }

    #[tokio::test]
    async fn what_came_opens_a_new_window_at_each_pace_that_it_fills() {
        let pace = |bytes| Window::start(Pace { bytes, within: Duration::from_hours(24) });
        let mut clock = Clock(vec![pace(10), pace(20)]);
        clock.came(12);
        assert_eq!(clock.0.iter().map(|window| window.bytes).collect::<Vec<_>>(), [0, 12]);
        clock.came(9);
        assert_eq!(clock.0.iter().map(|window| window.bytes).collect::<Vec<_>>(), [9, 0]);
    }
}
