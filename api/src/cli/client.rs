//! Asks the service, and reads what it answers.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use hyper::{Method, Response, body::Bytes};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{
    Failure,
    call::Call,
    database::Target,
    output::{list, number},
    way::{Way, warn},
};
use crate::{State, engine::Engine};

/// An answer of the service.
pub(crate) struct Answer {
    /// As it came.
    pub raw: Bytes,
    /// What it says; null where it is no JSON.
    pub value: Value,
}

/// The way to the service. It is looked for when the service is first asked: a slip on the command line is told
/// before anything is opened.
pub(crate) struct Client {
    database: Option<Wanted>,
    way: OnceCell<Way>,
}

/// The database that somebody wants to be asked.
struct Wanted {
    target: Target,
    /// Whether it may be made if it is not there.
    makes: bool,
}

impl Client {
    /// Asks a database; `makes`: which is made if it is not there.
    pub(super) fn of(target: Target, makes: bool) -> Self {
        Self { database: Some(Wanted { target, makes }), way: OnceCell::new() }
    }

    /// Answers in this process.
    pub(crate) fn here(state: State) -> Self {
        Self { database: None, way: OnceCell::new_with(Some(Way::here(state))) }
    }

    /// Lets the database go.
    pub(crate) async fn close(self) {
        if let Some(Way::Here { state, router }) = self.way.into_inner() {
            drop(router);
            state.close().await;
        }
    }

    /// Goes on with what an earlier command left under way. A server does so by itself.
    pub(super) async fn resume(&self) -> Result<(), Failure> {
        if let Way::Here { state, .. } = self.way().await? {
            state.resume().await;
        }
        Ok(())
    }

    /// Whether it was asked already, and a server answers.
    pub(super) fn has_server(&self) -> bool {
        matches!(self.way.get(), Some(Way::Server { .. }))
    }

    /// Whether what others do is told here, too: not where this command alone has the database's file open.
    pub(crate) async fn hears_others(&self) -> Result<bool, Failure> {
        Ok(match self.way().await? {
            Way::Server { .. } => true,
            Way::Here { state, .. } => matches!(state.database, Engine::Server(_)),
        })
    }

    async fn way(&self) -> Result<&Way, Failure> {
        let find = || async {
            let Some(Wanted { target, makes }) = &self.database else {
                return Err(Failure::broken("no_database", "There is no database.", "Name one."));
            };
            target.prepare(*makes)?;
            Box::pin(Way::to(target, *makes)).await
        };
        self.way.get_or_try_init(find).await
    }

    /// Asks, and reads the whole answer. After an order, the read models show what it did.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let (order, is_long) = (call.method != Method::GET, call.is_long);
        let response = self.stream(call).await?;
        let body = async { Ok(response.into_body().collect().await.map_err(broken_off)?.to_bytes()) };
        let raw = self.way().await?.in_time(is_long, body).await?;
        let value = serde_json::from_slice(&raw).unwrap_or_default();
        if order {
            self.shown(number(&value, "position")).await?;
        }
        Ok(Answer { raw, value })
    }

    /// Asks, and gives the answer as it comes. A refusal is a failure.
    pub(crate) async fn stream(&self, call: Call) -> Result<Response<Body>, Failure> {
        let response = self.exchange(call).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let raw = response.into_body().collect().await.map_err(broken_off)?.to_bytes();
        match serde_json::from_slice(&raw) {
            Ok(problem @ Value::Object(_)) => Err(Failure::Problem(problem)),
            _ => Err(Failure::broken(
                "unexpected_answer",
                format!("The service answered {status}."),
                "Try again.",
            )),
        }
    }

    async fn exchange(&self, call: Call) -> Result<Response<Body>, Failure> {
        let (is_long, request) = (call.is_long, call.into_request()?);
        self.way().await?.exchange(request, is_long).await
    }

    /// Waits, for a bounded time, until the read models show what an answer says was done.
    pub(super) async fn shown_after(&self, answer: &Answer) -> Result<(), Failure> {
        self.shown(number(&answer.value, "position")).await
    }

    /// Waits, for a bounded time, until the read models show a position: the next command sees what this one did.
    async fn shown(&self, position: u64) -> Result<(), Failure> {
        if let Way::Here { state, .. } = self.way().await? {
            state.caught_up().await;
            return Ok(());
        }
        for _ in 0..200 {
            let response = self.exchange(Call::get(&["projections"])).await?;
            let raw = response.into_body().collect().await.map_err(broken_off)?.to_bytes();
            let status: Value = serde_json::from_slice(&raw).unwrap_or_default();
            let behind =
                |model: &Value| model.get("stopped").is_none() && number(model, "position") < position;
            if !models(&status).iter().any(behind) {
                break;
            }
            if let Some(why) = status.get("held_up_by").and_then(Value::as_str) {
                warn(why);
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(())
    }

    /// Asks page after page, until one has no next.
    pub(crate) async fn pages(
        &self,
        call: impl Fn(Option<&str>) -> Call,
        mut each: impl FnMut(&[Value]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut cursor: Option<String> = None;
        loop {
            let page = self.send(call(cursor.as_deref())).await?.value;
            each(list(&page, "items"))?;
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(()),
            }
        }
    }
}

/// The read models in a status answer.
pub(super) fn models(status: &Value) -> &[Value] {
    status.as_array().map_or_else(|| list(status, "items"), Vec::as_slice)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn broken_off(error: axum::Error) -> Failure {
    let hint = "What was asked may have been done: look before you ask again.";
    Failure::broken("answer_broken_off", format!("The answer broke off: {error}."), hint)
}
