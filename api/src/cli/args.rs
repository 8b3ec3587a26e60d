//! The command line as it is typed.

use clap::{Parser, Subcommand};

use super::{audit, database::Target, grants, invites, license, projections, serve, shell, users, why};
use crate::demo;

const ABOUT: &str =
    "Keeps the seats of paid licenses: who is in, who is invited, and everything that happened";

const LONG_ABOUT: &str = "Keeps the seats of paid licenses.

Admins add people by e-mail address, pasted or from a CSV file. People in a mail domain that the admin administers \
join at once; everyone else gets an invite, which they accept or decline, or close and reopen later. Somebody who \
declined can be added again, or enters the license key and joins at once.

Data goes to stdout, everything else to stderr. While `seatbook serve` runs on the same database, commands ask it; \
otherwise they open the database file themselves.";

const AFTER: &str = "Exit codes:
  0    done
  1    failed; stderr says what happened and what to do
  2    the command line is wrong
  3    done, but some rows were refused; they are listed, and --report FILE keeps them
  130  interrupted by Ctrl-C; what was done so far stays done

LICENSE is a license's id, or its exact name where only one license has it.
SEATBOOK_LOG sets what is logged to stderr (error, warn, info, debug).";

/// What was typed. No `Debug`: holds addresses.
#[derive(Parser)]
#[command(name = "seatbook", version, about = ABOUT, long_about = LONG_ABOUT, after_help = AFTER)]
#[command(propagate_version = true, max_term_width = 110)]
pub(super) struct Args {
    /// The database; a file in your data folder unless given
    #[arg(long, global = true, env = "SEATBOOK_DATABASE", value_name = "sqlite:PATH")]
    pub database: Option<Target>,
    /// Answer in JSON, errors too
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
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
    /// A person's invites: list, accept, decline, close, reopen; or take one back
    #[command(subcommand)]
    Invites(invites::Command),
    /// Join a license at once with its key
    Join(grants::Join),
    /// Leave a license that one has joined
    Leave(invites::Leave),
    /// Why somebody is, or is not, on a license, and what can be done next
    Why(why::Why),
    /// Everything that happened on a license
    Audit(audit::Audit),
    /// The read models: how far they are, rebuild them, compare them with the log
    #[command(subcommand)]
    Projections(projections::Command),
    /// Print a sample CSV file
    SampleCsv,
    /// Print the completions for a shell
    Completions(shell::Completions),
    /// Print the man page
    Man,
}
