//! What the commands about one person share: load the license and the membership, decide, commit.

use std::sync::Arc;

use domain::{
    Commitment, Door, EmailAddress, Event, KeyId, LicenseId, MemberId, Membership, MembershipCommand,
    Refusal, Role, SubjectId,
    membership::{Gate, Person, decide},
};
use eventlog::{Commit, DirectoryClaim, MemberClaim, PoolChange, SeatChange, SeatPool};
use uuid::Uuid;

use crate::{
    CommandError, Context, Executor, Reply,
    executor::{ATTEMPTS, LicenseAt, Settled, append, keep, kept_reply, membership_of, resting_on},
    somebody::Somebody,
};

/// A person's place on a license, as loaded; with claims for what is not there yet.
pub(crate) struct Place {
    pub person: Person,
    pub member_id: MemberId,
    pub membership: Membership,
    pub revision: u64,
    pub new_person: Option<DirectoryClaim>,
    pub new_member: Option<MemberClaim>,
}

/// An order about one person, in the terms of its command file.
pub(crate) struct Order<'a> {
    pub license_id: LicenseId,
    /// The person that it is about.
    pub person: &'a EmailAddress,
    /// In which role the actor acts.
    pub role: Role,
    /// Where the person is turned away, if a rule about doors refuses.
    pub door: Option<Door>,
    /// The key that was entered.
    pub key: Option<KeyId>,
}

impl Executor {
    /// Runs an order about one person. `command` makes the domain's command from the facts at the door.
    pub(crate) async fn run_on_membership(
        &self,
        ctx: &Context,
        order: &Order<'_>,
        command: impl Fn(&Place, Gate) -> MembershipCommand,
    ) -> Result<Reply, CommandError> {
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok(reply);
        }
        for _ in 0..ATTEMPTS {
            let license = self.existing_license(order.license_id).await?;
            let actor = self.actor(ctx, order, &license).await?;
            let place = self.place(order.license_id, order.person).await?;
            let actor = actor.unwrap_or(place.person.subject_id);
            let gate = self.gate(ctx, order, &license).await?;
            let command = command(&place, gate);
            let before = place.membership.standing;
            match decide::decide(&place.membership, command.clone()) {
                Ok(events) => {
                    let code = decide::outcome(&command, &events, before);
                    if events.is_empty() {
                        return Ok(Reply { code, position: *self.log.head().borrow(), id: None });
                    }
                    let mut commit = resting_on(order.license_id, &license, ctx);
                    commit.result = keep(code, Some(place.member_id.0));
                    take_seats(&mut commit, order, &place, &events);
                    put(&mut commit, ctx, order, place, actor, events);
                    if let Settled::Done(receipt) = self.settle(self.log.commit(commit).await?)? {
                        return kept_reply(&receipt);
                    }
                }
                Err(refusal) => {
                    let told = self.turn_away(ctx, order, &license, place, actor, &refusal).await?;
                    if let Some(position) = told {
                        return Err(CommandError::Refused { refusal, position });
                    }
                }
            }
        }
        Err(CommandError::Busy)
    }

    /// Who acts: an admin of the license where the order wants one; otherwise `None`, the person themselves.
    async fn actor(
        &self,
        ctx: &Context,
        order: &Order<'_>,
        license: &LicenseAt,
    ) -> Result<Option<SubjectId>, CommandError> {
        if order.role != Role::Admin {
            return Ok(None);
        }
        self.admin(ctx, license).await.map(Some)
    }

    /// The admin who asks.
    pub(crate) async fn admin(&self, ctx: &Context, license: &LicenseAt) -> Result<SubjectId, CommandError> {
        let email = ctx.email().ok_or(Refusal::NotPermitted)?;
        let person = self.known(email).await?.ok_or(Refusal::NotPermitted)?;
        license.state.check_admin(person.subject_id)?;
        Ok(person.subject_id)
    }

    /// A person's place on a license.
    async fn place(&self, license_id: LicenseId, email: &EmailAddress) -> Result<Place, CommandError> {
        let Some(known) = self.known(email).await? else {
            return Ok(Place::of_nobody(license_id, email));
        };
        let found = self.log.find_members(license_id, &[known.subject_id]).await?;
        let commitment = Commitment::new(&known.salt, email.normalised());
        let person = Person { license_id, subject_id: known.subject_id, commitment };
        let Some(member_id) = found.into_iter().flatten().next() else {
            return Ok(Place::of_person(person));
        };
        let history = self.log.read_stream(member_id.into(), 0).await?;
        Ok(Place {
            person,
            member_id,
            revision: history.last().map_or(0, |last| last.revision),
            membership: membership_of(&history),
            new_person: None,
            new_member: None,
        })
    }

    async fn gate(
        &self,
        ctx: &Context,
        order: &Order<'_>,
        license: &LicenseAt,
    ) -> Result<Gate, CommandError> {
        let seats = self.log.seats(SeatPool::License(order.license_id)).await?;
        let (seat_free, seat_limit) =
            seats.map_or((false, 0), |s| (s.free() > 0, s.limit.unwrap_or(u64::MAX)));
        let Some(key) = order.key else {
            return Ok(Gate { open: license.state.open_on(ctx.today()), seat_free, seat_limit });
        };
        let open = license.state.key_open_on(key, ctx.today());
        let used = self.log.seats(SeatPool::Key(key)).await?;
        let open = open.and_then(|()| match used {
            Some(joins) if joins.free() == 0 => {
                Err(Refusal::KeyUsedUp { limit: joins.limit.unwrap_or_default() })
            }
            _ => Ok(()),
        });
        Ok(Gate { open, seat_free, seat_limit })
    }

    /// Puts a refusal at a door into the history. `None`: the race was lost.
    async fn turn_away(
        &self,
        ctx: &Context,
        order: &Order<'_>,
        license: &Arc<LicenseAt>,
        place: Place,
        actor: SubjectId,
        refusal: &Refusal,
    ) -> Result<Option<Option<u64>>, CommandError> {
        let Some(door) = order.door.filter(|_| refusal.is_admission()) else { return Ok(Some(None)) };
        let record = MembershipCommand::RecordRefusal {
            person: place.person,
            door,
            code: refusal.code(),
            license_revision: license.revision,
        };
        let events = decide::decide(&place.membership, record)?;
        if events.is_empty() {
            return Ok(Some(None));
        }
        // Without the command's id: refused is not done, and may be asked again.
        let mut commit = Commit { command: None, ..resting_on(order.license_id, license, ctx) };
        put(&mut commit, ctx, order, place, actor, events);
        match self.settle(self.log.commit(commit).await?)? {
            Settled::Done(receipt) => Ok(Some(Some(receipt.position))),
            Settled::Again => Ok(None),
        }
    }
}

impl Place {
    /// Of an address that nobody had so far.
    pub(crate) fn of_nobody(license_id: LicenseId, email: &EmailAddress) -> Self {
        let Somebody { subject: subject_id, commitment, claim } = Somebody::new(email);
        Self { new_person: claim, ..Self::of_person(Person { license_id, subject_id, commitment }) }
    }

    /// Of somebody who has no membership of the license yet.
    pub(crate) fn of_person(person: Person) -> Self {
        let Person { license_id, subject_id, .. } = person;
        let member_id = MemberId(Uuid::now_v7());
        Self {
            person,
            member_id,
            membership: Membership::default(),
            revision: 0,
            new_person: None,
            new_member: Some(MemberClaim { license_id, subject_id, member_id }),
        }
    }
}

fn take_seats(commit: &mut Commit, order: &Order<'_>, place: &Place, events: &[domain::MembershipEvent]) {
    let taken = place.membership.seats_taken_by(events);
    if taken != 0 {
        let pool = SeatPool::License(order.license_id);
        commit.seats.push(SeatChange { pool, change: PoolChange::Take(taken) });
    }
    if let Some(key) = order.key {
        commit.seats.push(SeatChange { pool: SeatPool::Key(key), change: PoolChange::Take(1) });
    }
}

fn put(
    commit: &mut Commit,
    ctx: &Context,
    order: &Order<'_>,
    place: Place,
    actor: SubjectId,
    events: Vec<domain::MembershipEvent>,
) {
    let metadata = ctx.metadata(actor, order.role);
    let events = events.into_iter().map(Event::from);
    commit.appends.push(append(place.member_id, place.revision, order.license_id, events, &metadata));
    commit.people.extend(place.new_person);
    commit.members.extend(place.new_member);
}
