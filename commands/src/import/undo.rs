//! The people that an import did something to, as items of another import that undoes it. They come from the log.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    sync::Arc,
};

use domain::{
    EmailAddress, Event, ImportEvent, ImportId, MemberId, MembershipEvent,
    membership::{Undo, undo},
};
use eventlog::{EventLog, LogError, Position, Recorded, StreamId};
use tokio::runtime::Handle;

use super::{
    InputError,
    duplicates::Named,
    input::{BadItem, Checked, Item},
};
use crate::{CommandError, Executor, executor::membership_of, jobs::Begun};

/// Events that are looked at in one go.
const PAGE: usize = 1_000;

impl Executor {
    /// Which of these imports undo this one. Of what is `known`, it is not asked again; no more is kept than these, so
    /// memory does not grow with the people.
    pub(super) async fn attempts(
        &self,
        undone: ImportId,
        known: &Attempts,
        imports: HashSet<ImportId>,
    ) -> Result<Attempts, CommandError> {
        let (known, asked): (Vec<_>, Vec<_>) = imports
            .into_iter()
            .map(|import| (import, known.get(&import).copied()))
            .partition(|(_, is)| is.is_some());
        let streams: Vec<StreamId> = asked.iter().map(|(import, _)| StreamId::from(*import)).collect();
        let found = self.log.read_streams(&streams).await?;
        let found = found.iter().map(|stream| stream.first().is_some_and(|first| is_undoing(first, undone)));
        let asked = asked.into_iter().zip(found).map(|((import, _), is)| (import, is));
        Ok(known.into_iter().map(|(import, is)| (import, is == Some(true))).chain(asked).collect())
    }

    /// Everybody that an import did something to, in the order in which it did. Memory does not grow with them.
    pub(crate) async fn touched_by(&self, import: ImportId) -> Result<Checked, CommandError> {
        let begun = self.begun(import).await?.ok_or(domain::Refusal::UnknownImport)?;
        let touched = Touched::by(Arc::clone(&self.log), import, &begun);
        let (mut counting, mut rows) = (touched.clone(), 0);
        while let Some(people) = counting.page().await? {
            rows += u64::try_from(people.len()).unwrap_or(u64::MAX);
        }
        let items = TouchedItems { touched, runtime: Handle::current(), ready: VecDeque::new(), row: 0 };
        let duplicates = Named::default().duplicates().map_err(InputError::from)?;
        Ok(Checked { items: Box::new(items), rows, duplicates, format: None })
    }
}

/// Imports, and of each whether it undoes the one in question.
pub(super) type Attempts = HashMap<ImportId, bool>;

fn is_undoing(first: &Recorded, undone: ImportId) -> bool {
    matches!(&first.event, Event::Import(ImportEvent::ImportStarted { undoes, .. }) if *undoes == Some(undone))
}

/// What undoing the event at a revision does, where these attempts to undo it came before.
pub(super) fn undo_of(history: &[Recorded], revision: u64, attempts: &Attempts) -> Undo {
    let (mut events, mut undone) = (Vec::new(), None);
    for recorded in history {
        let Event::Membership(event) = &recorded.event else { continue };
        events.push(event);
        // Whoever was turned away by it was not undone.
        let refused = matches!(event, MembershipEvent::AdmissionRefused { .. });
        let by = recorded.metadata.import_id;
        if !refused && by.is_some_and(|by| attempts.get(&by) == Some(&true)) {
            undone = Some(events.len());
        }
    }
    undo(&events, usize::try_from(revision).unwrap_or(usize::MAX), undone)
}

/// Where the log is read: what an import did stands between its first event and its last.
#[derive(Clone)]
struct Touched {
    log: Arc<dyn EventLog>,
    import: ImportId,
    after: Position,
    last: Position,
}

impl Touched {
    fn by(log: Arc<dyn EventLog>, import: ImportId, begun: &Begun) -> Self {
        Self { log, import, after: begun.first.position, last: begun.last }
    }

    /// What it did within the next page; nothing at the end.
    async fn page(&mut self) -> Result<Option<Vec<Recorded>>, LogError> {
        if self.after >= self.last {
            return Ok(None);
        }
        let page = self.log.read_after(self.after, PAGE).await?;
        self.after = page.events.last().map_or(self.last, |event| event.position);
        let (import, last) = (self.import, self.last);
        let did = move |recorded: &Recorded| {
            let refused = matches!(
                recorded.event,
                Event::Membership(MembershipEvent::AdmissionRefused { .. })
                    | Event::License(_)
                    | Event::Import(_)
                    | Event::Installation(_)
                    | Event::Subject(_)
                    | Event::Reading(_)
            );
            recorded.metadata.import_id == Some(import) && !refused && recorded.position <= last
        };
        Ok(Some(page.events.into_iter().filter(did).collect()))
    }

    /// The addresses of people, as the directory has them now.
    async fn addresses(&self, people: &[Recorded]) -> Result<Vec<Option<String>>, LogError> {
        let streams: Vec<StreamId> = people.iter().map(|recorded| recorded.stream).collect();
        let histories = self.log.read_streams(&streams).await?;
        let subject = |history: &Vec<Recorded>| membership_of(history).of.map(|(_, subject)| subject);
        // Whoever has no membership has no address.
        let nobody = domain::SubjectId::OPERATOR;
        let subjects: Vec<_> = histories.iter().map(|history| subject(history).unwrap_or(nobody)).collect();
        self.log.find_addresses(&subjects).await
    }
}

/// Read where it may block.
struct TouchedItems {
    touched: Touched,
    runtime: Handle,
    ready: VecDeque<(Recorded, Option<String>)>,
    row: u64,
}

impl TouchedItems {
    fn fill(&mut self) -> Result<(), LogError> {
        let Self { touched, runtime, ready, .. } = self;
        while ready.is_empty() {
            let Some(people) = runtime.block_on(touched.page())? else { return Ok(()) };
            let addresses = runtime.block_on(touched.addresses(&people))?;
            ready.extend(people.into_iter().zip(addresses));
        }
        Ok(())
    }
}

impl Iterator for TouchedItems {
    type Item = Result<Item, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.fill() {
            return Some(Err(InputError::Io(io::Error::other(error))));
        }
        let (recorded, address) = self.ready.pop_front()?;
        self.row += 1;
        let address = match address.map(|address| EmailAddress::parse(&address)) {
            Some(Ok(address)) => Ok(address),
            Some(Err(_)) | None => Err(BadItem::Unknown),
        };
        let undoes = Some((MemberId(recorded.stream.id), recorded.revision));
        // There is no file of its own: people look for a line in the one that is undone.
        let line = recorded.metadata.line.map_or(self.row, |line| line.0);
        Some(Ok(Item { row: self.row, line, address, original: None, first: None, undoes }))
    }
}
