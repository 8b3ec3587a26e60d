//! Reading an input where it may block: not on the threads that answer requests.

use eventlog::LogError;
use tokio::task::{JoinHandle, spawn_blocking};

use super::input::{Input, InputError, Item, Items};
use crate::CommandError;

/// Reads the input through once, where it may block.
pub(super) async fn checked(input: Input) -> Result<(Input, u64), CommandError> {
    let task = spawn_blocking(move || input.check().map(|rows| (input, rows)));
    Ok(task.await.map_err(|e| LogError::Stopped(e.to_string()))??)
}

/// The next items, and where reading goes on.
pub(super) struct Chunk {
    pub items: Vec<Item>,
    pub rest: Items,
    pub last: bool,
}

/// Reads the next items, where it may block.
pub(super) fn read_chunk(mut items: Items, size: usize) -> JoinHandle<Result<Chunk, InputError>> {
    spawn_blocking(move || {
        let chunk: Vec<Item> = items.by_ref().take(size).collect::<Result<_, _>>()?;
        let last = chunk.len() < size;
        Ok(Chunk { items: chunk, rest: items, last })
    })
}
