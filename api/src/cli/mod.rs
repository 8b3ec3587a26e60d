//! The command line. Every command is an HTTP request to the same router that the server answers with: over its
//! socket while a server runs, in this process otherwise.

mod args;
mod as_of;
mod audit;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod environment;
mod erase;
mod exit;
mod follow;
mod front;
mod grants;
mod imports;
mod invites;
mod keys;
mod knock;
mod license;
pub(crate) mod licenses;
mod logging;
mod memory;
pub(crate) mod output;
mod paged;
mod patience;
mod projections;
mod proofs;
mod providers;
pub(crate) mod reach;
mod refused;
mod replay;
mod report;
mod roles;
mod secret;
pub(crate) mod serve;
mod shell;
mod sign_in;
mod tokens;
mod under_way;
mod upkeep;
mod upload;
mod usage;
mod users;
pub(crate) mod users_list;
pub(crate) mod values;
mod way;
mod why;

use std::{ffi::OsString, process::ExitCode, sync::OnceLock};

use clap::{CommandFactory, FromArgMatches, error::ErrorKind};

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
    let words = args::typed(std::env::args_os());
    let out = Out { json: usage::wants_json(&words) };
    let args = match read(&words, out) {
        Ok(args) => args,
        Err(failure) => return exit::report(Err(failure), out),
    };
    if matches!(args.command, Command::Serve(_) | Command::Users(_)) {
        memory::few_arenas();
    }
    let level = if matches!(args.command, Command::Serve(_)) { "info" } else { "error" };
    if let Err(failure) = logging::begin(level) {
        return exit::report(Err(failure), out);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(Err(Failure::broken("no_runtime", error, "Try again.")), out),
    };
    let result = runtime.block_on(run(args, out));
    // Somebody may still be reading the keyboard; that must not keep us.
    runtime.shutdown_background();
    exit::report(result, out)
}

/// Reads the command line. Who asks for help, or says nothing at all, is shown it.
fn read(words: &[OsString], out: Out) -> Result<Args, Failure> {
    let mut root = Args::command();
    root.build();
    let matches = root.clone().try_get_matches_from(words);
    matches.and_then(|matches| Args::from_arg_matches(&matches)).map_err(|error| {
        let shows_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !out.json;
        let wrong = usage::wrong(&error, &root, words).filter(|_| !shows_help);
        wrong.unwrap_or_else(|| error.exit())
    })
}

async fn run(args: Args, out: Out) -> Result<Exit, Failure> {
    match args.command {
        Command::Completions(shell) => shell.completions(out),
        Command::Man => shell::man(out),
        Command::SampleCsv => shell::sample_csv(out),
        Command::Database(command) => command.run(&Target::open(args.database)?, out).await,
        Command::Serve(serve) => serve.run(&Target::open(args.database)?, out).await,
        // What was set by the environment is no choice for the demo: it must not write into the real thing.
        Command::Audit(audit) => match audit.offline() {
            Ok(offline) => offline.run(out),
            Err(audit) => Box::pin(on_database(Command::Audit(audit), args.database, out)).await,
        },
        Command::Demo(demo) => crate::demo::run(demo, args.database, out).await,
        command => Box::pin(on_database(command, args.database, out)).await,
    }
}

async fn on_database(command: Command, database: Option<Target>, out: Out) -> Result<Exit, Failure> {
    let client = Client::of(Target::open(database)?, command.makes_database());
    let session = Session { client, out, begun: OnceLock::new() };
    // On the heap: it is as large as the largest of all commands.
    match interruptible(Box::pin(ask(command, &session))).await {
        Err(Failure::Interrupted(_)) => Err(Failure::Interrupted(session.interrupted().await)),
        result => {
            session.client.close().await;
            result
        }
    }
}

/// Commands that ask the service something.
async fn ask(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::License(command) => command.run(session).await,
        Command::Users(command) => command.run(session).await,
        Command::Imports(command) => command.run(session).await,
        Command::Invites(command) => command.run(session).await,
        Command::Join(join) => join.run(session).await,
        Command::Leave(leave) => leave.run(session).await,
        Command::Why(why) => why.run(session).await,
        Command::Erase(erase) => erase.run(session).await,
        Command::Audit(audit) => audit.run(session).await,
        Command::Replay(replay) => replay.run(session).await,
        Command::Projections(command) => command.run(session).await,
        Command::Roles(command) => command.run(session).await,
        Command::SignInLink(link) => link.run(session).await,
        Command::Sessions(command) => command.run(session).await,
        Command::Identities(command) => command.run(session).await,
        Command::Tokens(command) => command.run(session).await,
        Command::Demo(_)
        | Command::Database(_)
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

/// Whether a line without quotation marks is a command of ours.
#[cfg(test)]
pub(crate) fn is_command(line: &str) -> bool {
    Args::command().try_get_matches_from(line.split(' ')).is_ok()
}
