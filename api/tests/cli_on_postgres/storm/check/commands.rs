//! The commands that the database knows, in the order of their positions.

use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Commands<'c> {
    rows: BoxStream<'c, sqlx::Result<(i64, Uuid)>>,
    next: Option<(i64, Uuid)>,
}

impl<'c> Commands<'c> {
    pub async fn of(conn: &'c mut PgConnection) -> Self {
        let sql = "SELECT position, id FROM commands ORDER BY position";
        let mut rows = sqlx::query_as(sql).fetch(conn).boxed();
        let next = rows.try_next().await.unwrap();
        Self { rows, next }
    }

    /// Those whose last event stands at a position.
    pub async fn at(&mut self, position: u64) -> Vec<Uuid> {
        let mut found = Vec::new();
        while let Some((at, id)) = self.next.filter(|(at, _)| u64::try_from(*at).unwrap() <= position) {
            if u64::try_from(at) == Ok(position) {
                found.push(id);
            }
            self.next = self.rows.try_next().await.unwrap();
        }
        found
    }
}
