//! `EraseSubject`: a person is erased, from every license and role: one commit.

use domain::{
    Code, EmailAddress, ErasureBasis, Event, InstallationCommand, InstallationRole, License, LicenseCommand,
    LicenseEvent, LicenseId, LicenseName, MembershipCommand, Refusal, StaffRole, Status, Subject,
    SubjectCommand, SubjectId, installation, license, membership, subject,
};
use eventlog::{
    Append, Commit, Erase, Outcome, PoolChange, Position, Recorded, SeatChange, SeatPool, StreamId, Traces,
};

use crate::{
    CommandError, Context, Executor,
    authority::Authority,
    executor::{ATTEMPTS, Settled, append, keep, membership_of, new_event},
};

/// Whom to erase, and why. No `Debug`: holds an address.
#[derive(Clone)]
pub struct EraseOrder {
    /// The person.
    pub email: EmailAddress,
    /// Why.
    pub basis: ErasureBasis,
}

/// What an erasure does, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Who they were; nothing where nobody is known by the address.
    pub subject_id: Option<SubjectId>,
    /// The log's position that includes it.
    pub position: Position,
    /// The licenses that had something to do with them.
    pub licenses: Vec<LicenseLeft>,
    /// Whether the same request came before.
    pub repeated: bool,
}

/// What an erasure does on one license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseLeft {
    /// Which.
    pub license_id: LicenseId,
    /// What it is called.
    pub name: Option<LicenseName>,
    /// The word that stood on its list, if they were on it.
    pub status: Option<Status>,
    /// Whether they held a seat, which is free again.
    pub frees_seat: bool,
    /// Whether they administered it.
    pub was_admin: bool,
}

/// Whether somebody may stay the last admin of a license.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastAdmins {
    Stay,
    /// What was erased once is erased again, whatever an older backup says.
    Go,
}

impl Executor {
    /// What would happen. Nothing is changed.
    pub async fn may_erase(&self, ctx: &Context, order: &EraseOrder) -> Result<Erased, CommandError> {
        self.operator(ctx).await?;
        let Some(person) = self.known(&order.email).await? else {
            return Ok(Erased { position: *self.log.head().borrow(), ..Erased::default() });
        };
        Ok(self.erasure(ctx, person.subject_id, order.basis, LastAdmins::Stay).await?.1)
    }

    /// Erases the person behind an address, if anybody is.
    pub async fn erase_subject(&self, ctx: &Context, order: &EraseOrder) -> Result<Erased, CommandError> {
        self.operator(ctx).await?;
        for _ in 0..ATTEMPTS {
            if let Some(reply) = self.given_before(ctx).await? {
                let subject_id = reply.id.map(SubjectId);
                return Ok(Erased {
                    subject_id,
                    position: reply.position,
                    repeated: true,
                    ..Erased::default()
                });
            }
            let Some(person) = self.known(&order.email).await? else {
                return Ok(Erased { position: *self.log.head().borrow(), ..Erased::default() });
            };
            let (commit, erased) =
                self.erasure(ctx, person.subject_id, order.basis, LastAdmins::Stay).await?;
            if let Settled::Done(receipt) = self.settle(self.log.commit(commit).await?)? {
                return Ok(Erased { position: receipt.position, ..erased });
            }
        }
        Err(CommandError::Busy)
    }

    /// Erases again whom an older backup has brought back: all of these were erased once. How many had to be.
    pub async fn erase_again(&self, ctx: &Context, people: &[SubjectId]) -> Result<usize, CommandError> {
        let mut again = 0;
        for some in people.chunks(500) {
            let streams: Vec<StreamId> = some.iter().map(|subject| StreamId::from(*subject)).collect();
            let (streams, addresses) =
                (self.log.read_streams(&streams).await?, self.log.find_addresses(some).await?);
            for ((subject, stream), address) in some.iter().zip(streams).zip(addresses) {
                if address.is_some() || folded(&stream).erased.is_none() {
                    again += usize::from(self.erase_once_more(ctx, *subject).await?);
                }
            }
        }
        Ok(again)
    }

    /// Whether there was anything to erase: of somebody who came after the backup was made, nothing is there.
    async fn erase_once_more(&self, ctx: &Context, subject: SubjectId) -> Result<bool, CommandError> {
        for _ in 0..ATTEMPTS {
            let traces = self.log.find_traces(subject).await?;
            if traces.address.is_none() && traces.members.is_empty() && traces.licenses.is_empty() {
                return Ok(false);
            }
            let (commit, _) = self.erasure(ctx, subject, ErasureBasis::Other, LastAdmins::Go).await?;
            let outcome = self.log.commit(Commit { command: None, ..commit }).await?;
            if matches!(outcome, Outcome::Committed(_)) {
                return Ok(true);
            }
            self.settle(outcome)?;
        }
        Err(CommandError::Busy)
    }

    /// All of it in one commit: whoever holds ten thousand memberships is written as a chunk of an import is.
    async fn erasure(
        &self,
        ctx: &Context,
        subject: SubjectId,
        basis: ErasureBasis,
        last: LastAdmins,
    ) -> Result<(Commit, Erased), CommandError> {
        let by = self.operator(ctx).await?;
        let traces = self.log.find_traces(subject).await?;
        let mut plan = Plan::of(ctx, &by, subject, &traces);
        self.end_memberships(&mut plan, &traces).await?;
        self.end_roles(&mut plan, &traces, last).await?;
        self.end_installation_roles(&mut plan, &by).await?;
        let own = self.log.read_stream(subject.into(), 0).await?;
        let events = subject::decide(&folded(&own), SubjectCommand::Erase { basis })?;
        plan.commit.appends.push(Append {
            stream: subject.into(),
            expected: own.last().map_or(0, |last| last.revision),
            license: None,
            events: events.into_iter().map(|event| new_event(&event.into(), &plan.metadata)).collect(),
        });
        plan.commit.erases.push(Erase { subject_id: subject, as_of: traces.position });
        plan.erased.licenses.sort_unstable_by_key(|left| left.license_id);
        Ok((plan.commit, plan.erased))
    }

    async fn end_memberships(&self, plan: &mut Plan, traces: &Traces) -> Result<(), CommandError> {
        let streams: Vec<StreamId> =
            traces.members.iter().map(|(_, member)| StreamId::from(*member)).collect();
        let histories = self.log.read_streams(&streams).await?;
        for ((license, member), history) in traces.members.iter().zip(histories) {
            let before = membership_of(&history);
            let events = membership::decide::decide(&before, MembershipCommand::Erase)?;
            let left = plan.left(*license);
            left.status = before.standing.status();
            left.frees_seat = before.standing.holds_seat();
            if left.frees_seat {
                let change = PoolChange::Take(before.seats_taken_by(&events));
                plan.commit.seats.push(SeatChange { pool: SeatPool::License(*license), change });
            }
            let revision = history.last().map_or(0, |last| last.revision);
            let events = events.into_iter().map(Event::from);
            plan.commit.appends.push(append(*member, revision, *license, events, &plan.metadata));
        }
        Ok(())
    }

    /// Their roles across all licenses end, too.
    async fn end_installation_roles(&self, plan: &mut Plan, by: &Authority) -> Result<(), CommandError> {
        let (subject, installation) = (plan.subject, self.installation().await?);
        let mut events = Vec::new();
        for role in InstallationRole::ALL {
            let command = InstallationCommand::RevokeRole { subject, role };
            events.extend(installation::decide::decide(&installation.state, command)?);
        }
        if !events.is_empty() {
            // The right rests on what is appended to: the expected revision asserts it.
            plan.commit.asserts.clear();
            let expected = by.asserts.map_or(installation.revision, |(_, revision)| revision);
            let events = events.into_iter().map(|event| new_event(&event.into(), &plan.metadata)).collect();
            let append = Append { stream: StreamId::INSTALLATION, expected, license: None, events };
            plan.commit.appends.push(append);
        }
        Ok(())
    }

    async fn end_roles(
        &self,
        plan: &mut Plan,
        traces: &Traces,
        last: LastAdmins,
    ) -> Result<(), CommandError> {
        let (subject, mut only) = (plan.subject, Vec::new());
        for id in &traces.licenses {
            let license = self.license(*id).await?;
            let name = license.state.terms.as_ref().map(|terms| terms.name.clone());
            let mut events = staff_no_more(&license.state, subject)?;
            if license.state.admins.contains_key(&subject) {
                plan.left(*id).was_admin = true;
                match license::decide::decide(&license.state, LicenseCommand::RevokeAdmin { subject }) {
                    Err(Refusal::LastAdmin) if last == LastAdmins::Go => {
                        tracing::warn!(license = %id, "nobody administers it any more");
                        events.push(LicenseEvent::LicenseAdminRevoked { subject_id: subject });
                    }
                    Err(Refusal::LastAdmin) => only.extend(name.map(|name| (*id, name))),
                    decided => events.extend(decided?),
                }
            }
            if !events.is_empty() {
                plan.left(*id);
                plan.commit.appends.push(append(*id, license.revision, *id, events, &plan.metadata));
            }
        }
        for left in &mut plan.erased.licenses {
            left.name = self.license(left.license_id).await?.state.terms.as_ref().map(|t| t.name.clone());
        }
        if only.is_empty() { Ok(()) } else { Err(Refusal::LastAdminOf { licenses: only }.into()) }
    }
}

/// They read the license no more, in whichever role they did.
fn staff_no_more(license: &License, subject: SubjectId) -> Result<Vec<LicenseEvent>, Refusal> {
    let mut events = Vec::new();
    for role in StaffRole::ALL {
        events.extend(license::decide::decide(license, LicenseCommand::RevokeStaff { subject, role })?);
    }
    Ok(events)
}

/// What is written, and what is told of it.
struct Plan {
    subject: SubjectId,
    metadata: domain::Metadata,
    commit: Commit,
    erased: Erased,
}

impl Plan {
    fn of(ctx: &Context, by: &Authority, subject: SubjectId, traces: &Traces) -> Self {
        Self {
            subject,
            metadata: ctx.metadata(by.actor, by.role),
            commit: Commit {
                asserts: by.asserts.into_iter().collect(),
                command: ctx.command,
                result: keep(Code::Changed, Some(subject.0)),
                ..Commit::default()
            },
            erased: Erased { subject_id: Some(subject), position: traces.position, ..Erased::default() },
        }
    }

    fn left(&mut self, license_id: LicenseId) -> &mut LicenseLeft {
        let licenses = &mut self.erased.licenses;
        let place = licenses.iter().position(|left| left.license_id == license_id).unwrap_or(licenses.len());
        if place == licenses.len() {
            let (name, status, frees_seat, was_admin) = (None, None, false, false);
            licenses.push(LicenseLeft { license_id, name, status, frees_seat, was_admin });
        }
        &mut licenses[place]
    }
}

fn folded(stream: &[Recorded]) -> Subject {
    let mut subject = Subject::default();
    for recorded in stream {
        if let Event::Subject(event) = &recorded.event {
            subject.evolve(event);
        }
    }
    subject
}
