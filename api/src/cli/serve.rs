//! `seatbook serve`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

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
    State, retention,
    server::{self, ServeOptions},
};

/// Where it listens unless somebody says otherwise.
pub(crate) const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Where to listen.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen: an address of this machine only, and a port; unless given, what `SEATBOOK_LISTEN` says, or else
    /// 127.0.0.1:8080
    #[arg(long, value_name = "ADDR", value_parser = listen)]
    listen: Option<SocketAddr>,
    /// For how many days the refused rows of an upload are kept, to be handed back; unless given, what
    /// `SEATBOOK_KEEP_REFUSED_ROWS_DAYS` says, or else 7
    #[arg(long, value_name = "DAYS", value_parser = days, allow_negative_numbers = true)]
    keep_refused_rows_days: Option<u32>,
}

impl Serve {
    fn address(&self) -> Result<SocketAddr, Failure> {
        match self.listen {
            Some(address) => Ok(address),
            None => Ok(said("SEATBOOK_LISTEN", listen)?.unwrap_or(USUAL)),
        }
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
                serve(state, address, days, ready).await
            }
        }
    }
}

/// Serves until Ctrl-C or SIGTERM, and lets the database go.
pub(crate) async fn serve(
    state: State,
    listen: SocketAddr,
    keep_refused_rows_days: u32,
    ready: impl FnOnce(SocketAddr) + Send + 'static,
) -> Result<Exit, Failure> {
    let options = ServeOptions { listen, keep_refused_rows_days, on_ready: Box::new(ready) };
    let served = server::serve(state.clone(), options).await;
    state.close().await;
    served.map_err(|error| {
        let what = format!("The server has failed: {error}.");
        let hint = "If the address is taken, give another one: --listen 127.0.0.1:0 takes a free port.";
        Failure::broken("not_serving", what, hint)
    })?;
    Ok(Exit::Done)
}

/// Reads an address to listen on. Only this machine's: until people sign in, whoever reaches the service is trusted.
pub(crate) fn listen(text: &str) -> Result<SocketAddr, Misread> {
    let text = text.trim();
    let address = match text.split_once(':') {
        Some(("localhost" | "", port)) => {
            port.parse().ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        }
        _ => text.parse().ok(),
    };
    let wanted = || Misread::new("is not an address and a port", "Write them like 127.0.0.1:8080.");
    let address: SocketAddr = address.ok_or_else(wanted)?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    let what = "can be reached from other machines, and there is no sign-in yet: whoever reaches the service may do \
                everything";
    Err(Misread::new(what, "Until then it listens on this machine only: 127.0.0.1:PORT or [::1]:PORT."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_on() {
        for text in ["127.0.0.1:8080", "localhost:8080", ":8080", "[::1]:8080"] {
            assert_eq!(listen(text).map(|address| address.port()), Ok(8080), "{text}");
        }
        for text in ["0.0.0.0:8080", "[::]:8080", "192.168.1.2:80"] {
            assert!(listen(text).unwrap_err().what.contains("no sign-in yet"), "{text}");
        }
        assert!(listen("8080").unwrap_err().hint.contains("like 127.0.0.1:8080"));
    }
}
