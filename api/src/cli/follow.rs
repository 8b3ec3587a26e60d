//! Follows a job from its first answer to its end.

use http_body_util::BodyExt;
use hyper::body::Bytes;
use serde_json::Value;

use super::{
    Failure,
    call::Call,
    client::{Answer, Client},
    output::text,
    upload::Progress,
};

/// Waits for a job to end, and shows how far it is. The answer is its report: as it came, if it was done at once.
pub(super) async fn to_its_end(
    client: &Client,
    first: Answer,
    progress: &Progress,
) -> Result<Answer, Failure> {
    let (license, import) = (text(&first.value, "license_id"), text(&first.value, "import_id"));
    if text(&first.value, "events").is_empty() {
        return Ok(first);
    }
    progress.job(&first.value);
    follow(client, license, import, progress).await
}

/// Waits for a job to end, and shows how far it is.
pub(super) async fn follow(
    client: &Client,
    license: &str,
    import: &str,
    progress: &Progress,
) -> Result<Answer, Failure> {
    let report = ended(client, license, import, progress).await?;
    client.shown_after(&report).await?;
    Ok(report)
}

async fn ended(client: &Client, license: &str, import: &str, progress: &Progress) -> Result<Answer, Failure> {
    loop {
        let call = Call::get(&["licenses", license, "imports", import, "events"]);
        let mut body = client.stream(call).await?.into_body();
        let mut told = Told::default();
        // A connection may break off; the job goes on, and whoever asks again is told where it is.
        while let Some(Ok(frame)) = body.frame().await {
            let Some(bytes) = frame.data_ref() else { continue };
            for (name, data) in told.events(bytes) {
                let value: Value = serde_json::from_str(&data).unwrap_or_default();
                match name.as_str() {
                    "ended" => return Ok(Answer { raw: Bytes::from(data), value }),
                    "failed" => return Err(Failure::Problem(value)),
                    "paused" => return Err(paused(&value)),
                    _ => progress.job(&value),
                }
            }
        }
    }
}

/// What keeps the service from going on has passed by itself then; otherwise it is being stopped.
fn paused(import: &Value) -> Failure {
    let what = match text(import, "held_up_by") {
        "" => "The service is stopping; the rows that were applied stay, and the others follow when it starts again."
            .to_owned(),
        why => format!("Held up: {why}. The rows that were applied stay, and the others follow once that has passed."),
    };
    let hint = "Give the same command again to see what comes of it; nothing happens twice.";
    Failure::broken("import_paused", what, hint)
}

/// Server-sent events, as their bytes come in.
#[derive(Default)]
pub(super) struct Told {
    rest: Vec<u8>,
}

impl Told {
    /// The events that are whole now, with their names. A comment is none.
    pub(super) fn events(&mut self, bytes: &[u8]) -> Vec<(String, String)> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = self.rest.drain(..end + 2).collect();
            let event = String::from_utf8_lossy(&event).into_owned();
            let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(name), Some(data)) = (line("event:"), line("data:")) {
                events.push((name.to_owned(), data.to_owned()));
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_whatever_pieces_they_come_in() {
        let text = b": still here\n\nevent: progress\ndata: {\"rows\":1}\n\nevent: ended\ndata: {}\n\n";
        let whole =
            [("progress", "{\"rows\":1}"), ("ended", "{}")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        for size in 1..text.len() {
            let mut told = Told::default();
            let events: Vec<_> = text.chunks(size).flat_map(|piece| told.events(piece)).collect();
            assert_eq!(events, whole, "in pieces of {size}");
        }
    }
}
