//! Exports for auditors, line by line: memory does not grow with the log.

use std::io;

use axum::http::StatusCode;
use domain::{LicenseId, SubjectId, number::grouped};
use eventlog::{LogError, Position, Stored};
use futures_util::{Stream, stream};
use notary::Signed;
use projections::{
    QueryError, audit,
    directory::listed,
    sql::Conn,
    tree::{self, Proofs, TilesOnce},
};
use transparency::{
    Checkpoint, TILE_WIDTH,
    export::{BroughtIn, Consistency, End, EventLine, FORMAT, Head, Line, PersonLine},
};

use crate::{State, problem::Problem};

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The only license; nothing: everything that happened.
    pub license: Option<LicenseId>,
    /// Whether the people whom the events bring in are told, as far as they were not erased.
    pub people: bool,
    /// The size of an earlier checkpoint, with which this one is shown to agree.
    pub since: Option<Position>,
}

/// Events on a page: ten tiles.
const EVENTS: Position = 10 * TILE_WIDTH;

/// People on a page.
const PEOPLE: usize = 1_000;

impl State {
    /// The checkpoint that it is held against, its first line, and then everything else as it is taken. It goes as far as
    /// that, which includes what happened before this was asked. An answer that breaks off lacks its last line.
    pub(crate) async fn export(
        &self,
        wanted: Wanted,
    ) -> Result<(Checkpoint, String, impl Stream<Item = io::Result<String>> + Send + 'static), Problem> {
        let mut signed = self.checkpoint(Some(self.takes_in().await?)).await?;
        if wanted.license.is_none() && wanted.since.is_none() {
            signed = self.kept_of_another().await.unwrap_or(signed);
        }
        let size = signed.checkpoint.size;
        let models: &[_] = if wanted.license.is_some() { &["tree", "audit"] } else { &["tree"] };
        if self.history.diverged().is_none() {
            self.have_reached(models, size).await?;
        }
        let first = self.first_line(wanted, &signed).await?;
        let export = Export { state: self.clone(), wanted, size, events: 0, people: Vec::new() };
        let lines = stream::try_unfold(Some((export, Part::Events(0))), |at| async move {
            let Some((mut export, part)) = at else { return Ok(None) };
            let (text, next) = export.part(part).await.map_err(|problem| io::Error::other(problem.detail))?;
            Ok::<_, io::Error>(Some((text, next.map(|part| (export, part)))))
        });
        Ok((signed.checkpoint, first, lines))
    }

    /// Up to where it goes at least: as far as the log. What a tree that has stopped has taken up is the beginning of it all
    /// the same.
    async fn takes_in(&self) -> Result<Position, Problem> {
        let head = *self.log.head().borrow();
        if self.history.diverged().is_some() {
            return Ok(head);
        }
        match self.projector.reached("tree", head).await {
            Err(QueryError::Stopped { .. }) => self.query(tree::position).await,
            _ => Ok(head),
        }
    }

    async fn first_line(&self, wanted: Wanted, signed: &Signed) -> Result<String, Problem> {
        let size = signed.checkpoint.size;
        let consistency = match wanted.since {
            None => None,
            Some(from) if from > size => return Err(ahead(from, size)),
            Some(from) => {
                let proof = self.query(move |conn| tree::consistency(conn, from, size)).await?;
                Some(Consistency { from, proof })
            }
        };
        let license_id = wanted.license.map(|license| license.0);
        let checkpoint = signed.note.as_str().into();
        Ok(Line::Head(Head { checkpoint, consistency, format: FORMAT.into(), license_id }).to_text())
    }
}

/// What was kept goes farther than the history that is there.
fn ahead(from: Position, size: Position) -> Problem {
    let (from, size) = (grouped(from), grouped(size));
    let detail = format!(
        "since: the checkpoint has {from} events, and the last one of this history has {size}: it is newer than this history, or \
         the end of that was cut off."
    );
    let hint = "Ask the operator whether a backup was restored; `seatbook audit verify` holds this history against what was signed.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail, hint)
}

/// An export under way.
struct Export {
    state: State,
    wanted: Wanted,
    size: Position,
    events: u64,
    /// Whom the events brought in.
    people: Vec<SubjectId>,
}

/// What comes next.
enum Part {
    /// The events behind a position.
    Events(Position),
    /// The people from a place in their order on, and how many lines they had so far.
    People(usize, u64),
}

impl Export {
    async fn part(&mut self, part: Part) -> Result<(String, Option<Part>), Problem> {
        match part {
            Part::Events(after) => {
                let (events, next) = match self.wanted.license {
                    None => self.everything(after).await?,
                    Some(license) => self.of_license(license, after).await?,
                };
                let text = self.event_lines(events).await?;
                let next = next.map_or_else(|| self.people_in_order(), Part::Events);
                Ok((text, Some(next)))
            }
            Part::People(from, lines) if from < self.people.len() => {
                let to = self.people.len().min(from + PEOPLE);
                let page = self.people[from..to].to_vec();
                let mut rows = self.state.query(move |conn| Ok(listed(conn, &page)?)).await?;
                rows.sort_by_key(|row| row.subject.0);
                let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                let line = |row: projections::directory::Listed| {
                    Line::Person(PersonLine {
                        email: row.email.into(),
                        normalised: row.normalised.into(),
                        salt: row.salt,
                        subject_id: row.subject.0,
                    })
                    .to_text()
                };
                Ok((rows.into_iter().map(line).collect(), Some(Part::People(to, lines + count))))
            }
            Part::People(_, people) => Ok((Line::End(End { events: self.events, people }).to_text(), None)),
        }
    }

    /// The next events of the whole log, and where it goes on.
    async fn everything(&self, after: Position) -> Result<(Vec<Stored<'static>>, Option<Position>), Problem> {
        let to = self.size.min(after + EVENTS);
        let mut events = Vec::new();
        self.read(after, to, &mut events).await?;
        Ok((events, Some(to).filter(|to| *to < self.size)))
    }

    /// The next events of a license, and where it goes on.
    async fn of_license(
        &self,
        license: LicenseId,
        after: Position,
    ) -> Result<(Vec<Stored<'static>>, Option<Position>), Problem> {
        let (size, limit) = (self.size, usize::try_from(EVENTS).unwrap_or(1));
        let find = move |conn: &Conn<'_>| audit::positions(conn, license, after, size, limit);
        let positions = self.state.query(find).await?;
        let mut events = Vec::with_capacity(positions.len());
        let mut rest = positions.as_slice();
        while let Some(first) = rest.first() {
            // What stands near to each other is read at once.
            let near = rest.partition_point(|at| *at < first + TILE_WIDTH);
            self.read(first - 1, rest[near - 1], &mut events).await?;
            rest = &rest[near..];
        }
        events.retain(|event| event.license_id == Some(license.0));
        Ok((events, positions.last().copied().filter(|_| positions.len() == limit)))
    }

    /// The events behind a position, up to another one. What can't be read is left out: whoever verifies it finds that.
    async fn read(
        &self,
        mut after: Position,
        to: Position,
        events: &mut Vec<Stored<'static>>,
    ) -> Result<(), Problem> {
        let mut to_read = to;
        while after < to {
            let limit = usize::try_from(to_read - after).unwrap_or(usize::MAX);
            match self.state.log.read_stored(after, limit).await {
                Ok(page) if page.events.is_empty() => return Ok(()),
                Ok(page) => {
                    after = page.events.last().map_or(to, |event| event.position);
                    events.extend(page.events);
                    to_read = to;
                }
                Err(LogError::Damaged { position, .. }) if position > after + 1 && position <= to_read => {
                    to_read = position - 1;
                }
                Err(LogError::Damaged { .. }) => {
                    after += 1;
                    to_read = to;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn event_lines(&mut self, events: Vec<Stored<'static>>) -> Result<String, Problem> {
        self.events += u64::try_from(events.len()).unwrap_or(u64::MAX);
        if self.wanted.people {
            for event in &events {
                let brought = BroughtIn::by(&event.payload);
                self.people.extend(brought.iter().map(|(subject, _)| SubjectId(*subject)));
            }
        }
        let (size, with_proof) = (self.size, self.wanted.license.is_some());
        self.state.query(move |conn| lines(conn, &events, size, with_proof)).await
    }

    fn people_in_order(&mut self) -> Part {
        self.people.sort_unstable_by_key(|subject| subject.0);
        self.people.dedup();
        Part::People(0, 0)
    }
}

fn lines(
    conn: &Conn<'_>,
    events: &[Stored<'_>],
    size: Position,
    with_proof: bool,
) -> Result<String, QueryError> {
    let tiles = TilesOnce::of(conn);
    let proofs = Proofs::of(&tiles, size);
    let mut text = String::new();
    for event in events {
        let entry = event.entry();
        let bytes = entry.to_bytes();
        let leaf = match tiles.leaf(event.position)? {
            Some(leaf) => leaf,
            None => domain::entry::leaf_of(&bytes),
        };
        let line = Line::Event(EventLine {
            entry: String::from_utf8_lossy(&bytes),
            leaf,
            metadata: event.metadata.as_ref().into(),
            payload: event.payload.as_ref().into(),
            proof: with_proof.then(|| proofs.inclusion(event.position)).transpose()?,
        });
        text.push_str(&line.to_text());
    }
    Ok(text)
}
