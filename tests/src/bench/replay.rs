//! Reading the log in order, decoded, against reading the same rows raw.

use std::{sync::Arc, time::Instant};

use eventlog::Replay;

use crate::{
    Arguments,
    fixture::{Failed, Fixture, Kept},
    median, on_server, raw,
};

/// Events in a page.
const PAGE: usize = 10_000;

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let fixture = Fixture::invited(arguments, arguments.people).await?;
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        limit.push(match &fixture.kept {
            Kept::File(database) => raw::read_all(database.path())?,
            Kept::Server { url, .. } => on_server::read_all(url).await?,
        });
        let (started, mut count) = (Instant::now(), 0);
        let mut replay = Replay::new(Arc::clone(&fixture.log), 0, PAGE);
        loop {
            let page = replay.next().await?;
            count += page.events.len();
            if page.caught_up {
                break;
            }
        }
        ours.push(raw::rate(count, started));
    }
    let (ours, limit) = (median(ours), median(limit));
    println!("replay: {ours:.0} events a second decoded, {limit:.0} raw, ratio {:.2}", ours / limit);
    Ok(())
}
