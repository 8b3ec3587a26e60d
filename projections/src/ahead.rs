//! Reads pages of the log while others are applied.

use domain::Digest;
use eventlog::{LogError, Page, Position, Recorded, Stored};
use tokio::sync::mpsc::{Receiver, channel};

use crate::{Known, ReadStore};

/// Events that follow each other, with what has to be known of them.
#[derive(Default)]
pub(crate) struct KnownPage {
    pub events: Vec<Recorded>,
    /// What stands for each of them in the tree; nothing where no read model needs it.
    pub leaves: Vec<Option<Digest>>,
    pub known: Known,
}

impl KnownPage {
    /// Reads these events, hashes those behind a position, and looks up what is to be known of them.
    pub(crate) async fn of(
        store: &ReadStore,
        stored: Vec<Stored<'static>>,
        hashed_behind: Position,
    ) -> Result<Self, LogError> {
        store
            .read(move |conn| {
                let events: Vec<Recorded> = stored.iter().map(Stored::read).collect::<Result<_, _>>()?;
                let leaf =
                    |event: &Stored<'_>| (event.position > hashed_behind).then(|| event.entry().leaf());
                let leaves = stored.iter().map(leaf).collect();
                // One snapshot for all, which costs a lookup less than its own.
                let known = Known::of(&*conn.snapshot()?, &events)?;
                Ok(Self { events, leaves, known })
            })
            .await
    }
}

/// The pages behind a position, one after the other. What is read ahead is little: memory does not grow with
/// the log.
pub(crate) struct PagesAhead {
    /// The position that the next page goes on from.
    pub next: Position,
    /// Events behind it come with their leaves.
    pub hashed_behind: Position,
    pages: Receiver<Result<KnownPage, LogError>>,
}

impl PagesAhead {
    /// Begins to read behind a position, up to where the log ends by then.
    pub(crate) fn read(store: ReadStore, mut from: Position, size: usize, hashed_behind: Position) -> Self {
        let (send, pages) = channel(1);
        let next = from;
        tokio::spawn(async move {
            loop {
                let page = store.log().read_stored(from, size).await;
                let goes_on = page.as_ref().is_ok_and(|page| !page.caught_up);
                from = page.as_ref().ok().and_then(|page| page.events.last()).map_or(from, |e| e.position);
                let page = match page {
                    Ok(Page { events, .. }) => KnownPage::of(&store, events, hashed_behind).await,
                    Err(error) => Err(error),
                };
                // Nobody asks any more: they go on from elsewhere.
                if send.send(page).await.is_err() || !goes_on {
                    break;
                }
            }
        });
        Self { next, hashed_behind, pages }
    }

    /// The next page; `None` behind the end that the log had when this began.
    pub(crate) async fn take(&mut self) -> Option<Result<KnownPage, LogError>> {
        let page = self.pages.recv().await?;
        Some(page.inspect(|page| self.follow(page)))
    }

    /// The next page, if it has been read and is good.
    pub(crate) fn take_ready(&mut self) -> Option<KnownPage> {
        match self.pages.try_recv() {
            Ok(Ok(page)) if !page.events.is_empty() => {
                self.follow(&page);
                Some(page)
            }
            // Who asks next starts anew, and is told what is wrong.
            Ok(_) => {
                self.next = Position::MAX;
                None
            }
            Err(_) => None,
        }
    }

    #[cfg(test)]
    pub(crate) async fn has_read_one(&self) {
        while self.pages.is_empty() {
            tokio::task::yield_now().await;
        }
    }

    fn follow(&mut self, page: &KnownPage) {
        if let Some(last) = page.events.last() {
            self.next = last.position;
        }
    }
}
