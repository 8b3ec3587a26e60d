//! `seatbook serve`.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use serde_json::json;

use super::{
    Exit, Failure,
    database::Target,
    output::Out,
    reach::{Reached, reach},
    values::{Misread, days},
};
use crate::{
    State,
    retention::{DAYS, USUAL_DAYS},
    server::{self, ServeOptions},
};

/// Where to listen.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen: an address of this machine only, and a port
    #[arg(long, env = "SEATBOOK_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = listen)]
    listen: SocketAddr,
    /// For how many days the refused rows of an upload are kept, to be handed back
    #[arg(long, env = DAYS, value_name = "DAYS", default_value_t = USUAL_DAYS, value_parser = days, allow_negative_numbers = true)]
    keep_refused_rows_days: u32,
}

impl Serve {
    /// Serves until Ctrl-C or SIGTERM.
    pub(super) async fn run(self, database: &Target, out: Out) -> Result<Exit, Failure> {
        database.prepare(true)?;
        match reach(database).await? {
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
                serve(state, self.listen, self.keep_refused_rows_days, ready).await
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
