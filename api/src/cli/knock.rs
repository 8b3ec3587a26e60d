//! Knocks at a server's socket: a process that is ending still has one, and answers nobody.

use std::{path::Path, time::Duration};

use axum::body::Body;
use hyper::{Request, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::UnixStream, time::timeout};

/// Longer than a server needs that is well.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a server is there: it answers, or takes its time. Who ends the connection without a word is on its way out.
pub(super) async fn is_there(socket: &Path) -> bool {
    match timeout(PATIENCE, answers(socket)).await {
        Ok(answers) => answers,
        // It may have gone while it was waited for.
        Err(_) => UnixStream::connect(socket).await.is_ok(),
    }
}

async fn answers(socket: &Path) -> bool {
    let asked = async {
        let stream = UnixStream::connect(socket).await.ok()?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let question = Request::get("/livez").header(header::HOST, "localhost").body(Body::empty()).ok()?;
        sender.send_request(question).await.ok()
    };
    asked.await.is_some()
}
