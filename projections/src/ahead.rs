//! Reads pages of the log while others are applied.

use eventlog::{Database, EventLog, LogError, Page, Position, Recorded};
use tokio::sync::mpsc::{Receiver, channel};

/// The pages behind a position, one after the other. What is read ahead is little: memory does not grow with
/// the log.
pub(crate) struct PagesAhead {
    /// The position that the next page goes on from.
    pub next: Position,
    pages: Receiver<Result<Page, LogError>>,
}

impl PagesAhead {
    /// Begins to read behind a position, up to where the log ends by then.
    pub(crate) fn read(log: Database, mut from: Position, size: usize) -> Self {
        let (send, pages) = channel(1);
        let next = from;
        tokio::spawn(async move {
            loop {
                let page = log.read_after(from, size).await;
                let goes_on = page.as_ref().is_ok_and(|page| !page.caught_up);
                from = page.as_ref().ok().and_then(|page| page.events.last()).map_or(from, |e| e.position);
                // Nobody asks any more: they go on from elsewhere.
                if send.send(page).await.is_err() || !goes_on {
                    break;
                }
            }
        });
        Self { next, pages }
    }

    /// The next page; `None` behind the end that the log had when this began.
    pub(crate) async fn take(&mut self) -> Option<Result<Vec<Recorded>, LogError>> {
        let page = self.pages.recv().await?;
        Some(page.map(|page| self.follow(page)))
    }

    /// The next page, if it has been read and is good.
    pub(crate) fn take_ready(&mut self) -> Option<Vec<Recorded>> {
        match self.pages.try_recv() {
            Ok(Ok(page)) if !page.events.is_empty() => Some(self.follow(page)),
            // Who asks next starts anew, and is told what is wrong.
            Ok(_) => {
                self.next = Position::MAX;
                None
            }
            Err(_) => None,
        }
    }

    fn follow(&mut self, page: Page) -> Vec<Recorded> {
        if let Some(last) = page.events.last() {
            self.next = last.position;
        }
        page.events
    }
}
