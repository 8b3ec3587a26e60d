//! Asking a provider, over HTTP.

use std::{pin::Pin, time::Duration};

use axum::{body::Bytes, http::Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::crypto::ring;

use super::settings::is_safe;

/// Longer nobody waits for a provider.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer no answer is: keys and claims are a few thousand bytes.
const LONGEST: usize = 1 << 20;

/// Asks providers. It follows no redirection: what a provider has to say stands where it said that it does.
pub(super) struct Web(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    #[error("no certificates of authorities can be read on this machine: {0}")]
    NoRoots(std::io::Error),
    #[error("{0} is neither https nor on this machine")]
    Unsafe(Uri),
    #[error("{uri}: {what}")]
    NoAnswer { uri: Uri, what: String },
    #[error("{0} did not answer within ten seconds")]
    TooSlow(Uri),
}

impl Web {
    pub(super) fn new() -> Result<Self, WebError> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(ring::default_provider())
            .map_err(WebError::NoRoots)?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// One request, one answer.
    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, WebError> {
        let uri = request.uri().clone();
        if !is_safe(&uri) {
            return Err(WebError::Unsafe(uri));
        }
        let answered = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(what)) => Err(WebError::NoAnswer { uri, what }),
            Err(_) => Err(WebError::TooSlow(uri)),
        }
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, String> {
        let answer = self.0.request(request.map(Full::from)).await.map_err(|error| whole(&error))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(|error| error.to_string())?;
        Ok(HttpResponse::from_parts(head, body.to_bytes().into()))
    }
}

impl<'c> AsyncHttpClient<'c> for Web {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WebError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// An error with its causes: the outermost alone says no more than that there was one.
pub(super) fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
