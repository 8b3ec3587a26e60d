//! Single durable commands against one commit for each.

use std::time::Instant;

use commands::Executor;
use domain::LicenseId;
use projections::Projector;
use tokio::task::JoinSet;

use crate::{
    Arguments,
    fixture::{Failed, Fixture, Kept, context, person},
    http::{Client, Service},
    median, on_server, raw,
};

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    println!("accept: durable commands a second (load, decide, commit), against one commit for each");
    println!("{:>8} {:>12} {:>12} {:>7}", "callers", "seatbook/s", "raw/s", "ratio");
    for &callers in &arguments.callers {
        let (mut ours, mut limit) = (Vec::new(), Vec::new());
        let commands = if callers == 1 { arguments.commands / 4 } else { arguments.commands };
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
            ours.push(if arguments.over_http {
                over_http(&fixture, arguments.nodes, callers, commands).await?
            } else {
                let nodes = fixture.nodes(arguments.nodes).await?;
                let ways = nodes.iter().cycle().take(callers).cloned().map(Way::Here).collect();
                accept_all(ways, fixture.license, commands).await?
            });
        }
        let (ours, limit) = (median(ours), median(limit));
        println!("{callers:>8} {ours:>12.0} {limit:>12.0} {:>7.2}", ours / limit);
    }
    Ok(())
}

/// How a caller asks.
enum Way {
    Here(Executor),
    OverHttp(Client),
}

impl Way {
    async fn accept(&mut self, who: &str, license: LicenseId) -> Result<(), String> {
        match self {
            Self::Here(node) => {
                let ctx = context(who).map_err(|e| e.to_string())?;
                node.accept_invite(&ctx, license).await.map(drop).map_err(|e| e.to_string())
            }
            Self::OverHttp(client) => {
                let target = format!("/api/v1/invites/{}/accept", license.0);
                client.ask("POST", &target, who).await.map(drop).map_err(|e| e.to_string())
            }
        }
    }
}

/// The same through services, each a process of its own, whose read models follow meanwhile.
async fn over_http(fixture: &Fixture, nodes: usize, callers: usize, commands: usize) -> Result<f64, Failed> {
    let Kept::Server { url, .. } = &fixture.kept else { return Err("--over-http is for a server".into()) };
    // What was imported is on the lists before anybody accepts.
    let projector = Projector::start(fixture.store().await?).await?;
    projector.caught_up(fixture.head()).await;
    projector.stop().await;
    let services = (0..nodes).map(|_| Service::start(url)).collect::<Result<Vec<_>, _>>()?;
    let mut ways = Vec::new();
    for service in services.iter().cycle().take(callers) {
        ways.push(Way::OverHttp(Client::connect(&service.socket).await?));
    }
    accept_all(ways, fixture.license, commands).await
}

/// Commands a second.
async fn accept_all(ways: Vec<Way>, license: LicenseId, commands: usize) -> Result<f64, Failed> {
    let started = Instant::now();
    let callers = ways.len();
    let mut tasks = JoinSet::new();
    for (caller, mut way) in ways.into_iter().enumerate() {
        tasks.spawn(async move {
            for n in (caller..commands).step_by(callers) {
                way.accept(&person(n), license).await?;
            }
            Ok::<_, String>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(raw::rate(commands, started))
}
