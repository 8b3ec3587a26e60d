//! Reading the log in order, decoded, against reading the same rows raw.

use std::time::Instant;

use eventlog::EventLog;

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
        let (started, mut count, mut position) = (Instant::now(), 0, 0);
        loop {
            let page = fixture.database.read_after(position, PAGE).await?;
            count += page.events.len();
            position = page.events.last().map_or(position, |event| event.position);
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
