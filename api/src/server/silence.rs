//! A connection on which nothing moves is ended; as long as something does, it may take as long as it takes. How fast a
//! body has to come, says [`Pace`](crate::Pace).

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::sleep,
};

/// What moves on a connection.
#[derive(Clone, Default)]
pub(super) struct Moved(Arc<Counted>);

#[derive(Default)]
struct Counted {
    /// How often something moved.
    often: AtomicU64,
    /// Whether something is to be sent and can't be: what was sent before is not taken.
    is_untaken: AtomicBool,
}

/// For how long nothing moves before a connection is ended.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Where it is waited for an answer, or for another request.
    pub silence: Duration,
    /// Where an answer is not taken; or up to twice as long.
    pub untaken: Duration,
}

impl Moved {
    fn once_more(&self) {
        self.0.often.fetch_add(1, Ordering::Relaxed);
    }

    fn often(&self) -> u64 {
        self.0.often.load(Ordering::Relaxed)
    }

    /// Ends when nothing has moved for too long.
    pub(super) async fn no_more(&self, patience: Patience) {
        let (mut before, mut still) = (self.often(), Duration::ZERO);
        loop {
            sleep(patience.untaken).await;
            let now = self.often();
            if now == before {
                still += patience.untaken;
                if still >= patience.silence || self.0.is_untaken.load(Ordering::Relaxed) {
                    return;
                }
            } else {
                (before, still) = (now, Duration::ZERO);
            }
        }
    }
}

/// A stream that counts what moves on it.
pub(super) struct Watched<S> {
    pub stream: S,
    pub moved: Moved,
}

impl<S> Watched<S> {
    fn note<T>(
        &self,
        done: Poll<io::Result<T>>,
        is_something: impl FnOnce(&T) -> bool,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(Ok(done)) = &done
            && is_something(done)
        {
            self.moved.once_more();
        }
        done
    }

    fn note_written(&self, done: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.moved.0.is_untaken.store(done.is_pending(), Ordering::Relaxed);
        self.note(done, |written| *written > 0)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let done = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.note(done, |()| buffer.filled().len() > before)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_written(done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.note_written(done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_is_read_and_written_moves_and_an_end_does_not() {
        let (here, mut there) = duplex(64);
        let moved = Moved::default();
        let mut watched = Watched { stream: here, moved: moved.clone() };
        watched.write_all(b"answer").await.unwrap();
        assert_eq!(moved.often(), 1);
        there.write_all(b"request").await.unwrap();
        drop(there);
        let mut all = Vec::new();
        watched.read_to_end(&mut all).await.unwrap();
        assert_eq!((all.as_slice(), moved.often()), (&b"request"[..], 2));
    }

    #[tokio::test]
    async fn where_nothing_moves_it_ends() {
        Moved::default().no_more(Patience { silence: Duration::ZERO, untaken: Duration::ZERO }).await;
    }

    #[tokio::test]
    async fn who_takes_no_answer_is_waited_for_less_long_than_who_waits_for_one() {
        let (here, mut there) = duplex(4);
        let moved = Moved::default();
        let mut watched = Watched { stream: here, moved: moved.clone() };
        let patience = Patience { silence: Duration::MAX, untaken: Duration::from_millis(1) };
        let waits = tokio::time::timeout(Duration::from_millis(50), moved.no_more(patience));
        assert!(waits.await.is_err(), "nothing is to be taken");
        let answer = tokio::spawn(async move { watched.write_all(b"answer").await });
        moved.no_more(patience).await;
        // Once it is taken, it goes on.
        let mut taken = [0; 6];
        there.read_exact(&mut taken).await.unwrap();
        answer.await.unwrap().unwrap();
        let waits = tokio::time::timeout(Duration::from_millis(50), moved.no_more(patience));
        assert!(waits.await.is_err(), "it was taken");
    }
}
