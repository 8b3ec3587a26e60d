//! The command line as it is typed.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use super::{
    audit, database::Target, erase, grants, imports, invites, license, projections, replay, roles, serve,
    shell, sign_in, tokens, upkeep, users, why,
};
use crate::demo;

const ABOUT: &str =
    "Keeps the seats of paid licenses: who is in, who is invited, and everything that happened";

const LONG_ABOUT: &str = "Keeps the seats of paid licenses.

Admins add people by e-mail address, pasted or from a CSV file. People in a mail domain that the admin administers \
join at once; everyone else gets an invite, which they accept or decline, or close and reopen later. Somebody who \
declined can be added again, or enters the license key and joins at once.

Data goes to stdout, everything else to stderr. The database is a file, or on a PostgreSQL server. While `seatbook \
serve` runs on the same file, commands ask it; otherwise they open the database themselves.";

const AFTER: &str = "Exit codes:
  0    done
  1    failed; stderr says what happened and what to do
  2    the command line is wrong
  3    done, but some rows were refused; they are listed, and --report FILE keeps them
  130  interrupted by Ctrl-C; what was done so far stays done

LICENSE is a license's id, or its exact name where only one license has it.
An address may begin with -; before anything else that does, put -- on its own.
`license create`, `serve` and `demo` make the database if it is not there, and `database migrate` the tables of one on a \
server; no other command does.
SEATBOOK_SECRET_FILE or SEATBOOK_SECRET is what license keys are kept with; a database in a file has its own beside it.
SEATBOOK_LOG sets what is logged to stderr (error, warn, info, debug, trace, off); where stderr is a terminal, \
in colours, unless NO_COLOR is set. SEATBOOK_LOG_FORMAT=json makes each line one of JSON.";

/// What was typed. No `Debug`: holds addresses.
#[derive(Parser)]
#[command(name = "seatbook", version, about = ABOUT, long_about = LONG_ABOUT, after_help = AFTER)]
#[command(propagate_version = true, max_term_width = 110)]
pub(super) struct Args {
    /// The database, sqlite:PATH or postgres://...; unless given, what `SEATBOOK_DATABASE` says or else `DATABASE_URL`,
    /// or else a file in your data folder; `demo` makes one of its own
    #[arg(long, global = true, value_name = "DATABASE")]
    pub database: Option<Target>,
    /// Answer in JSON, errors too
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

impl Command {
    /// Whether the database is made if it is not there: where anything can begin.
    pub(super) fn makes_database(&self) -> bool {
        matches!(self, Self::Demo(_) | Self::Serve(_) | Self::License(license::Command::Create(_)))
    }
}

/// Options whose value is a file, whatever it is called.
const OF_FILES: [&str; 3] = ["--csv", "--report", "--database"];

/// The words of the command line. An address may begin with a hyphen: a space before it, which belongs to no address,
/// keeps it from being taken for an option.
pub(super) fn typed(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut typed: Vec<OsString> = Vec::new();
    for word in words {
        let plain = typed.iter().any(|word| word == "--")
            || typed.last().is_some_and(|before| OF_FILES.iter().any(|option| before == option));
        typed.push(match word.to_str() {
            Some(text) if !plain && is_address(text) => format!(" {text}").into(),
            _ => word,
        });
    }
    typed
}

/// Whether a word that looks like an option is an address: no option has an @ in its name.
fn is_address(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('-') else { return false };
    let name = if rest.starts_with('-') { word.split('=').next().unwrap_or(word) } else { word };
    name.contains('@')
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Show it all on a sample school: people in every state, served until Ctrl-C
    Demo(demo::Demo),
    /// Answer HTTP requests until Ctrl-C
    Serve(serve::Serve),
    /// Set up, show and change licenses (as the operator)
    #[command(subcommand)]
    License(license::Command),
    /// Add, invite, remove and list people
    #[command(subcommand)]
    Users(users::Command),
    /// What was pasted and uploaded: list, follow, cancel, undo
    #[command(subcommand)]
    Imports(imports::Command),
    /// A person's invites: list, accept, decline, close, reopen; or take one back
    #[command(subcommand)]
    Invites(invites::Command),
    /// Join a license at once with its key
    Join(grants::Join),
    /// Leave a license that one has joined
    Leave(invites::Leave),
    /// Why somebody is, or is not, on a license, and what can be done next
    Why(why::Why),
    /// Erase a person from every license and role; what they did stays, and names nobody (as the operator)
    Erase(erase::Erase),
    /// Everything that happened on a license
    Audit(Box<audit::Audit>),
    /// Replay the log of a license, or all of it, beside what the lists hold; exit code 1 where they differ
    Replay(replay::Replay),
    /// The read models: how far they are, rebuild them, compare them with the log
    #[command(subcommand)]
    Projections(projections::Command),
    /// What the owner of the database does: check it, bring its tables up to date, grant a role its rights
    #[command(subcommand)]
    Database(upkeep::Command),
    /// Who runs the installation, and who checks and helps across all licenses
    #[command(subcommand)]
    Roles(roles::Command),
    /// Make a link that signs somebody in, once, and hand it over
    SignInLink(sign_in::SignInLink),
    /// In which browsers a person is signed in; end that
    #[command(subcommand)]
    Sessions(sign_in::Sessions),
    /// Which accounts at providers sign a person in; end that
    #[command(subcommand)]
    Identities(sign_in::Identities),
    /// Tokens by which machines ask in a person's name
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Print a sample CSV file
    SampleCsv,
    /// Print the completions for a shell
    Completions(shell::Completions),
    /// Print the man page
    Man,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_begins_with_a_hyphen_is_no_option() {
        let cases = [
            ("add -x@a.org", "add  -x@a.org"),
            ("--as -x@a.org", "--as  -x@a.org"),
            ("--x@a.org -x=y@a.org", " --x@a.org  -x=y@a.org"),
            ("--as=-x@a.org --json -", "--as=-x@a.org --json -"),
            ("--csv -x@a.csv", "--csv -x@a.csv"),
            ("-- -x@a.org", "-- -x@a.org"),
        ];
        for (given, wanted) in cases {
            let words = typed(given.split(' ').map(OsString::from));
            let words: Vec<_> = words.iter().filter_map(|word| word.to_str()).collect();
            assert_eq!(words.join(" "), wanted, "{given}");
        }
    }
}
