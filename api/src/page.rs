//! How much of a list is asked for.

use crate::problem::Problem;

/// How many at most; `usual` unless said otherwise. A page of nothing would never end.
pub(crate) fn limit(asked: Option<usize>, usual: usize) -> Result<usize, Problem> {
    match asked {
        Some(0) => Err(Problem::invalid("limit", "a page holds at least 1", "Give a limit of 1 or more.")),
        asked => Ok(asked.unwrap_or(usual)),
    }
}
