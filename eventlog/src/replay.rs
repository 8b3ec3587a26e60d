//! Reads much of the log in order, with the next pages on their way while one is looked at.

use std::{collections::VecDeque, sync::Arc};

use tokio::task::JoinHandle;

use crate::{
    contract::EventLog,
    outcome::LogError,
    recorded::{Page, Position},
};

/// Pages on their way. Positions are dense, so it is known where each page begins before the one before is read.
const AHEAD: usize = 2;

/// A reader that goes through the log from a position on.
pub struct Replay {
    log: Arc<dyn EventLog>,
    page: usize,
    coming: VecDeque<JoinHandle<Result<Page, LogError>>>,
    /// Where the next page that is asked for begins.
    ask_after: Position,
    /// Where the next page that is given begins.
    after: Position,
}

impl Replay {
    /// Begins after a position, with pages of so many events.
    pub fn new(log: Arc<dyn EventLog>, after: Position, page: usize) -> Self {
        Self { log, page, coming: VecDeque::new(), ask_after: after, after }
    }

    /// The next page. The one that reaches the log's head says so; asked again, there may be more by then.
    pub async fn next(&mut self) -> Result<Page, LogError> {
        self.ask_ahead();
        let page = match self.coming.pop_front() {
            Some(task) => task.await.map_err(|e| LogError::Stopped(e.to_string()))??,
            None => self.log.read_after(self.after, self.page).await?,
        };
        self.after = page.events.last().map_or(self.after, |event| event.position);
        if page.events.len() < self.page {
            // What was asked for behind a page that was not full begins in the wrong place.
            self.coming.clear();
            self.ask_after = self.after;
        }
        Ok(page)
    }

    fn ask_ahead(&mut self) {
        let head = *self.log.head().borrow();
        while self.coming.len() < AHEAD && self.ask_after < head {
            let (log, after, limit) = (Arc::clone(&self.log), self.ask_after, self.page);
            self.coming.push_back(tokio::spawn(async move { log.read_after(after, limit).await }));
            self.ask_after += u64::try_from(limit).unwrap_or(u64::MAX);
        }
    }
}
