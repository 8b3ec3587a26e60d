//! Holds the log against what was signed of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use domain::Digest;
use eventlog::{LogError, Position};
use notary::{Found, Kept, NotaryError, Place};
use projections::{
    QueryError,
    tree::{self, TilesOnce},
};
use transparency::{Checkpoint, CheckpointError, Edge};

use super::{Cause, Diverged};
use crate::{State, problem::Problem};

/// So many of the last events are hashed anew whenever the database is opened: a tile.
const AT_OPENING: Position = 256;

/// So many before a service answers; the others while it does.
const BEFORE_SERVING: Position = 20_000;

/// Events that are hashed at a time: ten tiles.
const PAGE: Position = 2_560;

impl State {
    /// Compares the log with the checkpoints that were kept, as far as that takes no time. What does not fit stops the
    /// service, and is found under [`still_the_same`](State::still_the_same).
    pub(crate) async fn compare_history(&self) -> Result<(), LogError> {
        let Found { good: kept, bad } = match self.history.notary().kept().await {
            Ok(found) => found,
            Err(error @ (NotaryError::Key(_) | NotaryError::Lost { .. })) => {
                self.stop_for(&error);
                return Ok(());
            }
            Err(NotaryError::Log(error)) => return Err(error),
            Err(error) => return Err(unopened(&error)),
        };
        if kept.is_empty() && bad.is_empty() {
            self.note_that_none_was_kept();
        }
        for kept in &kept {
            self.compare(kept).await?;
        }
        self.check_beginning().await?;
        let signed = farthest(&kept);
        let reached = self.taken_up().await;
        self.check_end(signed, reached).await;
        let end = self.end_of_comparing(signed, reached).await;
        self.compare_events(end.saturating_sub(AT_OPENING), end).await?;
        self.check_rest(signed.max(reached)).await?;
        // Last: a history that was changed is the graver one.
        for error in &bad {
            self.stop_for(error);
        }
        Ok(())
    }

    /// Of a log with events and a key, which may have been signed: that nothing is left of that to compare with.
    fn note_that_none_was_kept(&self) {
        let events = *self.log.head().borrow();
        if events == 0 || !self.history.notary().has_key().unwrap_or(false) {
            return;
        }
        self.history.none_kept.get_or_init(|| {
            format!(
                "When the database was opened, there were a key and {events} events, and no checkpoint, neither in the database \
                 nor outside of it. Unless this history is signed for the first time, what was kept was taken away: compare \
                 with a checkpoint that an auditor has."
            )
        });
    }

    /// That nothing stands before the first event.
    async fn check_beginning(&self) -> Result<(), LogError> {
        let found = self.before_the_first().await.map_err(|p| LogError::Database(p.detail))?;
        if let Some(found) = found {
            self.diverge(None, found.what);
        }
        Ok(())
    }

    /// That the log, of which something was signed, still has all that the tree has taken up of it.
    async fn check_end(&self, signed: Position, reached: Position) {
        let head = *self.log.head().borrow();
        if signed > 0 && reached > head && self.tree_is_of_another_log().await {
            let what = format!("the lists have taken up {reached} events, and the log has {head}");
            self.diverge(Some(head + 1), what);
        }
    }

    /// That what comes behind what was signed, and behind what the tree has taken up, goes on without a gap.
    async fn check_rest(&self, after: Position) -> Result<(), LogError> {
        let head = *self.log.head().borrow();
        let limit = usize::try_from(BEFORE_SERVING).unwrap_or(usize::MAX);
        match self.log.read_stored(after.min(head), limit).await {
            Err(LogError::Damaged { position, what }) => self.damaged(position, &what),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        Ok(())
    }

    /// Goes on to compare as far as may be waited for before anybody is answered.
    pub(crate) async fn compare_recent_history(&self) -> Result<(), LogError> {
        if let Some(what) = self.history.none_kept() {
            tracing::warn!(what, "there is no checkpoint to compare the history with");
        }
        let signed = farthest(&self.good_checkpoints().await);
        let end = self.end_of_comparing(signed, self.taken_up().await).await;
        self.compare_events(end.saturating_sub(BEFORE_SERVING), end.saturating_sub(AT_OPENING)).await
    }

    /// Goes through all the rest, and leaves room for others.
    pub(crate) async fn compare_all_history(&self) {
        self.compare_once_made().await;
        let signed = farthest(&self.good_checkpoints().await);
        let rest = self.end_of_comparing(signed, self.taken_up().await).await.saturating_sub(BEFORE_SERVING);
        let mut from = 0;
        while from < rest && self.history.diverged().is_none() {
            let begun = Instant::now();
            let to = rest.min(from + PAGE);
            if let Err(error) = self.compare_events(from, to).await {
                tracing::warn!(%error, "the history can't be compared just now; trying again");
                tokio::time::sleep(Duration::from_secs(10)).await;
                continue;
            }
            from = to;
            tokio::time::sleep(begun.elapsed()).await;
        }
        if let Some(diverged) = self.history.diverged() {
            tracing::error!(what = diverged.what, "{}: the service answers nothing more", diverged.code());
            // What is under way would go on writing.
            self.jobs.stop().await;
        } else if signed > 0 {
            tracing::info!(events = signed, "the history is the one that was signed");
        }
    }

    /// Waits for a tree that is made anew, and compares it with what was signed.
    async fn compare_once_made(&self) {
        let kept = self.good_checkpoints().await;
        let signed = farthest(&kept);
        while let Err(QueryError::Behind { .. }) = self.projector.reached("tree", signed).await {
            if *self.ending.borrow() {
                return;
            }
        }
        for kept in &kept {
            if let Err(error) = self.compare(kept).await {
                tracing::warn!(%error, "the history could not be compared with what was signed");
            }
        }
    }

    /// Up to where events are held against the tree. What it has taken up of a log that is signed will be signed by what it
    /// says, so that is held against it, too; a log of which nothing was signed has nothing that vouches for the tree.
    async fn end_of_comparing(&self, signed: Position, reached: Position) -> Position {
        if signed == 0 {
            return 0;
        }
        if self.tree_is_of_another_log().await {
            // It bears no witness; what was signed is held against both.
            reached.min(signed)
        } else {
            reached.min(*self.log.head().borrow())
        }
    }

    async fn tree_is_of_another_log(&self) -> bool {
        matches!(self.projector.reached("tree", 0).await, Err(QueryError::Diverged { .. }))
    }

    /// How much the tree has taken up. One that is built anew has no hashes of before to compare with.
    async fn taken_up(&self) -> Position {
        self.query(tree::position).await.unwrap_or(0)
    }

    async fn compare(&self, kept: &Kept) -> Result<(), LogError> {
        let Checkpoint { size, .. } = kept.signed.checkpoint;
        let head = *self.log.head().borrow();
        if size > head {
            let what = format!("the checkpoint {} has {size} events, and the log has {head}", kept.place);
            self.diverge(None, what);
            return Ok(());
        }
        if let Err(error) = self.projector.reached("tree", size).await
            && let Ok(at) = self.query(tree::position).await
            && at < size
        {
            return match error {
                // Until it was signed it could be taken up.
                QueryError::Stopped { .. } => self.check_readable(at).await,
                // One that is made anew takes its time.
                _ => Ok(()),
            };
        }
        match self.compare_root(&kept.signed.checkpoint, &kept.place).await {
            Ok(()) => Ok(()),
            Err(_) if self.history.diverged().is_some() => Ok(()),
            Err(problem) => Err(LogError::Database(problem.detail)),
        }
    }

    /// That the event behind a position can be read.
    async fn check_readable(&self, after: Position) -> Result<(), LogError> {
        match self.log.read_after(after, 1).await {
            Err(LogError::Damaged { position, what }) => self.damaged(position, &what),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        Ok(())
    }

    /// Stops for an event that can't be read.
    fn damaged(&self, position: Position, what: &str) {
        self.diverge(Some(position), format!("at position {position}: {what}"));
    }

    /// That the tree had the root of a checkpoint, which is kept there, when it had so many leaves.
    pub(super) async fn compare_root(&self, checkpoint: &Checkpoint, place: &Place) -> Result<(), Problem> {
        let (size, wanted) = (checkpoint.size, checkpoint.root);
        // Where the tree lacks hashes that it had, it has none.
        let root = self.query(move |conn| match tree::root(conn, size) {
            Err(QueryError::Damaged { .. }) => Ok(None),
            root => root.map(Some),
        });
        let root = root.await?;
        if root == Some(wanted) {
            return Ok(());
        }
        if self.fits_the_log(checkpoint).await? {
            return Err(self.damaged_tree(size).into());
        }
        let what =
            format!("history up to position {size} is not what was signed, as the checkpoint {place} says");
        Err(self.diverge(None, what).into())
    }

    /// Whether the events themselves come to the root that was signed, whatever the tree holds.
    pub(super) async fn fits_the_log(&self, checkpoint: &Checkpoint) -> Result<bool, LogError> {
        let roots = self.roots_of_the_log([checkpoint.size].into()).await?;
        Ok(roots.get(&checkpoint.size) == Some(&checkpoint.root))
    }

    /// The roots that the events themselves come to at these sizes, as far as they can be read.
    pub(super) async fn roots_of_the_log(
        &self,
        sizes: BTreeSet<Position>,
    ) -> Result<BTreeMap<Position, Digest>, LogError> {
        let (mut edge, mut roots) = (Edge::default(), BTreeMap::new());
        for size in sizes {
            while edge.size() < size {
                let limit = usize::try_from(PAGE.min(size - edge.size())).unwrap_or(usize::MAX);
                let events = match self.log.read_stored(edge.size(), limit).await {
                    Ok(page) => page.events,
                    Err(LogError::Damaged { .. }) => return Ok(roots),
                    Err(error) => return Err(error),
                };
                let goes_on = events.iter().zip(edge.size() + 1..).all(|(event, at)| event.position == at);
                if events.is_empty() || !goes_on {
                    return Ok(roots);
                }
                for event in &events {
                    edge.push_leaf(event.entry().leaf());
                }
            }
            roots.insert(size, edge.root());
        }
        Ok(roots)
    }

    /// Stops for a tree that is not that of the history, which is what was signed up to a position.
    fn damaged_tree(&self, signed: Position) -> &Diverged {
        self.history.diverged.get_or_init(|| {
            tracing::warn!(
                signed,
                "tree_damaged: the tree of hashes is not that of the history, which is what was signed"
            );
            let what = format!("the history itself is what was signed, up to position {signed}");
            Diverged { position: None, what, cause: Cause::Tree }
        })
    }

    /// Hashes the events behind a position anew, and compares with the hashes that were kept of them.
    async fn compare_events(&self, after: Position, to: Position) -> Result<(), LogError> {
        let mut from = after;
        while from < to && self.history.diverged().is_none() {
            let limit = usize::try_from(PAGE.min(to - from)).unwrap_or(usize::MAX);
            let events = match self.log.read_stored(from, limit).await {
                Ok(page) => page.events,
                Err(LogError::Damaged { position, what }) => {
                    self.damaged(position, &what);
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            let Some(last) = events.last().map(|event| event.position) else { return Ok(()) };
            let other = self.read_store().read(move |conn| {
                let reached = tree::position(conn).unwrap_or(0);
                let tiles = TilesOnce::of(conn);
                for event in &events {
                    let fits = match tiles.leaf(event.position)? {
                        Some(kept) => kept == event.entry().leaf(),
                        // One that is made anew has not come to it yet.
                        None => event.position > reached,
                    };
                    if !fits {
                        return Ok(Some(event.position));
                    }
                }
                Ok(None)
            });
            if let Some(position) = other.await? {
                if self.vouched_for(position).await? {
                    return Ok(());
                }
                let what = format!("the event at position {position} is not the one that was recorded");
                self.diverge(Some(position), what);
            }
            from = last;
        }
        Ok(())
    }

    /// Whether what was signed vouches for an event that the tree has another hash of: then it is the tree that was damaged.
    async fn vouched_for(&self, position: Position) -> Result<bool, LogError> {
        for kept in self.good_checkpoints().await {
            let checkpoint = &kept.signed.checkpoint;
            if checkpoint.size >= position && self.fits_the_log(checkpoint).await? {
                self.damaged_tree(checkpoint.size);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Stops for good: the history was changed. What was found first stays.
    pub(super) fn diverge(&self, position: Option<Position>, what: String) -> &Diverged {
        self.stop(Diverged { position, what, cause: Cause::Changed })
    }

    /// The same for what is wrong with a key, or with a checkpoint that was kept, whatever the history is.
    pub(super) fn stop_for(&self, error: &NotaryError) -> &Diverged {
        let cause = match error {
            NotaryError::Lost { .. } => Cause::KeyLost,
            NotaryError::Kept { place: Place::Outside(path), error: CheckpointError::Malformed } => {
                Cause::Unread(path.clone())
            }
            NotaryError::Kept { error: CheckpointError::NotSigned, .. } => Cause::OtherKey,
            NotaryError::Kept { .. } => Cause::Checkpoint,
            _ => Cause::Changed,
        };
        self.stop(Diverged { position: None, what: error.to_string(), cause })
    }

    fn stop(&self, found: Diverged) -> &Diverged {
        self.history.diverged.get_or_init(|| {
            tracing::warn!(what = found.what, "{}: nothing is answered but what auditors ask", found.code());
            found
        })
    }

    /// Those that are to be believed.
    pub(super) async fn good_checkpoints(&self) -> Vec<Kept> {
        self.history.notary().kept().await.unwrap_or_default().good
    }
}

/// How many events the last of them had.
pub(super) fn farthest(kept: &[Kept]) -> Position {
    kept.iter().map(|kept| kept.signed.checkpoint.size).max().unwrap_or(0)
}

fn unopened(error: &NotaryError) -> LogError {
    let path = match error {
        NotaryError::File { path, .. } => path.clone(),
        _ => super::keys::KEY.into(),
    };
    let hint = "Make it one that may be read and written, or name another with SEATBOOK_LOG_KEY_FILE or \
                SEATBOOK_CHECKPOINT_FILE.";
    LogError::Unopened { path, what: error.to_string(), hint }
}
