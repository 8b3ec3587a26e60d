//! What the commands about one person share: load the license and the membership, decide, commit.

use std::sync::Arc;

use domain::{
    Code, Commitment, Door, EmailAddress, Event, KeyId, LicenseId, MemberId, Membership, MembershipCommand,
    Refusal, Role, SubjectId,
    membership::{Gate, Person, Undo, decide},
};
use eventlog::{
    Commit, DirectoryClaim, KnownPerson, MemberClaim, PlaceAsked, PlaceFound, PoolChange, Revision,
    SeatChange, SeatPool, StreamId,
};
use uuid::Uuid;

use crate::{
    CommandError, Context, Executor, Reply,
    executor::{ATTEMPTS, LicenseAt, Settled, append, keep, membership_of, resting_on},
    somebody::{Somebody, still_there},
};

/// A person's place on a license, as loaded; with claims for what is not there yet.
pub(crate) struct Place {
    pub person: Person,
    pub member_id: MemberId,
    pub membership: Membership,
    pub revision: u64,
    pub new_person: Option<DirectoryClaim>,
    pub new_member: Option<MemberClaim>,
    /// What is to be done to undo what an import did to them.
    pub undo: Option<Undo>,
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

/// What is to be done about an order.
enum Decision {
    /// This, if it can still be done.
    Commit(Box<Commit>),
    /// It is so already.
    Nothing(Code),
    /// It is refused, to somebody who acts in a role that they have.
    Refused(Box<Place>, SubjectId, Refusal),
}

impl Executor {
    /// Runs an order about one person. `command` makes the domain's command from the facts at the door.
    ///
    /// At first the license is taken to be as it was when a command last met it, and the command to be new: a commit asserts
    /// both, and does not come about where it is not so. What else an order may come to, and what takes a seat, is decided
    /// only after everything has been looked up.
    pub(crate) async fn run_on_membership(
        &self,
        ctx: &Context,
        order: &Order<'_>,
        command: impl Fn(&Place, Gate) -> MembershipCommand,
    ) -> Result<Reply, CommandError> {
        let kept = self.kept_license(order.license_id);
        if kept.state.terms.is_some() && order.key.is_none() {
            let found = self.log.find_place(order.asks_little(ctx)).await?;
            if let Ok(Decision::Commit(commit)) = decision(ctx, order, &kept, found, &command)
                && let Some(reply) = self.reply_of(self.log.commit(*commit).await?)?
            {
                return Ok(reply);
            }
        }
        for _ in 0..ATTEMPTS {
            let kept = self.kept_license(order.license_id);
            let mut found = self.log.find_place(order.asks(ctx, kept.revision)).await?;
            if let Some(reply) =
                found.first_result.take().map(|first| self.reply_of(first)).transpose()?.flatten()
            {
                return Ok(reply);
            }
            let news = std::mem::take(&mut found.license);
            let license = self.followed(order.license_id, kept, news).existing()?;
            match decision(ctx, order, &license, found, &command)? {
                Decision::Commit(commit) => {
                    if let Some(reply) = self.reply_of(self.log.commit(*commit).await?)? {
                        return Ok(reply);
                    }
                }
                Decision::Nothing(code) => {
                    return Ok(Reply { code, position: *self.log.head().borrow(), id: None });
                }
                Decision::Refused(place, actor, refusal) => {
                    let told = self.turn_away(ctx, order, &license, *place, actor, &refusal).await?;
                    if let Some(position) = told {
                        return Err(CommandError::Refused { refusal, position });
                    }
                }
            }
        }
        Err(CommandError::Busy)
    }

    /// The admin who asks.
    pub(crate) async fn admin(&self, ctx: &Context, license: &LicenseAt) -> Result<SubjectId, CommandError> {
        let known = match ctx.email() {
            Some(email) => self.known(email).await?,
            None => None,
        };
        Ok(admin(known, license)?)
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

impl<'a> Order<'a> {
    /// What has to be looked up for it.
    fn asks(&self, ctx: &'a Context, license_after: Revision) -> PlaceAsked<'a> {
        let license_after = Some(license_after);
        PlaceAsked { command: ctx.command, license_after, key: self.key, ..self.asks_little(ctx) }
    }

    /// Only what no commit can assert before it is known.
    fn asks_little(&self, ctx: &'a Context) -> PlaceAsked<'a> {
        let actor = ctx.email().filter(|_| self.role == Role::Admin);
        PlaceAsked {
            command: None,
            license: self.license_id,
            license_after: None,
            person: self.person.normalised(),
            actor: actor.map(EmailAddress::normalised),
            key: None,
        }
    }
}

/// Decides an order from what was found. An error: whoever asks does not have the role.
fn decision(
    ctx: &Context,
    order: &Order<'_>,
    license: &LicenseAt,
    found: PlaceFound,
    command: impl Fn(&Place, Gate) -> MembershipCommand,
) -> Result<Decision, Refusal> {
    let actor = match order.role {
        Role::Admin => Some(admin(found.actor, license)?),
        _ => None,
    };
    let gate = gate(ctx, order, license, &found);
    let place = Place::found(order, found);
    let actor = actor.unwrap_or(place.person.subject_id);
    let command = command(&place, gate);
    let before = place.membership.standing;
    let events = match decide::decide(&place.membership, command.clone()) {
        Ok(events) => events,
        Err(refusal) => return Ok(Decision::Refused(Box::new(place), actor, refusal)),
    };
    let code = decide::outcome(&command, &events, before);
    if events.is_empty() {
        return Ok(Decision::Nothing(code));
    }
    let mut commit = resting_on(order.license_id, license, ctx);
    commit.result = keep(code, Some(place.member_id.0));
    take_seats(&mut commit, order, &place, &events);
    put(&mut commit, ctx, order, place, actor, events);
    Ok(Decision::Commit(Box::new(commit)))
}

/// Somebody, if they administer the license.
fn admin(known: Option<KnownPerson>, license: &LicenseAt) -> Result<SubjectId, Refusal> {
    let person = known.ok_or(Refusal::NotPermitted)?;
    license.state.check_admin(person.subject_id)?;
    Ok(person.subject_id)
}

fn gate(ctx: &Context, order: &Order<'_>, license: &LicenseAt, found: &PlaceFound) -> Gate {
    let (seat_free, seat_limit) =
        found.seats.map_or((false, 0), |s| (s.free() > 0, s.limit.unwrap_or(u64::MAX)));
    let open = match order.key {
        None => license.state.open_on(ctx.today()),
        Some(key) => license.state.key_open_on(key, ctx.today()).and_then(|()| match found.joins {
            Some(joins) if joins.free() == 0 => {
                Err(Refusal::KeyUsedUp { limit: joins.limit.unwrap_or_default() })
            }
            _ => Ok(()),
        }),
    };
    Gate { open, seat_free, seat_limit }
}

impl Place {
    fn found(order: &Order<'_>, found: PlaceFound) -> Self {
        let (license_id, email) = (order.license_id, order.person);
        let Some(known) = found.person else { return Self::of_nobody(license_id, email) };
        let commitment = Commitment::new(&known.salt, email.normalised());
        let person = Person { license_id, subject_id: known.subject_id, commitment };
        let Some((member_id, history)) = found.member else { return Self::of_person(person) };
        Self {
            person,
            member_id,
            revision: history.last().map_or(0, |last| last.revision),
            membership: membership_of(&history),
            new_person: None,
            new_member: None,
            undo: None,
        }
    }

    /// That somebody whom the directory knows is still there, where nothing else that is written rests on it.
    pub(crate) fn rests_on(&self) -> Option<(StreamId, Revision)> {
        let rests = self.new_member.is_some() && self.new_person.is_none();
        rests.then(|| still_there(self.person.subject_id))
    }

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
            undo: None,
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
    commit.asserts.extend(place.rests_on());
    let metadata = ctx.metadata(actor, order.role);
    let events = events.into_iter().map(Event::from);
    commit.appends.push(append(place.member_id, place.revision, order.license_id, events, &metadata));
    commit.people.extend(place.new_person);
    commit.members.extend(place.new_member);
}
