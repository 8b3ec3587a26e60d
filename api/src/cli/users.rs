//! `seatbook users add|invite|remove`: people as e-mail addresses, pasted or from a CSV file.

use std::{io::Read, path::PathBuf};

use axum::body::Body;
use clap::{Args, Subcommand};
use commands::import::intake::Charset;

use super::{
    Exit, Failure, Session, as_of,
    call::Call,
    follow::to_its_end,
    licenses::resolve,
    refused,
    report::Mode,
    under_way::Begun,
    upload::{Progress, upload},
    users_list,
    values::charset,
};

/// What to do with people.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Add people: in a domain that the admin administers they join at once, others are invited
    Add(Import),
    /// Invite people: all of them are asked, even in a domain that the admin administers
    Invite(Import),
    /// Remove people; their seats are free again
    Remove(Import),
    /// List the people of a license, of now or as of any moment
    List(users_list::List),
    /// Show one person, as they are or as of any moment
    Show(as_of::Show),
    /// How many people have which status, and how many seats are held, now or as of any moment
    Count(as_of::Count),
    /// Who came, who left and whose status changed between two moments
    Changes(as_of::Changes),
}

/// What else people want to know before they do it.
const AFTER: &str = "\
Every address has one outcome, and a refused one says where, which value, why, and what to do. The same again changes \
nothing.

Exit codes: 0 done, 1 failed, 2 usage, 3 done but some rows were refused.

Examples:
  seatbook users add School --as ada@school.example bo@school.example cy@else.example
  pbpaste | seatbook users add School --as ada@school.example -
  seatbook users add School --as ada@school.example --csv class.csv --dry-run
  seatbook users add School --as ada@school.example --csv class.csv --report refused.csv";

/// Whom, and how.
#[derive(Args)]
#[command(after_help = AFTER)]
pub(crate) struct Import {
    /// The license
    license: String,
    /// The admin who does it
    #[arg(long = "as", value_name = "ADMIN")]
    admin: String,
    /// E-mail addresses; `-` reads pasted text from stdin (separated by lines, commas, semicolons, tabs or spaces)
    #[arg(value_name = "EMAIL", required_unless_present = "csv")]
    emails: Vec<String>,
    /// A CSV file with a header row that says Email; `-` reads it from stdin
    #[arg(long, value_name = "FILE|-", conflicts_with = "emails")]
    csv: Option<PathBuf>,
    /// In which encoding the file is, where that is not found out: like windows-1251, iso-8859-2 or macintosh
    #[arg(long, value_name = "NAME", requires = "csv", value_parser = charset)]
    charset: Option<Charset>,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    report: refused::Wanted,
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::Add(import) => import.run(session, Mode::Add).await,
            Self::Invite(import) => import.run(session, Mode::Invite).await,
            Self::Remove(import) => import.run(session, Mode::Remove).await,
            Self::List(list) => list.run(session).await,
            Self::Show(show) => show.run(session).await,
            Self::Count(count) => count.run(session).await,
            Self::Changes(changes) => changes.run(session).await,
        }
    }
}

impl Import {
    async fn run(self, session: &Session, mode: Mode) -> Result<Exit, Failure> {
        let file = self.report.open(self.csv.as_deref(), session.out)?;
        let id = resolve(&session.client, &self.license).await?;
        let progress = Progress::new(session.out, mode.doing());
        let (kind, body) = self.body(&progress).await?;
        let call = Call::post(&["licenses", &id, "imports"])
            .long()
            .told_at_once()
            .query("mode", Some(mode.as_str()))
            .query("dry_run", self.dry_run.then_some(true))
            .by(&self.admin)
            .named(self.csv.as_deref())
            .body(kind, body);
        // There is one import to a command.
        let _ = session.begun.set(Begun::now(&id, self.dry_run));
        let done = async {
            let first = session.client.send(call).await?;
            session.begun_as(&first.value);
            to_its_end(&session.client, first, &progress).await
        };
        let answer = progress.during(done).await?;
        refused::told(session, &id, &answer, file).await
    }

    async fn body(&self, progress: &Progress) -> Result<(String, Body), Failure> {
        if let Some(file) = &self.csv {
            let charset = self.charset.as_ref().map(|name| format!("; charset={name}")).unwrap_or_default();
            return Ok((format!("text/csv{charset}"), upload(file, progress).await?));
        }
        let mut items = self.emails.clone();
        if let Some(dash) = items.iter().position(|item| item == "-") {
            items[dash] = pasted().await?;
        }
        Ok(("text/plain; charset=utf-8".to_owned(), Body::from(items.join("\n"))))
    }
}

/// Pasted text from stdin, without holding up Ctrl-C.
async fn pasted() -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map(|_| text)
    });
    let hint = "Give the addresses on stdin, in UTF-8.";
    let unread =
        |error: &dyn std::fmt::Display| Failure::broken("unreadable", format!("stdin: {error}."), hint);
    let bytes = read.await.map_err(|e| unread(&e))?.map_err(|e| unread(&e))?;
    String::from_utf8(bytes).map_err(|_| unread(&"the text is not UTF-8"))
}
