//! Benchmarks: each figure beside the raw limit of the same machine in the same run. Ratios count, not seconds.
//!
//! `cargo run --release -p seatbook-tests --bin bench -- all`

mod accept;
mod as_of;
mod beside;
mod fixture;
mod http;
mod import;
mod intake;
mod lists;
mod load;
mod on_server;
mod pages;
mod plain;
mod raw;
mod rebuild;
mod replay;
mod verify;

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// Accepting invites, durable: load, decide, commit; at 1, 16 and 64 callers.
    Accept,
    /// Reading the whole log in order, decoded.
    Replay,
    /// Rebuilding the user list.
    Rebuild,
    /// Importing a file until everybody is on the user list; the same file again; removing everybody.
    Import,
    /// People at work while a file is imported.
    Beside,
    /// Pages of the user list, and searches in it.
    Lists,
    /// Pages of the list as of moments of a year.
    AsOf,
    /// The server's time for each page of the dashboard.
    Pages,
    /// Reading a CSV file.
    Intake,
    /// Verifying an export offline; the size of proofs.
    Verify,
    /// `cqrs-es` and `postgres-es` used plainly, on a server.
    Plain,
    /// Not a figure: the service itself, for those that ask it over HTTP.
    #[value(hide = true)]
    Serve,
    /// Each of them.
    All,
}

/// Which engine is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Seatbook's benchmarks.
#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured.
    figure: Figure,
    /// Where it is measured: in a file, or on a server that is started for it.
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    engine: Engine,
    /// People in the license.
    #[arg(long, default_value_t = 200_000)]
    people: usize,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many ask at once, for `accept`.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    callers: Vec<usize>,
    /// Commands in a round, for `accept`; a lone caller has a quarter of them.
    #[arg(long, default_value_t = 20_000)]
    commands: usize,
    /// How many nodes share the callers, for `accept` on a server.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Whether callers ask a service, a process of its own, over HTTP: for `accept` on a server.
    #[arg(long)]
    over_http: bool,
    /// Leaves the tree out, for `import`: what the verifiable history costs is the difference.
    #[arg(long)]
    without_tree: bool,
    /// What the service serves.
    #[arg(long, hide = true)]
    database: Option<String>,
    /// Where the files are made; the disk matters.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if arguments.figure == Figure::Serve {
            return http::serve(arguments.database.as_deref()).await;
        }
        let wants = |figure| arguments.figure == figure || arguments.figure == Figure::All;
        if wants(Figure::Accept) {
            accept::run(&arguments).await?;
        }
        if wants(Figure::Replay) {
            replay::run(&arguments).await?;
        }
        if wants(Figure::Rebuild) {
            rebuild::run(&arguments).await?;
        }
        if wants(Figure::Import) {
            import::run(&arguments).await?;
        }
        if wants(Figure::Beside) {
            beside::run(&arguments).await?;
        }
        if wants(Figure::Lists) {
            lists::run(&arguments).await?;
        }
        if wants(Figure::AsOf) {
            as_of::run(&arguments).await?;
        }
        if arguments.figure == Figure::Pages || (wants(Figure::Pages) && arguments.engine == Engine::Sqlite) {
            pages::run(&arguments).await?;
        }
        if arguments.figure == Figure::Plain || (wants(Figure::Plain) && arguments.engine == Engine::Postgres)
        {
            plain::run(&arguments).await?;
        }
        if wants(Figure::Verify) {
            verify::run(&arguments).await?;
        }
        if wants(Figure::Intake) {
            intake::run(&arguments)?;
        }
        Ok(())
    })
}

/// The median and the 99th percentile, in microseconds.
fn percentiles(times: &mut [Duration]) -> (u128, u128) {
    times.sort_unstable();
    (times[times.len() / 2].as_micros(), times[times.len() * 99 / 100].as_micros())
}

/// The middle one.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
