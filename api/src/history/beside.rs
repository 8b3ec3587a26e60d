//! What does not hold beside the events that an export shows.

use eventlog::{LogError, Position};
use notary::Found;
use projections::{QueryError, status, tree};
use transparency::Finding;

use super::{Cause, Diverged, compare::farthest};
use crate::{State, problem::Problem};

impl State {
    /// What does not hold beside the events themselves, for whoever verifies them: they may be what was signed, and the
    /// service has stopped all the same.
    pub(crate) async fn findings_beside(&self) -> Vec<Finding> {
        let Found { good, bad } = self.history.notary().kept().await.unwrap_or_default();
        let whole = |what: String| Finding { position: None, what };
        let mut findings: Vec<_> = bad.iter().map(|bad| whole(bad.to_string())).collect();
        findings.extend(self.before_the_first().await.unwrap_or_else(|problem| Some(whole(problem.detail))));
        let signed = farthest(&good);
        match self.history.diverged() {
            Some(Diverged { cause: Cause::Tree, .. }) => {
                findings.push(whole("the tree of hashes among the lists is damaged".to_owned()));
            }
            Some(Diverged { position: Some(position), what, .. }) if *position > signed => {
                findings.push(behind(*position, what, signed));
            }
            // What was signed is looked at by whoever verifies it, unless it can't even be read.
            Some(Diverged { position: Some(position), .. }) => {
                findings.extend(self.unreadable(*position).await);
            }
            Some(_) => {}
            None => {
                let head = *self.log.head().borrow();
                if let Err(QueryError::Stopped { why, .. }) = self.projector.reached("tree", head).await {
                    findings.push(match self.query(tree::position).await {
                        Ok(at) if at >= signed => behind(at + 1, &why, signed),
                        _ => whole(why),
                    });
                }
            }
        }
        findings
    }

    /// An event that stands before the first one.
    pub(super) async fn before_the_first(&self) -> Result<Option<Finding>, Problem> {
        let finding = |at: i64| Finding {
            position: at.try_into().ok(),
            what: format!("there is an event at position {at}, before the first one"),
        };
        Ok(self.query(tree::before_the_first).await?.map(finding))
    }

    /// An event that is there and can't be read: it is left out of exports. Of one that is gone the next one tells.
    async fn unreadable(&self, position: Position) -> Option<Finding> {
        let damaged = match self.log.read_stored(position.saturating_sub(1), 1).await {
            Err(LogError::Damaged { position: at, what }) if at == position => what,
            _ => return None,
        };
        let is_there = self.query(move |conn| Ok(status::has_event(conn, position)?)).await.unwrap_or(true);
        let what = format!("it can't be read, and is not among those that are shown: {damaged}");
        is_there.then_some(Finding { position: Some(position), what })
    }
}

/// What is wrong behind what was signed, as a finding.
fn behind(position: Position, what: &str, signed: Position) -> Finding {
    let what = format!("{what}, behind the {signed} events that were signed");
    Finding { position: Some(position), what }
}
