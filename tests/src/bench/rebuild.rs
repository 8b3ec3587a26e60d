//! Rebuilding the user list, against inserting its finished rows and indexing them after.

use std::time::Instant;

use projections::{Projector, rebuild::Then};

use crate::{
    Arguments,
    fixture::{Failed, Fixture, Kept},
    median, on_server, raw,
};

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let fixture = Fixture::invited(arguments, arguments.people).await?;
    let started = Instant::now();
    let projector = Projector::start(fixture.store().await?).await?;
    let head = fixture.head();
    projector.caught_up(head).await;
    println!("live: all read models at {:.0} people a second", raw::rate(arguments.people, started));
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for round in 0..arguments.rounds {
        limit.push(match &fixture.kept {
            Kept::File(_) => {
                let raw_file = fixture.folder.path().join(format!("raw{round}.db"));
                raw::finished_members(projector.store().path().ok_or("no file")?, &raw_file)?
            }
            Kept::Server { url, .. } => on_server::finished_members(url, fixture.folder.path()).await?,
        });
        let started = Instant::now();
        let built = projector.rebuild("members", Then::Swap).await?;
        ours.push(raw::rate(arguments.people, started));
        projector.tidied().await;
        if !built.equal {
            return Err("the rebuilt user list differs from the live one".into());
        }
    }
    projector.stop().await;
    let (ours, limit) = (median(ours), median(limit));
    println!("rebuild of members: {ours:.0} people a second, {limit:.0} raw, ratio {:.2}", ours / limit);
    Ok(())
}
