//! Reading the log in order, decoded, against reading the same rows raw.

use std::{sync::Arc, time::Instant};

use eventlog::Replay;

use crate::{
    Arguments,
    fixture::{Failed, Fixture},
    median, raw,
};

/// Events in a page.
const PAGE: usize = 10_000;

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let fixture = Fixture::invited(&arguments.folder, arguments.people).await?;
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        limit.push(raw::read_all(fixture.database.path())?);
        let (started, mut count) = (Instant::now(), 0);
        let mut replay = Replay::new(Arc::new(fixture.database.clone()), 0, PAGE);
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
