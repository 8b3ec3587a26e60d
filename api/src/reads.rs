//! Recorded reads: that auditors and support staff read people's data stands in the history.
//!
//! The first read of its kind in an hour is an event, written before it is answered. Further ones are counted in memory, and
//! written as one event when the hour is over, or the service ends: reading stays reading, and a history is not buried under
//! its readers. What is never lost is that somebody read what, when it began, and on a license which person.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use commands::record_read::{Begun, Read};
use domain::{MemberId, ReadKind, SubjectId};
use parking_lot::Mutex;

use crate::{State, problem::Problem, rights::NOBODY};

/// Reads of one kind within this time are one reading.
const HOUR: Duration = Duration::from_hours(1);

/// So often it is looked whose hour is over.
const LOOK: Duration = Duration::from_mins(1);

/// What an answer shows of people. A handler says so; otherwise it is not counted.
#[derive(Clone)]
pub(crate) struct Shows {
    rows: Arc<AtomicU64>,
    member: Option<MemberId>,
    subject: Option<SubjectId>,
    kind: Option<ReadKind>,
    /// Whether more rows go out after the answer has begun.
    more: bool,
}

/// An answer, with what it shows.
pub(crate) type Shown<T> = (Extension<Shows>, Json<T>);

impl Shows {
    /// So many people, events or rows.
    pub(crate) fn rows(rows: usize) -> Self {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        Self { rows: Arc::new(AtomicU64::new(rows)), member: None, subject: None, kind: None, more: false }
    }

    /// One person.
    pub(crate) fn person(member: Option<MemberId>) -> Self {
        Self { member, ..Self::rows(1) }
    }

    /// All of it is about one person, on whichever licenses, if they are known.
    pub(crate) fn about(self, subject: Option<SubjectId>) -> Self {
        Self { subject: subject.filter(|subject| *subject != NOBODY), ..self }
    }

    /// It is of another kind than the operation's usual answers, if so.
    pub(crate) fn or_as(self, other: Option<ReadKind>) -> Self {
        Self { kind: other, ..self }
    }

    /// Beside the answer.
    pub(crate) fn in_json<T>(self, value: T) -> Shown<T> {
        (Extension(self), Json(value))
    }

    /// More rows go out after the answer has begun: they are added as they do.
    pub(crate) fn and_more(self) -> Self {
        Self { more: true, ..self }
    }

    /// Beside an answer.
    pub(crate) fn beside(self, mut answer: Response) -> Response {
        answer.extensions_mut().insert(self);
        answer
    }

    /// Whether a handler has said what an answer shows.
    pub(crate) fn stands_beside(answer: &Response) -> bool {
        answer.extensions().get::<Self>().is_some()
    }

    /// These, too.
    pub(crate) fn add(&self, rows: usize) {
        self.rows.fetch_add(u64::try_from(rows).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// What is read just now, by whom. Of this node alone.
#[derive(Default)]
pub(crate) struct Reads(Mutex<HashMap<Read, Window>>);

/// An hour of the same reads, which begins with a recorded one.
struct Window {
    begun: Begun,
    since: Instant,
    times: u64,
    rows: u64,
    /// Of answers that may still go out: what was counted of them.
    files: Vec<(Arc<AtomicU64>, u64)>,
}

impl Window {
    fn add(&mut self, shows: &Shows, first: bool) {
        let rows = shows.rows.load(Ordering::Relaxed);
        if !first {
            self.times += 1;
            self.rows += rows;
        }
        if shows.more {
            self.files.push((Arc::clone(&shows.rows), rows));
        }
    }

    /// How often and how much since the first time.
    fn total(&self) -> (u64, u64) {
        let more = |(rows, counted): &(Arc<AtomicU64>, u64)| rows.load(Ordering::Relaxed) - counted;
        (self.times, self.rows + self.files.iter().map(more).sum::<u64>())
    }
}

impl State {
    /// Records a read, or refuses to answer it.
    pub(crate) async fn recorded(&self, read: Read, answer: Response) -> Response {
        let shows = answer.extensions().get::<Shows>().cloned().unwrap_or_else(|| Shows::rows(0));
        let (what, member) = (shows.kind.unwrap_or(read.what), shows.member.or(read.member));
        let read = Read { what, member, subject: shows.subject.or(read.subject), ..read };
        match self.record(read, shows).await {
            Ok(()) => answer,
            Err(problem) => problem.into_response(),
        }
    }

    async fn record(&self, read: Read, shows: Shows) -> Result<(), Problem> {
        if let Some(window) =
            self.reads.0.lock().get_mut(&read).filter(|window| window.since.elapsed() < HOUR)
        {
            window.add(&shows, false);
            return Ok(());
        }
        let begun = self.commands.record_read(read, shows.rows.load(Ordering::Relaxed)).await?;
        let mut window = Window { begun, since: Instant::now(), times: 0, rows: 0, files: Vec::new() };
        window.add(&shows, true);
        let before = self.reads.0.lock().insert(read, window);
        // Whoever asked twice at the same moment has begun twice: nothing of either is lost.
        if let Some(before) = before {
            self.count(before).await;
        }
        Ok(())
    }

    /// Writes down what was counted, as long as the service runs.
    pub(crate) async fn keep_counting(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.count_reads(HOUR).await;
        }
    }

    /// Writes down what was counted of readings that began so long ago.
    pub(crate) async fn count_reads(&self, ago: Duration) {
        let over: Vec<Window> = {
            let mut windows = self.reads.0.lock();
            windows.extract_if(|_, window| window.since.elapsed() >= ago).map(|(_, window)| window).collect()
        };
        for window in over {
            self.count(window).await;
        }
    }

    async fn count(&self, window: Window) {
        let (times, rows) = window.total();
        if let Err(error) = self.commands.count_reads(&window.begun, times, rows).await {
            tracing::error!(%error, times, rows, "how often something was read could not be recorded");
        }
    }
}
