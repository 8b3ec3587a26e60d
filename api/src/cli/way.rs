//! The way to the service: the same router, over a server's socket or in this process.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use axum::{Router, body::Body};
use hyper::{Request, Response, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tower::ServiceExt;

use super::{
    Failure,
    database::Target,
    patience::{SHORT, patiently},
    reach::{Reached, reach},
};
use crate::State;

/// The code of a server that is not there any more.
pub(super) const SERVER_LOST: &str = "server_lost";

/// Who answers.
#[expect(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub(super) enum Way {
    /// This process.
    Here { state: State, router: Router },
    /// A server.
    Server { socket: PathBuf },
}

impl Way {
    /// Answers in this process.
    pub(super) fn here(state: State) -> Self {
        let router = crate::app::router(state.clone());
        Self::Here { state, router }
    }

    /// Finds the server that has the database open, or opens it here; `makes`: whether it is made if it is not there.
    pub(super) async fn to(database: &Target, makes: bool) -> Result<Self, Failure> {
        Ok(match reach(database, makes, None).await? {
            Reached::Here(state) => Self::here(state),
            Reached::Server { pid: _, socket } => Self::Server { socket },
        })
    }

    /// Asks; `is_long`: what may take as long as it takes.
    pub(super) async fn exchange(
        &self,
        request: Request<Body>,
        is_long: bool,
    ) -> Result<Response<Body>, Failure> {
        match self {
            Self::Here { state, router } => {
                // A command before this one may have been killed before the read models had seen it.
                state.caught_up().await;
                state.projector.trouble().as_deref().into_iter().for_each(warn);
                match router.clone().oneshot(request).await {
                    Ok(response) => Ok(response),
                    Err(never) => match never {},
                }
            }
            Self::Server { socket } => self.in_time(is_long, over(socket, request)).await,
        }
    }

    /// Waits for a server's answer, but not for ever, unless it may take its time.
    pub(super) async fn in_time<T>(
        &self,
        is_long: bool,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match self {
            Self::Server { socket } if !is_long => {
                patiently(SHORT, socket, |word| eprintln!("{word}"), work).await
            }
            _ => work.await,
        }
    }
}

async fn over(socket: &Path, request: Request<Body>) -> Result<Response<Body>, Failure> {
    let io = TokioIo::new(UnixStream::connect(socket).await.map_err(|e| lost(socket, &e))?);
    let (mut sender, connection) = http1::handshake(io).await.map_err(|e| lost(socket, &e))?;
    tokio::spawn(connection);
    let failed = |e: hyper::Error| if e.is_user() { unsent(&e) } else { lost(socket, &e) };
    let response = sender.send_request(request).await.map_err(failed)?;
    Ok(response.map(Body::new))
}

/// What is to be sent can't be had.
fn unsent(error: &hyper::Error) -> Failure {
    let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let what = format!("What was to be sent can't be read to its end: {why}. Nothing was changed.");
    Failure::broken(
        "unreadable",
        what,
        "Check the file and the disk that it is on, and give the command again.",
    )
}

fn lost(socket: &Path, error: &dyn std::fmt::Display) -> Failure {
    let what = format!("The server at {} does not answer: {error}.", socket.display());
    Failure::broken(
        SERVER_LOST,
        what,
        "See whether it still runs, and what happened with `seatbook audit`; then try again.",
    )
}

/// What was done is done, and the lists do not show it.
pub(super) fn warn(why: &str) {
    eprintln!(
        "Warning: Lists are out of date, and follow by themselves once they can. They are held up: {why}."
    );
}
