//! What goes wrong meanwhile: nodes are killed, connections ended, the server stopped as by a power cut.

use std::{fmt, sync::Arc};

use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::watch;

use super::fleet::{Fleet, NODES, blocking};
use crate::support::dice::Dice;

#[derive(Debug, Default)]
pub struct Troubles {
    nodes: u32,
    connections: u32,
    servers: u32,
}

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nodes, connections, servers } = self;
        write!(
            f,
            "{nodes} nodes killed, {servers} restarts of the server, {connections} times all connections ended"
        )
    }
}

impl Troubles {
    /// Of each at least one.
    pub fn came(&self) -> bool {
        self.nodes > 0 && self.connections > 0 && self.servers > 0
    }
}

/// Makes trouble whenever so many positions have been told since the last one, until all is done.
pub async fn make(
    fleet: Arc<Fleet>,
    told: watch::Receiver<u64>,
    done: watch::Receiver<bool>,
    mut dice: Dice,
    every: u64,
) -> Troubles {
    let mut troubles = Troubles::default();
    let mut calm = Calm { told, done };
    let mut n = 0;
    while calm.lasts(every).await {
        // The first ones are one of each.
        match if n < 3 { n } else { dice.below(8) } {
            0 | 3..=5 => {
                let several = 1 + dice.index(2);
                let first = dice.index(NODES);
                for node in (first..first + several).map(|node| node % NODES) {
                    fleet.kill(node);
                    troubles.nodes += 1;
                    // The others go on.
                    calm.lasts(5).await;
                }
                let fleet = Arc::clone(&fleet);
                blocking(move || {
                    (first..first + several).map(|node| node % NODES).for_each(|node| fleet.run(node));
                })
                .await;
            }
            1 | 6 => {
                for _ in 0..4 {
                    end_all_connections(&fleet.url()).await;
                    troubles.connections += 1;
                    calm.lasts(10).await;
                }
            }
            _ => {
                let fleet = Arc::clone(&fleet);
                blocking(move || {
                    fleet.database.kill();
                    fleet.database.run();
                })
                .await;
                troubles.servers += 1;
            }
        }
        n += 1;
    }
    troubles
}

struct Calm {
    told: watch::Receiver<u64>,
    done: watch::Receiver<bool>,
}

impl Calm {
    /// Waits until so many more positions have been told. `false`: all is done.
    async fn lasts(&mut self, positions: u64) -> bool {
        let until = *self.told.borrow() + positions;
        tokio::select! {
            reached = self.told.wait_for(|told| *told >= until) => reached.is_ok(),
            _ = self.done.wait_for(|done| *done) => false,
        }
    }
}

async fn end_all_connections(url: &str) {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    conn.execute(sql).await.unwrap();
    conn.close().await.unwrap();
}
