//! The command line. Every command is an HTTP request to the same router that the server answers with: over its
//! socket while a server runs, in this process otherwise.

mod args;
mod audit;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod database;
mod exit;
mod follow;
mod grants;
mod invites;
mod license;
pub(crate) mod licenses;
pub(crate) mod output;
mod projections;
pub(crate) mod reach;
mod refused;
mod report;
pub(crate) mod serve;
mod shell;
mod under_way;
mod upload;
mod users;
pub(crate) mod users_list;
mod why;

use std::{process::ExitCode, sync::OnceLock};

use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;

use args::{Args, Command};
use client::Client;
use database::Target;
pub(crate) use exit::{Exit, Failure};
use output::Out;
use under_way::{Begun, STOPPED};

/// What every command works with: where it asks, and how it answers.
pub(crate) struct Session {
    /// Where it asks.
    pub client: Client,
    /// How it answers.
    pub out: Out,
    /// What was begun, for whoever interrupts it.
    pub begun: OnceLock<Begun>,
}

/// Reads the command line, does what it says, and ends with the code that says what came of it.
pub fn main() -> ExitCode {
    let matches = Args::command().get_matches_from(args::typed(std::env::args_os()));
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let out = Out { json: args.json };
    let level = if matches!(args.command, Command::Serve(_)) { "info" } else { "error" };
    let levels = EnvFilter::try_from_env("SEATBOOK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(levels).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(Err(Failure::broken("no_runtime", error, "Try again.")), out),
    };
    // What was set by the environment is no choice for the demo: it must not write into the real thing.
    let chosen = matches.value_source("database") == Some(clap::parser::ValueSource::CommandLine);
    let result = runtime.block_on(run(args, chosen, out));
    // Somebody may still be reading the keyboard; that must not keep us.
    runtime.shutdown_background();
    exit::report(result, out)
}

async fn run(args: Args, database_chosen: bool, out: Out) -> Result<Exit, Failure> {
    match args.command {
        Command::Completions(shell) => shell.completions(out),
        Command::Man => shell::man(out),
        Command::SampleCsv => shell::sample_csv(out),
        Command::Serve(serve) => serve.run(&Target::open(args.database)?, out).await,
        Command::Demo(demo) => crate::demo::run(demo, args.database.filter(|_| database_chosen), out).await,
        command => {
            let client = Client::of(Target::open(args.database)?, command.makes_database());
            let session = Session { client, out, begun: OnceLock::new() };
            match interruptible(ask(command, &session)).await {
                Err(Failure::Interrupted(_)) => Err(Failure::Interrupted(session.interrupted().await)),
                result => {
                    session.client.close().await;
                    result
                }
            }
        }
    }
}

/// Commands that ask the service something.
async fn ask(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::License(command) => command.run(session).await,
        Command::Users(command) => command.run(session).await,
        Command::Invites(command) => command.run(session).await,
        Command::Join(join) => join.run(session).await,
        Command::Leave(leave) => leave.run(session).await,
        Command::Why(why) => why.run(session).await,
        Command::Audit(audit) => audit.run(session).await,
        Command::Projections(command) => command.run(session).await,
        Command::Demo(_)
        | Command::Serve(_)
        | Command::Completions(_)
        | Command::Man
        | Command::SampleCsv => Ok(Exit::Done),
    }
}

/// Ends at Ctrl-C. What was committed stays; what was not has not happened.
pub(crate) async fn interruptible<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        // In this order: whoever has been told that something is under way can interrupt it.
        biased;
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted(STOPPED.to_owned())),
        result = work => result,
    }
}
