//! `/api/docs/`: the API's description, to be read and tried out in a browser.
//!
//! What draws it is Swagger UI, from its own crate. It sets styles in its elements, so its pages have a policy of their own;
//! scripts are no others than those served here.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use utoipa_swagger_ui::{Config, serve};

use crate::{State, problem::Problem, visible::shortened};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// As long as a version of the service lasts, and not much longer: the files have no versions in their names.
const AN_HOUR: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/api/openapi.json").persist_authorization(false);
    Arc::new(config.display_request_duration(true).use_base_layout())
});

pub(crate) fn router() -> Router<State> {
    Router::new()
        .route("/api/docs", get(|| async { Redirect::permanent("/api/docs/") }))
        .route("/api/docs/", get(|| async { file("index.html") }))
        .route("/api/docs/{name}", get(|Path(name): Path<String>| async move { file(&name) }))
}

fn file(name: &str) -> Response {
    match serve(name, Arc::clone(&CONFIG)) {
        Ok(Some(file)) => {
            let kind = [(header::CONTENT_TYPE, file.content_type)];
            let policy = [AN_HOUR, (header::CONTENT_SECURITY_POLICY, POLICY)];
            (kind, policy, file.bytes).into_response()
        }
        Ok(None) => {
            let detail = format!("There is nothing at /api/docs/{}.", shortened(name));
            Problem::new(StatusCode::NOT_FOUND, "not_found", detail, "Begin at /api/docs/.").into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}
