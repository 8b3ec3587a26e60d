//! How many bodies of somebody are on their way at once: what has come of them takes memory and disk, and whoever sends slowly
//! would hold as much of it as they like.

use std::{
    collections::HashMap,
    hash::Hash,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;

use crate::problem::Problem;

/// So many of one person, or else from one address.
const MOST: u32 = 8;

/// Shorter ones are not counted: they are in as soon as their request is.
const SHORT: u64 = 64 << 10;

/// Whose bodies are on their way.
pub(super) struct Bodies<K>(Arc<Mutex<HashMap<K, u32>>>);

impl<K: Hash + Eq + Clone + Send + 'static> Bodies<K> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Counts the body of a request for as long as it is taken in.
    pub(super) fn count(&self, request: &mut Request, whose: K) -> Result<(), Box<Response>> {
        let size = request.body().size_hint();
        if size.upper().is_some_and(|bytes| bytes <= SHORT) {
            return Ok(());
        }
        let slot = self.slot(whose).ok_or_else(|| Box::new(too_many()))?;
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Counted { body, _slot: slot });
        Ok(())
    }

    fn slot(&self, whose: K) -> Option<Slot<K>> {
        let mut under_way = self.0.lock();
        let bodies = under_way.entry(whose.clone()).or_default();
        if *bodies == MOST {
            return None;
        }
        *bodies += 1;
        Some(Slot { of: Arc::clone(&self.0), whose })
    }
}

/// One of them. It is over with this.
struct Slot<K: Hash + Eq> {
    of: Arc<Mutex<HashMap<K, u32>>>,
    whose: K,
}

impl<K: Hash + Eq> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut under_way = self.of.lock();
        if let Some(bodies) = under_way.get_mut(&self.whose) {
            *bodies -= 1;
            if *bodies == 0 {
                under_way.remove(&self.whose);
            }
        }
    }
}

/// A body that is counted.
struct Counted<K: Hash + Eq> {
    body: Body,
    _slot: Slot<K>,
}

impl<K: Hash + Eq> Unpin for Counted<K> {}

impl<K: Hash + Eq> HttpBody for Counted<K> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn too_many() -> Response {
    let detail = format!(
        "{MOST} requests of yours are on their way already, with bodies that have not come to their end."
    );
    let hint = "Wait until one of them is in, and send this one again.";
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail, hint);
    let mut answer = problem.into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use futures_util::stream;

    use super::*;

    fn slow() -> Request {
        let body = Body::from_stream(stream::pending::<Result<Bytes, axum::Error>>());
        Request::builder().method(Method::POST).body(body).unwrap()
    }

    #[test]
    fn whoever_has_many_bodies_on_their_way_sends_no_more_until_one_is_in() {
        let bodies = Bodies::new();
        let mut under_way: Vec<Request> = Vec::new();
        for _ in 0..MOST {
            let mut request = slow();
            bodies.count(&mut request, 1).unwrap();
            under_way.push(request);
        }
        assert_eq!(bodies.count(&mut slow(), 1).unwrap_err().status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(bodies.count(&mut slow(), 2).is_ok(), "others are not concerned");
        let mut short = Request::new(Body::from("{}"));
        assert!(bodies.count(&mut short, 1).is_ok());
        under_way.pop();
        assert!(bodies.count(&mut slow(), 1).is_ok());
        drop(under_way);
        assert!(bodies.0.lock().is_empty(), "nobody is remembered");
    }
}
