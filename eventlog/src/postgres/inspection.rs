//! Looks at each new connection before anybody reads over it: after a failover the same name may lead to a standby, or to a
//! server that has another history than the one this node has seen.

use std::sync::Arc;

use sqlx::{Error, PgConnection, postgres::PgPoolOptions};

use super::{
    database_error,
    head::{Look, look},
    seen::Seen,
    session, unopened,
};
use crate::outcome::LogError;

/// What a node looks for. Clones share what it has seen.
#[derive(Clone)]
pub struct Inspection(Arc<Seen>);

impl Inspection {
    pub(super) const fn by(seen: Arc<Seen>) -> Self {
        Self(seen)
    }

    /// An error where nobody can work there. Where it is another history, the node stops, and that is no error yet: a pool
    /// would go on trying for as long as somebody waits. So whoever takes one from such a pool asks whether
    /// the node goes on: [`Postgres::connection_of`](super::Postgres::connection_of).
    pub async fn of(&self, conn: &mut PgConnection) -> sqlx::Result<()> {
        if let Some(unfit) = session::unfit(conn).await? {
            return Err(Error::Configuration(unopened::what(unfit).into()));
        }
        let Self(seen) = self;
        let (before, mark) = (seen.position(), seen.mark());
        if before > 0 {
            let Look { position, marked, .. } = look(conn, mark.map(|(at, _)| at)).await?;
            // Where it can't be the same log, the node has stopped: nothing to add.
            let _ = seen.compare(before, position).and_then(|()| seen.compare_mark(mark, marked));
        }
        Ok(())
    }

    /// The same of a connection that no pool has made.
    pub(super) async fn of_a_single(&self, conn: &mut PgConnection) -> Result<(), LogError> {
        self.of(conn).await.map_err(database_error)?;
        self.0.stopped()
    }

    /// Of each new connection of a pool.
    pub(super) fn of_all(self, pool: PgPoolOptions) -> PgPoolOptions {
        pool.after_connect(move |conn, _| {
            let inspection = self.clone();
            Box::pin(async move { inspection.of(conn).await })
        })
    }
}
