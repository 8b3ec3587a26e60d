//! What pages are made of beside their text. Its address holds a hash of all of it, so browsers may keep it for good: of all,
//! because scripts name each other without a hash, and are found beside each other.

use std::{fmt::Write, sync::LazyLock};

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};
use tower_http::compression::CompressionLayer;

use crate::{State, problem::Problem, visible::shortened};

#[derive(RustEmbed)]
#[folder = "src/pages/assets"]
struct Assets;

/// What is served under a hash of it does not change.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

pub(super) fn router() -> Router<State> {
    let files = Router::new().route("/assets/{hash}/{*name}", get(serve)).route("/favicon.ico", get(favicon));
    // Of what is the same for everybody, and of nothing else: how short a page becomes would tell what stands in it to whoever
    // gets something of theirs onto it (BREACH).
    files.layer(CompressionLayer::new()).layer(map_response(kept_where_it_fits))
}

/// To whoever can read it in no form, this is no file to keep.
async fn kept_where_it_fits(mut answer: Response) -> Response {
    if answer.status() == StatusCode::NOT_ACCEPTABLE {
        answer.headers_mut().remove(header::CACHE_CONTROL);
    }
    answer
}

/// Where a file is found.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", this_version())
}

fn this_version() -> String {
    static HASH: LazyLock<String> = LazyLock::new(hash);
    // While one writes them, files are read anew.
    if cfg!(debug_assertions) { hash() } else { HASH.clone() }
}

/// Enough of it that no two versions have the same.
fn hash() -> String {
    let mut all = Sha256::new();
    for name in Assets::iter() {
        all.update(name.as_bytes());
        all.update(Assets::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    all.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn serve(Path((of, name)): Path<(String, String)>, uri: Uri) -> Response {
    // Also under the hash of another version, and not for good: while nodes are brought up to date, a page of one asks another.
    let Some(file) = Assets::get(&name) else {
        let detail = format!("There is nothing at {}.", shortened(uri.path()));
        let problem = Problem::new(StatusCode::NOT_FOUND, "not_found", detail, "Load the page again.");
        return problem.into_response();
    };
    let mut answer = answer(&name, file);
    if of == this_version() {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_GOOD));
    }
    answer
}

async fn favicon() -> Response {
    Assets::get("icon.svg").map_or_else(|| StatusCode::NOT_FOUND.into_response(), |it| answer("icon.svg", it))
}

fn answer(name: &str, file: EmbeddedFile) -> Response {
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind)], file.data).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_a_hash_of_what_is_there() {
        for name in Assets::iter() {
            let address = address(&name);
            let hash = address.split('/').nth(2).unwrap_or_default();
            assert!(hash.len() == 16 && address.ends_with(&*name), "{address}");
        }
    }
}
