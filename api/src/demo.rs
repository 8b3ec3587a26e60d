//! `seatbook demo`: a sample school in a database of its own, made by the same requests that people send.

mod story;
mod summary;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
};

use clap::Args;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    cli::{
        Exit, Failure,
        client::Client,
        database::Target,
        interruptible,
        output::Out,
        reach::{Reached, reach},
        serve::{listen, serve},
        values::Misread,
    },
    front::{Front, USUAL},
    invite_mail,
    mail::Mail,
    retention,
    server::ServeOptions,
};
use story::Story;

/// Where to show it.
#[derive(Args)]
pub(crate) struct Demo {
    /// Where to listen, or `none`; 127.0.0.1:8080 unless given, or a free port where that is taken
    #[arg(long, value_name = "ADDR|none", value_parser = place)]
    listen: Option<Place>,
    /// End after the summary, and keep the database
    #[arg(long)]
    no_serve: bool,
}

/// A place to listen.
#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    At(SocketAddr),
}

fn place(text: &str) -> Result<Place, Misread> {
    if text.eq_ignore_ascii_case("none") { Ok(Place::Nowhere) } else { listen(text).map(Place::At) }
}

impl Demo {
    /// Where to listen, if at all.
    fn address(&self) -> Option<SocketAddr> {
        match self.listen {
            _ if self.no_serve => None,
            Some(Place::Nowhere) => None,
            Some(Place::At(address)) => Some(address),
            None => {
                let free = TcpListener::bind(USUAL).is_ok();
                Some(if free { USUAL } else { SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) })
            }
        }
    }
}

/// Makes the school, tells where to look and as whom, and serves until Ctrl-C.
pub(crate) async fn run(demo: Demo, database: Option<Target>, out: Out) -> Result<Exit, Failure> {
    let (database, folder) = match database {
        Some(database) => (database, None),
        None => fresh()?,
    };
    let state = match reach(&database, true, None).await? {
        // Letters are seen at once.
        Reached::Here(state) => state.with_front(Front::local(Mail::terminal())),
        Reached::Server { pid, socket: _ } => {
            let what = format!("A server (process {pid}) already has {database} open.");
            return Err(Failure::broken(
                "server_runs",
                what,
                "Leave --database out: the demo then makes its own.",
            ));
        }
    };
    out.note("Making a sample school ...");
    let client = Client::here(state.clone());
    let told = interruptible(async {
        let story = Story::tell(&client, &database).await?;
        let summary = summary::read(&client, &story).await?;
        Ok((story, summary))
    });
    let (story, summary) = told.await?;
    drop(client);
    // They are no news to anybody, and would fill the terminal.
    if let Err(error) = invite_mail::skip(&state).await {
        return Err(Failure::broken("log_unreadable", error, "Try again."));
    }
    let Some(listen) = demo.address() else {
        state.close().await;
        if let Some(folder) = folder {
            // It is to be looked at after this process has ended.
            let _ = folder.keep();
        }
        let value = json!({ "database": database.to_string(), "licenses": summary.licenses, "license_key": story.key });
        out.value(&value, || summary.words(&story, &database, None))?;
        return Ok(Exit::Done);
    };
    let ready = move |address: SocketAddr| {
        let value = json!({
            "database": database.to_string(), "licenses": summary.licenses, "license_key": story.key,
            "listening": format!("http://{address}"),
        });
        // Nobody reads it; the server serves all the same.
        let _ = out.value(&value, || summary.words(&story, &database, Some(address)));
    };
    let keep_refused_rows_days = retention::USUAL_DAYS;
    let listens = ServeOptions { listen, keep_refused_rows_days, socket: None, on_ready: Box::new(ready) };
    let served = serve(state, listens).await;
    // The file goes when the server has let it go.
    drop(folder);
    served
}

fn fresh() -> Result<(Target, Option<TempDir>), Failure> {
    let folder = tempfile::Builder::new().prefix("seatbook-demo-").tempdir().map_err(|error| {
        let what = format!("There is no place for temporary files: {error}.");
        Failure::broken("no_temporary_folder", what, "Name a file for the demo: --database sqlite:PATH.")
    })?;
    let file: PathBuf = folder.path().join("demo.db");
    Ok((Target::file(file), Some(folder)))
}
