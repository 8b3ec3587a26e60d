//! Accepts connections: over the network, and where the database is a file, on a socket of its owner's for the command line.
//!
//! The loop is our own, because the framework's sets no timer: headers that trickle in would hold a connection
//! for ever, and a shutdown would wait for them.

mod crowd;
mod silence;
mod socket;

use std::{io, net::SocketAddr, time::Duration};

use axum::{Extension, Router};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, sleep},
};

use crate::{Limits, Pace, State, app, invite_mail, network::Peer, problem::Problem, retention};
use crowd::Crowd;
use silence::{Moved, Patience, Watched};
use socket::Socket;

/// From the first byte of a request to the last of its headers; also how long a connection may be idle.
const HEADERS: Duration = Duration::from_secs(10);

/// After so long without a byte in either direction, a connection is ended: who waits for a large import hears nothing
/// until it is done. As long as bytes move, it stays: an upload on a slow line is not cut off.
const LONGEST_SILENCE: Duration = Duration::from_hours(1);

/// After so long, or up to twice as long, a connection is ended whose answer nobody takes: it holds what was to be sent, and a
/// place. A slow line takes some of it in that time.
const UNTAKEN: Duration = Duration::from_mins(2);

const STRANGERS: Patience = Patience { silence: LONGEST_SILENCE, untaken: UNTAKEN };

/// The owner may read page by page, as long as they like.
const OWNER: Patience = Patience { silence: LONGEST_SILENCE, untaken: LONGEST_SILENCE };

/// After so long, a shutdown no longer waits for requests.
const DRAIN: Duration = Duration::from_secs(30);

/// So long the end of the history may take to be signed.
const LAST_WORD: Duration = Duration::from_secs(5);

/// As long as an address that is taken may turn out to be free.
const LETTING_GO: Duration = Duration::from_secs(1);

/// Connections at once: more wait in the system's queue.
const CONNECTIONS: usize = 4_096;

/// Of these, from one address: a school behind one router has room, and nobody has all.
const FROM_ONE: usize = CONNECTIONS / 4;

/// How the service is started.
pub struct ServeOptions {
    /// Where it listens: beyond this machine only where its public address is known.
    pub listen: SocketAddr,
    /// For how many days refused rows are kept.
    pub keep_refused_rows_days: u32,
    /// Where the owner asks, with everything that the owner may; unless named, beside a database file.
    pub socket: Option<std::path::PathBuf>,
    /// Called once it answers, with the address that it got.
    pub on_ready: Box<dyn FnOnce(SocketAddr) + Send>,
}

/// Why the service could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Not a loopback address, and nobody said how people find the service.
    #[error("{0} can be reached from other machines, and it is not known under which address people do so")]
    NoPublicUrl(SocketAddr),
    /// The address is taken, or may not be used.
    #[error("can't listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: String,
        /// Why not.
        cause: io::Error,
    },
    /// The log.
    #[error(transparent)]
    Log(#[from] eventlog::LogError),
    /// The history in the database is not the one that was signed.
    #[error("{what}")]
    Diverged {
        /// A stable code.
        code: &'static str,
        /// What was found.
        what: String,
        /// What to do.
        hint: String,
    },
}

/// Serves until the process is asked to end (Ctrl-C, or SIGTERM), then lets running requests finish.
pub async fn serve(state: State, options: ServeOptions) -> Result<(), ServeError> {
    let state = State { keep_refused_rows_days: options.keep_refused_rows_days, ..state };
    if !options.listen.ip().is_loopback() && state.front.public.is_none() {
        return Err(ServeError::NoPublicUrl(options.listen));
    }
    let failed = |address: String| move |cause| ServeError::Listen { address, cause };
    let tcp = bound(options.listen).await.map_err(failed(options.listen.to_string()))?;
    let address = tcp.local_addr().map_err(failed(options.listen.to_string()))?;
    state.compare_recent_history().await?;
    if let Some(diverged) = state.history.diverged() {
        let Problem { detail: what, hint, .. } = Problem::from(diverged);
        return Err(ServeError::Diverged { code: diverged.code(), what, hint });
    }
    let socket = Socket::of(&state.database, options.socket.as_deref())?;
    let mut end = EndOfProcess::expect().map_err(failed("the process's signals".to_owned()))?;
    state.front.listens(address);
    (options.on_ready)(address);
    let resumed = state.clone();
    let look = state.database.look();
    let resuming = tokio::spawn(async move { resumed.keep_going(look).await });
    let writing = tokio::spawn(invite_mail::keep_sending(state.clone()));
    let signing = state.clone();
    let signing =
        tokio::spawn(async move { tokio::join!(signing.keep_signing(), signing.compare_all_history()) });
    let counting = tokio::spawn(state.clone().keep_counting());
    let forgetting = tokio::spawn(retention::keep_for(state.clone()));

    let limits = Limits { pace: state.limits.pace.or(Some(Pace::default())), ..state.limits };
    let network = crate::network::router(state.clone().with_limits(limits));
    let owner = app::router(state.clone());
    let open = GracefulShutdown::new();
    let slots = std::sync::Arc::new(tokio::sync::Semaphore::new(CONNECTIONS));
    let crowd = Crowd::of_at_most(FROM_ONE);
    loop {
        let Ok(slot) = std::sync::Arc::clone(&slots).acquire_owned().await else { break };
        tokio::select! {
            () = end.asked() => break,
            taken = tcp.accept() => match taken {
                Ok((stream, from)) => {
                    // Small answers should not wait for more to come.
                    let _ = stream.set_nodelay(true);
                    let from = Peer(from.ip());
                    // Behind a proxy that is known stand many.
                    let Ok(place) = (!from.is_proxy(&state.front)).then(|| crowd.enter(from.0)).transpose() else {
                        continue;
                    };
                    answer(stream, network.clone().layer(Extension(from)), &open, (slot, place), STRANGERS);
                }
                Err(error) => pause(&error).await,
            },
            taken = Socket::accept(socket.as_ref()) => match taken {
                Ok(stream) => answer(stream, owner.clone(), &open, (slot, None), OWNER),
                Err(error) => pause(&error).await,
            },
        }
    }
    drop((tcp, socket));
    forgetting.abort();
    signing.abort();
    counting.abort();
    writing.abort();
    resuming.abort();
    // Whoever waits for an import is answered before the connections are waited for, and whoever follows a history is let go.
    state.ending.send_replace(true);
    state.jobs.stop().await;
    if tokio::time::timeout(DRAIN, open.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
    // Nothing is recorded any more behind what is signed last.
    state.count_reads(Duration::ZERO).await;
    let end = async {
        state.caught_up().await;
        state.sign_what_is_new().await;
    };
    if tokio::time::timeout(LAST_WORD, end).await.is_err() {
        tracing::warn!("the end of the history could not be signed in time; the next start does it");
    }
    state.close().await;
    Ok(())
}

/// Listens on an address. A process that was killed may have it for a moment longer.
async fn bound(address: SocketAddr) -> io::Result<TcpListener> {
    let begun = Instant::now();
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && begun.elapsed() < LETTING_GO => {
                sleep(LETTING_GO / 20).await;
            }
            done => return done,
        }
    }
}

/// A request's head longer than this, in bytes, is read no further, which is at most as much again: it is in memory before anybody
/// knows whose it is.
const HEAD: usize = 32 * 1024;

fn answer(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    router: Router,
    open: &GracefulShutdown,
    held: (tokio::sync::OwnedSemaphorePermit, Option<crowd::Place>),
    patience: Patience,
) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).keep_alive(true).max_buf_size(HEAD);
    let moved = Moved::default();
    let stream = TokioIo::new(Watched { stream, moved: moved.clone() });
    let connection = http.serve_connection(stream, TowerToHyperService::new(router));
    let connection = open.watch(connection);
    tokio::spawn(async move {
        let _held = held;
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke off");
            },
            () = moved.no_more(patience) => tracing::debug!("a silent connection was ended"),
        }
    });
}

/// Out of file descriptors, most likely: accepting again at once would only spin.
async fn pause(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    sleep(Duration::from_millis(100)).await;
}

/// Ctrl-C, or SIGTERM. Expected before anybody is told that the service is ready.
struct EndOfProcess {
    interrupt: Signal,
    terminate: Signal,
}

impl EndOfProcess {
    fn expect() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
