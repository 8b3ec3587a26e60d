//! People at work while a file is imported: how long they wait, and how much slower the import is for it.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use commands::Executor;
use domain::{ImportMode, LicenseId};
use projections::Projector;
use tokio::task::JoinSet;

use crate::{
    Arguments,
    fixture::{Failed, Fixture, context, person},
    raw,
};

const CALLERS: usize = 16;

/// Each of them has so many people, one after the other.
const PEOPLE: usize = 100;

/// How long it is measured what they wait for when nothing is imported.
const IDLE: Duration = Duration::from_secs(5);

/// Between an answer and the next question: none, as fast as they can; and as somebody does who clicks fast.
const PAUSES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(20)];

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let people = arguments.people;
    let fixture = Fixture::invited(arguments, CALLERS * PEOPLE).await?;
    let projector = Projector::start(fixture.store().await?).await?;
    let fixture = fixture.held_back_by(&projector);
    println!(
        "beside: {CALLERS} callers, each a durable command after the other, while {people} people are imported"
    );
    let mut imported = CALLERS * PEOPLE;
    let mut next = || {
        imported += people;
        imported - people..imported
    };
    let alone = import(&fixture, &projector, next()).await?;
    println!("{:>24} {alone:>9.0}/s", "import alone");
    let nodes = fixture.nodes(2).await?;
    let places = nodes.iter().zip(["on the importing node", "on another node"]);
    for ((node, place), pause) in places.flat_map(|at| PAUSES.map(|pause| (at, pause))) {
        let who = Callers { node: node.clone(), license: fixture.license, pause };
        let idle = at_work(&who, tokio::time::sleep(IDLE)).await?.1;
        let (beside, busy) = at_work(&who, import(&fixture, &projector, next())).await?;
        println!("callers {place} who pause for {} ms", pause.as_millis());
        let beside = beside?;
        say("nothing imported", &idle);
        say("beside an import", &busy);
        println!("{:>24} {:.1}", "ratio of the p99", busy.at(99).as_secs_f64() / idle.at(99).as_secs_f64());
        println!("{:>24} {beside:>9.0}/s, {:.2} of alone", "the import", beside / alone);
    }
    projector.stop().await;
    Ok(())
}

/// People a second, until they are on the list.
async fn import(fixture: &Fixture, projector: &Projector, who: Range<usize>) -> Result<f64, Failed> {
    let people = who.len();
    let csv = fixture.csv_of(who)?;
    let started = Instant::now();
    fixture.import(ImportMode::Invite, &csv).await?;
    let head = fixture.head();
    projector.caught_up(head).await;
    Ok(raw::rate(people, started))
}

/// How long each answer took.
struct Waits(Vec<Duration>);

impl Waits {
    fn at(&self, percent: usize) -> Duration {
        self.0.get(self.0.len() * percent / 100).copied().unwrap_or_default()
    }
}

fn say(when: &str, waits: &Waits) {
    let Waits(all) = waits;
    let milliseconds = |percent| waits.at(percent).as_secs_f64() * 1_000.0;
    let longest = all.last().copied().unwrap_or_default().as_secs_f64() * 1_000.0;
    println!(
        "{when:>24} p50 {:>6.2} ms, p99 {:>6.2} ms, longest {longest:>6.1} ms, of {}",
        milliseconds(50),
        milliseconds(99),
        all.len()
    );
}

/// Who is at work, and where.
#[derive(Clone)]
struct Callers {
    node: Executor,
    license: LicenseId,
    pause: Duration,
}

/// Has the callers at work while something goes on.
async fn at_work<T>(who: &Callers, meanwhile: impl Future<Output = T>) -> Result<(T, Waits), Failed> {
    let over = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(who.clone().call(caller, Arc::clone(&over)));
    }
    let result = meanwhile.await;
    over.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    while let Some(done) = callers.join_next().await {
        waits.extend(done??);
    }
    waits.sort_unstable();
    Ok((result, Waits(waits)))
}

impl Callers {
    /// Closes the invite of one person after the other, and reopens them: that goes on for as long as it has to.
    async fn call(self, caller: usize, over: Arc<AtomicBool>) -> Result<Vec<Duration>, String> {
        let who = |turn: usize| context(&person(caller * PEOPLE + turn % PEOPLE)).map_err(|e| e.to_string());
        for turn in 0..PEOPLE {
            // As they were left when the time before was over.
            let done = self.node.reopen_notification(&who(turn)?, self.license).await;
            done.map_err(|e| e.to_string())?;
        }
        let mut waits = Vec::new();
        for turn in 0.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let who = who(turn)?;
            let started = Instant::now();
            let done = if (turn / PEOPLE).is_multiple_of(2) {
                self.node.close_notification(&who, self.license).await
            } else {
                self.node.reopen_notification(&who, self.license).await
            };
            waits.push(started.elapsed());
            done.map_err(|e| e.to_string())?;
            if !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
        }
        Ok(waits)
    }
}
