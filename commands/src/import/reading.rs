//! Reading an input where it may block: not on the threads that answer requests.

use eventlog::LogError;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{
    InputError,
    input::{Checked, Input, Item, Items},
};
use crate::CommandError;

/// Reads the input through once, where it may block.
pub(crate) async fn checked(input: Input) -> Result<Checked, CommandError> {
    let task = spawn_blocking(move || input.check());
    Ok(task.await.map_err(|e| LogError::Stopped(e.to_string()))??)
}

/// The next items, and where reading goes on.
pub(super) struct Chunk {
    pub items: Vec<Item>,
    pub rest: Items,
    pub last: bool,
}

/// Bytes of rows that a chunk holds, more or less: a row may be long, and memory must not grow with the file.
pub(crate) const BUDGET: usize = 4 << 20;

/// Reads the next items, where it may block.
pub(super) fn read_chunk(mut items: Items, size: usize) -> JoinHandle<Result<Chunk, InputError>> {
    spawn_blocking(move || {
        let (mut chunk, mut weight, mut last) = (Vec::new(), 0, false);
        while chunk.len() < size && weight < BUDGET && !last {
            match items.next().transpose()? {
                Some(item) => {
                    weight += item.weight();
                    chunk.push(item);
                }
                None => last = true,
            }
        }
        Ok(Chunk { items: chunk, rest: items, last })
    })
}
