//! Single durable commands against one commit for each.

use std::time::Instant;

use commands::Executor;
use domain::LicenseId;
use tokio::task::JoinSet;

use crate::{
    Arguments,
    fixture::{Failed, Fixture, Kept, context, person},
    median, on_server, raw,
};

/// Commands in a round.
const COMMANDS: usize = 20_000;

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    println!("accept: durable commands a second (load, decide, commit), against one commit for each");
    println!("{:>8} {:>12} {:>12} {:>7}", "callers", "seatbook/s", "raw/s", "ratio");
    for &callers in &arguments.callers {
        let (mut ours, mut limit) = (Vec::new(), Vec::new());
        let commands = if callers == 1 { COMMANDS / 4 } else { COMMANDS };
        for _ in 0..arguments.rounds {
            let fixture = Fixture::invited(arguments, commands).await?;
            limit.push(match &fixture.kept {
                Kept::File(_) => {
                    raw::one_commit_each(&fixture.folder.path().join("raw.db"), commands.min(5_000))?
                }
                Kept::Server { server, .. } => {
                    on_server::plain_transactions(server, fixture.folder.path(), callers).await?
                }
            });
            let nodes = fixture.nodes(arguments.nodes).await?;
            ours.push(accept_all(&nodes, fixture.license, callers, commands).await?);
        }
        let (ours, limit) = (median(ours), median(limit));
        println!("{callers:>8} {ours:>12.0} {limit:>12.0} {:>7.2}", ours / limit);
    }
    Ok(())
}

async fn accept_all(
    nodes: &[Executor],
    license: LicenseId,
    callers: usize,
    commands: usize,
) -> Result<f64, Failed> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (caller, node) in (0..callers).zip(nodes.iter().cycle()) {
        let node = node.clone();
        tasks.spawn(async move {
            for n in (caller..commands).step_by(callers) {
                let ctx = context(&person(n)).map_err(|e| e.to_string())?;
                node.accept_invite(&ctx, license).await.map_err(|e| e.to_string())?;
            }
            Ok::<_, String>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(raw::rate(commands, started))
}
