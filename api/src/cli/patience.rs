//! Waiting for a server that may hang: people are told, and nobody waits for ever.

use std::{path::Path, time::Duration};

use tokio::time::timeout;

use super::Failure;

/// How long somebody waits for an answer that is usually there at once.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Until they are told what they wait for.
    word: Duration,
    /// From then on, until it is given up.
    end: Duration,
}

/// The server itself waits a few seconds for its lists, and answers then.
pub(super) const SHORT: Patience = Patience { word: Duration::from_secs(5), end: Duration::from_secs(55) };

/// Waits for an answer of the server on this socket.
pub(super) async fn patiently<T>(
    patience: Patience,
    socket: &Path,
    say: impl FnOnce(&str),
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut work = Box::pin(work);
    if let Ok(done) = timeout(patience.word, &mut work).await {
        return done;
    }
    say(&format!("Waiting for the server at {} to answer; Ctrl-C ends the waiting ...", socket.display()));
    timeout(patience.end, work).await.unwrap_or_else(|_| Err(silent(patience, socket)))
}

fn silent(patience: Patience, socket: &Path) -> Failure {
    let seconds = (patience.word + patience.end).as_secs();
    let what = format!("The server at {} did not answer within {seconds} seconds.", socket.display());
    let hint = "See what it does, or end it and start it anew. What was asked may have been done: look before you ask again.";
    Failure::broken("server_silent", what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn waited(
        work: impl Future<Output = Result<u8, Failure>>,
    ) -> (Result<u8, Failure>, Option<String>) {
        let (mut said, now) = (None, Patience { word: Duration::ZERO, end: Duration::ZERO });
        let done = patiently(now, Path::new("/run/s"), |word| said = Some(word.to_owned()), work).await;
        (done, said)
    }

    #[tokio::test]
    async fn who_is_answered_is_told_nothing_else() {
        let (done, said) = waited(async { Ok(7) }).await;
        assert!(matches!(done, Ok(7)) && said.is_none());
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_spoken_of_and_given_up() {
        let (done, said) = waited(std::future::pending()).await;
        assert!(said.is_some_and(|said| said.contains("/run/s")));
        assert!(matches!(done, Err(Failure::Local { code: "server_silent", .. })));
    }
}
