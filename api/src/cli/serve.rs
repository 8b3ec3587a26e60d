//! `seatbook serve`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::Args;
use serde_json::json;

use super::{
    Exit, Failure,
    database::Target,
    environment::said,
    output::Out,
    reach::{Reached, reach},
    values::{Misread, days},
};
use crate::{
    State,
    front::{USUAL, public_url},
    retention,
    server::{self, ServeError, ServeOptions},
};

/// Where to listen.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen: an address and a port; unless given, what `SEATBOOK_LISTEN` says, or else 127.0.0.1:8080. For
    /// other machines it listens only where `SEATBOOK_PUBLIC_URL` says under which address people find it
    #[arg(long, value_name = "ADDR", value_parser = listen)]
    listen: Option<SocketAddr>,
    /// For how many days the refused rows of an upload are kept, to be handed back; unless given, what
    /// `SEATBOOK_KEEP_REFUSED_ROWS_DAYS` says, or else 7
    #[arg(long, value_name = "DAYS", value_parser = days, allow_negative_numbers = true)]
    keep_refused_rows_days: Option<u32>,
    /// A Unix socket for programs of this account on this machine: who asks there is the operator, as on the command
    /// line, and may act for anybody; unless given, what `SEATBOOK_SOCKET` says. A database file has one beside it
    #[arg(long, value_name = "PATH", env = "SEATBOOK_SOCKET")]
    socket: Option<PathBuf>,
}

impl Serve {
    fn address(&self) -> Result<SocketAddr, Failure> {
        let (place, address) = match self.listen {
            Some(address) => ("--listen", address),
            None => ("SEATBOOK_LISTEN", said("SEATBOOK_LISTEN", listen)?.unwrap_or(USUAL)),
        };
        if address.ip().is_loopback() || said("SEATBOOK_PUBLIC_URL", public_url)?.is_some() {
            return Ok(address);
        }
        let what = "can be reached from other machines, and nobody has said under which address people find the service";
        let hint = "Set SEATBOOK_PUBLIC_URL, like https://seats.example.org; or listen on this machine only: \
                    127.0.0.1:PORT or [::1]:PORT.";
        Err(Failure::usage(format!("{place}: \"{address}\" {what}."), hint))
    }

    /// Serves until Ctrl-C or SIGTERM.
    pub(super) async fn run(self, database: &Target, out: Out) -> Result<Exit, Failure> {
        let days = self.keep_refused_rows_days.map_or_else(retention::days, Ok)?;
        let address = self.address()?;
        database.prepare(true)?;
        match reach(database, true, Some(days)).await? {
            Reached::Server { pid, socket: _ } => {
                let what = format!("A server (process {pid}) already has {database} open.");
                Err(Failure::broken("server_runs", what, "Use that one, or end it first."))
            }
            Reached::Here(state) => {
                let file = database.to_string();
                let ready = move |address: SocketAddr| {
                    let value = json!({ "listening": format!("http://{address}"), "database": file });
                    let words =
                        || format!("Listening on http://{address}\nDatabase: {file}\nCtrl-C ends it.\n");
                    // Nobody reads it; the server serves all the same.
                    let _ = out.value(&value, words);
                };
                let listens = ServeOptions {
                    listen: address,
                    keep_refused_rows_days: days,
                    socket: self.socket.filter(|path| !path.as_os_str().is_empty()),
                    on_ready: Box::new(ready),
                };
                serve(state, listens).await
            }
        }
    }
}

/// Serves until Ctrl-C or SIGTERM, and lets the database go.
pub(crate) async fn serve(state: State, options: ServeOptions) -> Result<Exit, Failure> {
    let served = server::serve(state.clone(), options).await;
    state.close().await;
    served.map_err(|error| {
        if let ServeError::Diverged { code, what, hint } = error {
            return Failure::broken(code, what, hint);
        }
        let what = format!("The server has failed: {error}.");
        let hint = match error {
            ServeError::NoPublicUrl(_) => {
                "Set SEATBOOK_PUBLIC_URL, like https://seats.example.org, or listen on 127.0.0.1 or [::1]."
            }
            ServeError::Listen { .. } | ServeError::Log(_) | ServeError::Diverged { .. } => {
                "If the address is taken, give another one: --listen 127.0.0.1:0 takes a free port."
            }
        };
        Failure::broken("not_serving", what, hint)
    })?;
    Ok(Exit::Done)
}

/// Reads an address to listen on.
pub(crate) fn listen(text: &str) -> Result<SocketAddr, Misread> {
    let text = text.trim();
    let address = match text.split_once(':') {
        Some(("localhost" | "", port)) => {
            port.parse().ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        }
        _ => text.parse().ok(),
    };
    address.ok_or_else(|| Misread::new("is not an address and a port", "Write them like 127.0.0.1:8080."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_write_it() {
        for (text, address) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            (":8080", "127.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
        ] {
            assert_eq!(listen(text).map(|address| address.to_string()).as_deref(), Ok(address), "{text}");
        }
        assert!(listen("8080").unwrap_err().hint.contains("like 127.0.0.1:8080"));
    }
}
