//! How much of a list is asked for.

use crate::{problem::Problem, whole::Whole};

/// How many at most; `usual` unless said otherwise. A page of nothing would never end.
pub(crate) fn limit(asked: Option<Whole>, usual: usize) -> Result<usize, Problem> {
    match asked {
        Some(Whole(0)) => {
            Err(Problem::invalid("limit", "a page holds at least 1", "Give a limit of 1 or more."))
        }
        // More than any page holds is as much as one holds.
        asked => Ok(asked.map_or(usual, |Whole(asked)| usize::try_from(asked).unwrap_or(usize::MAX))),
    }
}
