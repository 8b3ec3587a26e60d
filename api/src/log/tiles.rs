//! The log as C2SP tlog-tiles has it: its checkpoint, its hash tiles, its entries, below one address.

use axum::{Json, extract::State as With, http::StatusCode, response::Response};
use projections::tree;
use serde::{Deserialize, Serialize};
use transparency::{Resource, TILE_WIDTH, TileId, Width, bundle};

use super::{NOTES, for_ever, text, with_said};
use crate::{
    State,
    body::{Params, PathOf},
    operation::{Operation, operations},
    problem::Problem,
    visible::shortened,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![checkpoint, key, tile, entries];

/// Which checkpoint is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Signs now, unless the last one includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
    /// Signs now, unless the last one includes everything that has happened.
    #[serde(default)]
    current: bool,
}

/// The last signed checkpoint (C2SP tlog-checkpoint, signed-note).
#[utoipa::path(get, path = "/log/checkpoint", tag = "log", operation_id = "show_checkpoint",
    params(Which), responses((status = 200, body = String, content_type = "text/plain",
        headers(("Seatbook-Notes" = String, description = "What whoever keeps it should know, once for each.")))))]
async fn checkpoint(With(state): With<State>, Params(which): Params<Which>) -> Result<Response, Problem> {
    let asked = which.min_position.map(u64::from);
    state.happened(asked).await?;
    let head = *state.log.head().borrow();
    let wanted = if which.current { Some(head) } else { asked };
    let note = state.checkpoint(wanted).await?.note;
    Ok(with_said(text(note), &NOTES, state.history.none_kept()))
}

/// By what checkpoints are known.
#[derive(Serialize, utoipa::ToSchema)]
struct LogKey {
    /// The log's name: the first line of each checkpoint.
    origin: String,
    /// The keys that sign, in the form of a signed note: `<name>+<hash>+<key>`. The first is the one to pin.
    keys: Vec<String>,
}

/// The public keys that checkpoints are signed with. Pin one that was handed over in another way.
#[utoipa::path(get, path = "/log/key", tag = "log", operation_id = "show_log_key",
    responses((status = 200, body = LogKey)))]
async fn key(With(state): With<State>) -> Result<Json<LogKey>, Problem> {
    let (notary, head) = (state.history.notary(), *state.log.head().borrow());
    if head > 0 && notary.can_sign() && !notary.has_key()? {
        // A key that is made now signs at once: one that has signed nothing looks like one whose checkpoints were taken away.
        state.checkpoint(Some(head)).await?;
    }
    let public = notary.public().await?;
    let origin = public.first().map(|key| key.name().to_owned()).unwrap_or_default();
    Ok(Json(LogKey { origin, keys: public.iter().map(ToString::to_string).collect() }))
}

/// A tile of hashes, full or partial: 32 bytes each.
#[utoipa::path(get, path = "/log/tile/{level}/{*path}", tag = "log", operation_id = "get_tile",
    params(("level" = String, Path, description = "0 holds the hashes of leaves"),
        ("path" = String, Path, description = "Which tile of that level, like `000`, `x001/067` or `273.p/112`")),
    responses((status = 200, body = [u8], content_type = "application/octet-stream")))]
async fn tile(
    With(state): With<State>,
    PathOf((level, path)): PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let name = format!("{level}/{path}");
    let Some(Resource::Tile(id, width)) = Resource::parse(&name) else { return Err(no_name(&name)) };
    state.signed_part(&name, id, width).await?;
    let found = state.query(move |conn| tree::tile(conn, id, width.get())).await?;
    found.map(for_ever).ok_or_else(|| not_there(&name))
}

/// The entries of a tile of leaves, each behind its length in two bytes: envelopes in canonical JSON with the digests of
/// payload and metadata.
#[utoipa::path(get, path = "/log/tile/entries/{*path}", tag = "log", operation_id = "get_entries",
    params(("path" = String, Path, description = "Which tile, like `000`, `x001/067` or `273.p/112`")),
    responses((status = 200, body = [u8], content_type = "application/octet-stream")))]
async fn entries(With(state): With<State>, PathOf(path): PathOf<String>) -> Result<Response, Problem> {
    let name = format!("entries/{path}");
    let Some(Resource::Entries(index, width)) = Resource::parse(&name) else { return Err(no_name(&name)) };
    state.signed_part(&name, TileId { level: 0, index }, width).await?;
    let (after, count) = (index * TILE_WIDTH, usize::from(width.get()));
    let events = state.log.read_stored(after, count).await?.events;
    let mut bundle = Vec::new();
    for event in &events {
        bundle::push(&mut bundle, &event.entry().to_bytes()).map_err(|error| Problem::internal(&error))?;
    }
    if events.len() == count { Ok(for_ever(bundle)) } else { Err(not_there(&name)) }
}

impl State {
    /// That a checkpoint vouches for it: what is kept for ever by others must not be of a log that is lost.
    async fn signed_part(&self, name: &str, id: TileId, width: Width) -> Result<(), Problem> {
        let signed = self.checkpoint(None).await?.checkpoint.size;
        if id.width_at(signed) >= u64::from(width.get()) { Ok(()) } else { Err(not_there(name)) }
    }
}

fn no_name(name: &str) -> Problem {
    let hint = "Name it as C2SP tlog-tiles says, like tile/0/000, tile/1/x001/067.p/12 or tile/entries/000.";
    unknown(format!("tile/{} names no tile.", shortened(name)), hint)
}

fn not_there(name: &str) -> Problem {
    let hint = "Ask for no more than the last checkpoint has: /api/v1/log/checkpoint.";
    unknown(format!("The tree has no tile/{}, or it has not grown so far.", shortened(name)), hint)
}

fn unknown(detail: String, hint: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_tile", detail, hint)
}
