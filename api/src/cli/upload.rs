//! Sends a file as it is read, and tells how far it is. Memory does not grow with the file.

use std::{
    io::{self, IsTerminal},
    os::fd::AsFd,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use hyper::body::{Bytes, Frame};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncReadExt},
    sync::mpsc,
    time::{Instant, interval_at},
};

use super::{
    Failure,
    output::{Out, counted, number, text, visible},
};

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// As often as a plain line is written where stderr is no terminal.
const PLAIN: Duration = Duration::from_secs(10);

/// What people see on stderr while they wait: a bar or a spinner on a terminal, a line now and then elsewhere.
#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    out: Out,
    doing: &'static str,
    plain: bool,
    /// How far a job is, in words.
    far: Arc<Mutex<String>>,
}

impl Progress {
    pub(super) fn new(out: Out, doing: &'static str) -> Self {
        let plain = !io::stderr().is_terminal();
        let bar = if plain { ProgressBar::hidden() } else { ProgressBar::no_length() };
        bar.set_style(style("{spinner} {msg} {elapsed}"));
        bar.set_message(format!("{doing} ..."));
        Self { bar, out, doing, plain, far: Arc::default() }
    }

    /// Waits for something, and shows that it goes on.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        if !self.plain {
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
        let mut now_and_then = interval_at(Instant::now() + PLAIN, PLAIN);
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                _ = now_and_then.tick(), if self.plain => self.line(),
            }
        };
        self.bar.finish_and_clear();
        result
    }

    /// How far a job is, as the service says.
    pub(super) fn job(&self, job: &Value) {
        let (applied, rows) = (number(job, "rows_applied"), number(job, "rows"));
        let far = how_far(job);
        self.bar.set_length(rows);
        self.bar.set_position(applied);
        // What matters most comes first: in a narrow window, the end is cut off.
        self.bar.set_message(format!("{far} ({})", self.doing));
        // Last: until then the bar stands at what was sent, which was all.
        self.bar.set_style(style("[{bar:12}] {percent:>3} % {wide_msg}"));
        if let Ok(mut said) = self.far.lock() {
            *said = far;
        }
    }

    fn line(&self) {
        let seconds = self.bar.elapsed().as_secs();
        if let Some(far) = self.far.lock().ok().filter(|far| !far.is_empty()) {
            self.out.note(&format!("{} ... {seconds} s, {far}", self.doing));
            return;
        }
        let sent = match (self.bar.position(), self.bar.length()) {
            (0, _) => String::new(),
            (sent, None) => format!(", {} sent", indicatif::HumanBytes(sent)),
            (sent, Some(all)) => {
                format!(", {} of {} sent", indicatif::HumanBytes(sent), indicatif::HumanBytes(all))
            }
        };
        self.out.note(&format!("{} ... {seconds} s{sent}", self.doing));
    }

    fn begin_file(&self, name: &str, length: Option<u64>) {
        if let Some(length) = length {
            self.bar.set_length(length);
            self.bar.set_style(style("[{bar:24}] {bytes} of {total_bytes}, {eta} left: {wide_msg}"));
        } else {
            self.bar.set_style(style("{spinner} Sending {msg} {bytes}"));
        }
        self.bar.set_message(visible(name));
    }

    fn end_file(&self) {
        self.bar.set_style(style("{spinner} {msg} {elapsed}"));
        self.bar.set_message(format!("{} ...", self.doing));
    }
}

/// "12 s left, 12,000 of 60,000 rows, 4,000/s".
fn how_far(job: &Value) -> String {
    if text(job, "state") == "waiting" {
        return "waiting for other imports".to_owned();
    }
    let rows = format!("{} of {} rows", counted(job, "rows_applied"), counted(job, "rows"));
    let rate = job.get("rows_per_second").map(|_| format!(", {}/s", counted(job, "rows_per_second")));
    let held_up = Some(text(job, "held_up_by")).filter(|why| !why.is_empty());
    if let Some(why) = held_up {
        return format!("held up: {why}; {rows}");
    }
    let left = job.get("seconds_left").map(|_| format!("{} s left, ", counted(job, "seconds_left")));
    [left, Some(rows), rate].into_iter().flatten().collect()
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The body of a request that sends a file, or stdin for `-`.
pub(super) async fn upload(path: &Path, progress: &Progress) -> Result<Body, Failure> {
    if path == Path::new("-") {
        let stdin = io::stdin().as_fd().try_clone_to_owned();
        let stdin =
            stdin.map_err(|e| Failure::unread(Path::new("on stdin"), &e, "Give the file on stdin."))?;
        return Ok(pieces(File::from_std(stdin.into()), "stdin", None, progress));
    }
    let hint = "Check that the file exists and may be read.";
    let unread = |error: io::Error| Failure::unread(path, &error, hint);
    let file = File::open(path).await.map_err(unread)?;
    let about = file.metadata().await.map_err(unread)?;
    if about.is_dir() {
        return Err(unread(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let length = if about.is_file() { Some(about.len()) } else { None };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Ok(pieces(file, &name, length, progress))
}

fn pieces(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    name: &str,
    length: Option<u64>,
    progress: &Progress,
) -> Body {
    progress.begin_file(name, length);
    let progress = progress.clone();
    let (send, receive) = mpsc::channel(4);
    tokio::spawn(async move {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            match (&mut from).take(PIECE as u64).read_to_end(&mut piece).await {
                Ok(0) => break,
                Ok(read) => {
                    progress.bar.inc(u64::try_from(read).unwrap_or_default());
                    // Nobody wants the rest: the service has answered already.
                    if send.send(Ok(Bytes::from(piece))).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    let _ = send.send(Err(error)).await;
                    break;
                }
            }
        }
        progress.end_file();
    });
    Body::new(Pieces(receive))
}

/// A body that is given piece by piece.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|bytes| bytes.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::how_far;

    #[test]
    fn how_far_a_job_is_has_its_rate_and_the_time_left_once_they_are_known() {
        let job = json!({"state": "running", "rows_applied": 12_000, "rows": 60_000});
        assert_eq!(how_far(&job), "12,000 of 60,000 rows");
        let mut known = job;
        (known["rows_per_second"], known["seconds_left"]) = (4_000.into(), 12.into());
        assert_eq!(how_far(&known), "12 s left, 12,000 of 60,000 rows, 4,000/s");
        known["held_up_by"] = "no room".into();
        assert_eq!(how_far(&known), "held up: no room; 12,000 of 60,000 rows");
        known["state"] = "waiting".into();
        assert_eq!(how_far(&known), "waiting for other imports");
    }
}
