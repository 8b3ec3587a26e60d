//! Compares what was rebuilt with what is live, both as of the same position.

use std::{future::Future, sync::mpsc};

use eventlog::{LogError, Position};
use tokio::sync::oneshot;

use super::digest;
use crate::{Projector, QueryError, ReadModel, model::Tables, sql::Conn, status};

impl Projector {
    /// Both digests, as of the same position.
    pub(super) async fn compare(
        &self,
        model: &'static dyn ReadModel,
    ) -> Result<(Position, String, String), QueryError> {
        loop {
            // While this is held nobody here applies a page.
            let desk = self.desk.lock().await;
            let beside = self.beside(model).await?.position;
            let live = self.live(model).await?;
            if live.is_some_and(|live| live != beside) {
                drop(desk);
                self.feed().await?;
                continue;
            }
            let (live_begun, at_live) = Begun::new();
            let (beside_begun, at_beside) = Begun::new();
            let both = async move {
                let (at_live, at_beside) = (at_live.await, at_beside.await);
                drop(desk);
                // Another node may have applied a page between the two: then both are taken again.
                if let (Some(at_live), Some(at_beside)) = (at_live, at_beside)
                    && (at_live.position == at_beside.position || live.is_none())
                {
                    let position = at_beside.position;
                    at_live.go();
                    at_beside.go();
                    return Some(position);
                }
                None
            };
            let live = self.digest_of(model, "", live_begun);
            let rebuilt = self.digest_of(model, Tables::BESIDE, beside_begun);
            let (live, rebuilt, position) = tokio::join!(live, rebuilt, both);
            if let (Some(live), Some(rebuilt), Some(position)) = (live?, rebuilt?, position) {
                return Ok((position, live, rebuilt));
            }
        }
    }

    /// Where the live one stands; nothing if it has stopped, and so never gets anywhere.
    async fn live(&self, model: &'static dyn ReadModel) -> Result<Option<Position>, LogError> {
        let models = self.store.models();
        let read = move |conn: &Conn<'_>| Ok(status::checkpoint_of(conn, models, model, "")?);
        let live = self.store.read(read).await?;
        Ok(live.filter(|live| live.stopped.is_none()).map(|live| live.position))
    }

    /// The digest; nothing where nobody wants it as of where the snapshot stands.
    async fn digest_of(
        &self,
        model: &'static dyn ReadModel,
        suffix: &'static str,
        begun: Begun,
    ) -> Result<Option<String>, LogError> {
        let models = self.store.models();
        let digest = move |conn: &Conn<'_>| {
            let snapshot = conn.snapshot()?;
            // The first read is what begins a snapshot.
            let checkpoint = status::checkpoint_of(&snapshot, models, model, suffix)?;
            if !checkpoint.is_some_and(|checkpoint| begun.goes_on(checkpoint.position)) {
                return Ok(None);
            }
            Ok(Some(digest(&snapshot, model, suffix)?))
        };
        self.store.read(digest).await
    }
}

/// Held by whoever has begun a snapshot, until it is known whether it is the right one.
struct Begun {
    at: oneshot::Sender<Snapped>,
}

/// A snapshot that has begun.
struct Snapped {
    position: Position,
    go: mpsc::Sender<()>,
}

impl Begun {
    /// What is told of it; nothing where it has failed to begin.
    fn new() -> (Self, impl Future<Output = Option<Snapped>>) {
        let (at, told) = oneshot::channel();
        (Self { at }, async { told.await.ok() })
    }

    /// Says where the snapshot stands, and waits on this thread until it is known whether to go on with it.
    fn goes_on(self, position: Position) -> bool {
        let (go, wait) = mpsc::channel();
        self.at.send(Snapped { position, go }).is_ok() && wait.recv().is_ok()
    }
}

impl Snapped {
    fn go(self) {
        // Whoever does not wait any more has failed, and says so.
        let _ = self.go.send(());
    }
}
