//! What does not hold beside the events that an export shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use eventlog::{LogError, Position};
use notary::{Found, Kept, NotaryError, Place};
use projections::{QueryError, sql::Conn, status, tree};
use transparency::{Checkpoint, Finding};

use super::{Cause, Diverged, compare::farthest};
use crate::{State, asker::Asker, problem::Problem};

/// So long an export waits for lists, which may have an event yet to come to that they can't follow.
const FOR_LISTS: Duration = Duration::from_secs(5);

impl State {
    /// What does not hold beside the events themselves, for whoever verifies them against a checkpoint: they may be what was
    /// signed, and the service has stopped all the same.
    pub(crate) async fn findings_beside(&self, shown: &Checkpoint, asker: &Asker) -> Vec<Finding> {
        let Found { good, bad } = match self.history.notary().kept().await {
            Err(error @ NotaryError::Lost { .. }) => Found { good: Vec::new(), bad: vec![error] },
            kept => kept.unwrap_or_default(),
        };
        let earlier = self.history.notary().earlier().await.unwrap_or_default();
        let bad = bad.into_iter().chain(earlier.bad).collect::<Vec<_>>();
        let is_owner = matches!(asker, Asker::Owner);
        let told = |bad: &NotaryError| if is_owner { bad.to_string() } else { bad.without_files() };
        let mut findings: Vec<_> = bad.iter().map(|bad| whole(told(bad))).collect();
        findings.extend(self.before_the_first().await.unwrap_or_else(|problem| Some(whole(problem.detail))));
        findings.extend(self.of_the_service(farthest(&good)).await);
        let kept = good.iter().chain(&earlier.good);
        let others = self.of_other_histories(kept.filter(|kept| kept.signed.checkpoint != *shown)).await;
        findings.extend(others.iter().map(|kept| whole(of_another_history(kept, is_owner))));
        let told: Vec<_> = findings.iter().filter_map(|it| it.position).collect();
        let stopped = self.lists_that_stopped().await.into_iter();
        findings.extend(stopped.filter(|it| it.position.is_none_or(|at| !told.contains(&at))));
        findings
    }

    /// What the service found when it was started, or since: of what was signed, only what nobody can read.
    async fn of_the_service(&self, signed: Position) -> Option<Finding> {
        match self.history.diverged() {
            Some(Diverged { cause: Cause::Tree, .. }) => {
                Some(whole("the tree of hashes among the lists is damaged".to_owned()))
            }
            Some(Diverged { position: Some(position), what, .. }) if *position > signed => {
                Some(behind(*position, what, signed))
            }
            // What was signed is looked at by whoever verifies it, unless it can't even be read.
            Some(Diverged { position: Some(position), .. }) => self.unreadable(*position).await,
            Some(_) => None,
            None => {
                let head = *self.log.head().borrow();
                let Err(QueryError::Stopped { why, .. }) = self.projector.reached("tree", head).await else {
                    return None;
                };
                Some(match self.query(tree::position).await {
                    Ok(at) if at >= signed => behind(at + 1, &why, signed),
                    _ => whole(why),
                })
            }
        }
    }

    /// Of checkpoints that were kept, those that are not of the history that is there now.
    async fn of_other_histories<'a>(&self, kept: impl Iterator<Item = &'a Kept>) -> Vec<&'a Kept> {
        let kept: Vec<_> = kept.collect();
        let sizes: BTreeSet<_> = kept.iter().map(|kept| kept.signed.checkpoint.size).collect();
        let roots = if self.history.diverged().is_some() {
            self.roots_of_the_log(sizes).await.unwrap_or_default()
        } else {
            // What the tree says was held against the log when it was opened.
            let roots = move |conn: &Conn<'_>| {
                Ok(sizes.into_iter().filter_map(|size| Some((size, tree::root(conn, size).ok()?))).collect())
            };
            self.query(roots).await.unwrap_or_default()
        };
        let is_of_it =
            |kept: &Kept| roots.get(&kept.signed.checkpoint.size) == Some(&kept.signed.checkpoint.root);
        kept.into_iter().filter(|kept| !is_of_it(kept)).collect()
    }

    /// The events that lists stopped before: as the domain has it, they can't have happened there, whoever signed them.
    async fn lists_that_stopped(&self) -> Vec<Finding> {
        if self.history.diverged().is_none() {
            let caught_up = self.projector.caught_up(*self.log.head().borrow());
            // Of one that is made anew nothing is known before its time.
            drop(tokio::time::timeout(FOR_LISTS, caught_up).await);
        }
        let Ok(models) = self.query(|conn| Ok(status::all(conn)?)).await else { return Vec::new() };
        let mut before: BTreeMap<Position, (Vec<&str>, &str)> = BTreeMap::new();
        for model in &models {
            let Some((position, why)) = model.stopped_before() else { continue };
            before.entry(position).or_insert_with(|| (Vec::new(), why)).0.push(&model.name);
        }
        let finding = |(position, (names, why)): (Position, (Vec<&str>, &str))| {
            let what = format!("{}; stopped before it: {}", without_place(why, position), names.join(", "));
            Finding { position: Some(position), what }
        };
        before.into_iter().map(finding).collect()
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

/// What is wrong, and stands at no event.
const fn whole(what: String) -> Finding {
    Finding { position: None, what }
}

/// What is wrong behind what was signed, as a finding.
fn behind(position: Position, what: &str, signed: Position) -> Finding {
    let what = format!("{}, behind the {signed} events that were signed", without_place(what, position));
    Finding { position: Some(position), what }
}

/// A checkpoint that was kept of another history, in words.
fn of_another_history(kept: &Kept, is_owner: bool) -> String {
    let size = kept.signed.checkpoint.size;
    let place = match &kept.place {
        Place::Outside(_) if !is_owner => "outside of the database".to_owned(),
        place => place.to_string(),
    };
    format!("the checkpoint {place}, of {size} events, is not of this history")
}

/// Why a list has stopped, for those who are told of the event before.
fn without_place(why: &str, position: Position) -> &str {
    why.strip_prefix(&format!("event {position}: ")).unwrap_or(why)
}
