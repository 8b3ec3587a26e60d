//! Decides a chunk: loads everybody in it at once, then asks the domain for each, in the order given.

use std::collections::{HashMap, HashSet};

use domain::{
    Code, Commitment, Door, EmailAddress, EmailError, ImportMode, MembershipCommand, Refusal, SubjectId,
    email::sentence,
    membership::{AddedBy, Gate, Person, Undo, decide},
};
use eventlog::{SeatPool, StreamId};

use super::{
    decided::Decided,
    input::{BadItem, Item},
    intake::Original,
    outcome::ItemOutcome,
    run::Run,
    undo::undo_of,
};
use crate::{
    CommandError, Executor,
    executor::{LicenseAt, append, membership_of},
    jobs::unkept,
    membership::Place,
};

impl Executor {
    /// Decides a chunk as the license and the people in it are now.
    pub(super) async fn decide_chunk(
        &self,
        run: &mut Run,
        license: &LicenseAt,
        chunk: &[Item],
        met: &mut HashMap<u64, SubjectId>,
    ) -> Result<Decided, CommandError> {
        let mut places = self.places(run, chunk).await?;
        let run = &*run;
        let out = self.kept_out(run, chunk, &places, met).await?;
        let mut desk = Desk {
            run,
            license,
            rights: license.state.check_admin(run.admin()),
            open: license.state.open_on(run.today()),
            seats: self.seats_for(run).await?,
            decided: Decided::default(),
        };
        for item in chunk {
            match (&item.address, item.first) {
                (Ok(_), _) if out.contains(&item.row) => desk.refuse_erased(item),
                (Err(bad), _) => desk.refuse_bad(item, bad),
                (Ok(email), Some(first)) => desk.refuse_duplicate(item, email, first),
                (Ok(email), None) => match places.remove(&item.row) {
                    Some(place) => desk.decide(item, email, place)?,
                    None => match desk.check_new(email) {
                        Ok(()) => desk.decide(item, email, Place::of_nobody(run.job.license_id, email))?,
                        Err(error) => desk.refuse_invalid(item, email.as_spelled(), &error),
                    },
                },
            }
        }
        Ok(desk.decided)
    }

    /// The rows of people who were erased since the import began. `met`: who was behind a row when the chunk was decided
    /// before, and lost its race.
    async fn kept_out(
        &self,
        run: &Run,
        chunk: &[Item],
        places: &HashMap<u64, Place>,
        met: &mut HashMap<u64, SubjectId>,
    ) -> Result<HashSet<u64>, CommandError> {
        // After the directory was asked: whoever is erased is marked before they are gone from there.
        let marks = run.job.erased().await.map_err(|e| unkept(&e))?;
        let mut out = HashSet::new();
        for item in chunk {
            let Ok(email) = &item.address else { continue };
            let known = places.get(&item.row).map(|place| place.person.subject_id);
            let before = met.get(&item.row).copied();
            met.extend(known.map(|now| (item.row, now)));
            let gone = before.is_some_and(|before| known != Some(before));
            // What is undone was done to somebody who was there.
            let undone = item.undoes.is_some() && known.is_none();
            if gone || undone || marks.iter().any(|mark| mark.keeps_out(email, known)) {
                out.insert(item.row);
            }
        }
        Ok(out)
    }

    /// Seats held and their limit; of a preview, as its earlier items would leave them.
    async fn seats_for(&self, run: &Run) -> Result<(u64, u64), CommandError> {
        let seats = self.log.seats(SeatPool::License(run.job.license_id)).await?;
        let (held, limit) = seats.map_or((0, 0), |s| (s.taken, s.limit.unwrap_or(u64::MAX)));
        Ok(if run.job.dry_run { (run.seats().held, limit) } else { (held, limit) })
    }

    /// The places of those in a chunk whom the directory knows, by row.
    async fn places(&self, run: &mut Run, chunk: &[Item]) -> Result<HashMap<u64, Place>, CommandError> {
        let asked: Vec<(u64, &EmailAddress)> = chunk
            .iter()
            .filter(|item| item.first.is_none())
            .filter_map(|item| item.address.as_ref().ok().map(|email| (item.row, email)))
            .collect();
        let addresses: Vec<&str> = asked.iter().map(|(_, email)| email.normalised()).collect();
        let found = self.log.find_people(&addresses).await?;
        let known: Vec<(u64, Person)> = asked
            .iter()
            .zip(found)
            .filter_map(|((row, email), found)| {
                let found = found?;
                let commitment = Commitment::new(&found.salt, email.normalised());
                Some((
                    *row,
                    Person { license_id: run.job.license_id, subject_id: found.subject_id, commitment },
                ))
            })
            .collect();
        let subjects: Vec<_> = known.iter().map(|(_, person)| person.subject_id).collect();
        let members = self.log.find_members(run.job.license_id, &subjects).await?;
        let streams: Vec<StreamId> = members.iter().flatten().map(|member| StreamId::from(*member)).collect();
        let histories = self.log.read_streams(&streams).await?;
        let undone: HashMap<u64, u64> =
            chunk.iter().filter_map(|item| Some((item.row, item.undoes?.1))).collect();
        if let Some(import) = run.job.undoes {
            let rows = known.iter().zip(&members).filter(|(_, member)| member.is_some());
            let since = rows.zip(&histories).flat_map(|(((row, _), _), history)| {
                let revision = undone.get(row).copied().unwrap_or_default();
                history.iter().filter(move |recorded| recorded.revision > revision)
            });
            let imports = since.filter_map(|recorded| recorded.metadata.import_id).collect();
            run.attempts = self.attempts(import, &run.attempts, imports).await?;
        }
        let (attempts, mut histories) = (&run.attempts, histories.into_iter());
        let places = known.into_iter().zip(members).map(|((row, person), member)| {
            let mut place = Place::of_person(person);
            if let Some(member_id) = member {
                let history = histories.next().unwrap_or_default();
                place.member_id = member_id;
                place.new_member = None;
                place.revision = history.last().map_or(0, |last| last.revision);
                place.membership = membership_of(&history);
                place.undo = undone.get(&row).map(|revision| undo_of(&history, *revision, attempts));
            }
            (row, place)
        });
        Ok(places.collect())
    }
}

/// Where the items of a chunk are decided, one after the other.
struct Desk<'a> {
    run: &'a Run,
    license: &'a LicenseAt,
    /// Whether whoever started the import still may.
    rights: Result<(), Refusal>,
    open: Result<(), Refusal>,
    /// Held and limit, as the items so far leave them.
    seats: (u64, u64),
    decided: Decided,
}

impl Desk<'_> {
    fn refuse_bad(&mut self, item: &Item, bad: &BadItem) {
        match bad {
            BadItem::Invalid { value, error } => self.refuse_invalid(item, value, error),
            BadItem::Unknown => self.refuse_erased(item),
            BadItem::Missing => self.refuse_missing(item),
        }
    }

    /// Of a row that is separated otherwise than the header, all may stand in one cell.
    fn refuse_missing(&mut self, item: &Item) {
        let elsewhere = item.original.as_ref().and_then(Original::something_like_an_address);
        let reason = match elsewhere {
            None => "The row has no e-mail address.",
            Some(_) => {
                "The row has no e-mail address in the Email column, but something like one in another."
            }
        };
        let value = elsewhere.unwrap_or_default();
        self.decided.add(ItemOutcome::refused(item, value, Code::MissingEmail, reason.to_owned()));
    }

    fn refuse_invalid(&mut self, item: &Item, value: &str, error: &EmailError) {
        let reason = sentence(error.to_string());
        let refused = ItemOutcome::refused(item, value.to_owned(), Code::InvalidEmail, reason);
        self.decided.add(ItemOutcome { hint: Some(sentence(error.hint())), ..refused });
    }

    /// Whether somebody whom nobody has met may come in by this address.
    fn check_new(&self, email: &EmailAddress) -> Result<(), EmailError> {
        match self.run.job.mode {
            ImportMode::Add | ImportMode::Invite => email.check_signs(),
            ImportMode::Remove | ImportMode::Withdraw => Ok(()),
        }
    }

    /// Nothing of the row is kept: it names somebody who was erased.
    fn refuse_erased(&mut self, item: &Item) {
        let outcome = ItemOutcome::refused(item, String::new(), Code::Erased, Refusal::Erased.to_string());
        self.decided.add(ItemOutcome { original: None, ..outcome });
    }

    fn refuse_duplicate(&mut self, item: &Item, email: &EmailAddress, first: (u64, u64)) {
        let (row, line) = first;
        let reason = match item.line_of_file() {
            Some(_) => format!("The same person stands on line {line} already."),
            None => format!("The same person is item {row} already."),
        };
        let email = email.as_spelled().to_owned();
        self.decided.add(ItemOutcome::refused(item, email, Code::DuplicateInFile, reason));
    }

    fn decide(&mut self, item: &Item, email: &EmailAddress, place: Place) -> Result<(), CommandError> {
        let before = place.membership.standing;
        let decided = self.rights.clone().and_then(|()| {
            let command = self.command(email, &place)?;
            decide::decide(&place.membership, command.clone()).map(|events| (command, events))
        });
        match decided {
            Ok((command, events)) => {
                let code = decide::outcome(&command, &events, before);
                self.decided.done(item, email.as_spelled(), code, before);
                self.put(item, place, events);
            }
            Err(refused) => {
                let outcome = ItemOutcome::refused(
                    item,
                    email.as_spelled().to_owned(),
                    refused.code(),
                    refused.to_string(),
                );
                self.decided.add(outcome);
                // Only who lets people in has a door.
                if matches!(self.run.job.mode, ImportMode::Add | ImportMode::Invite) && refused.is_admission()
                {
                    let events = decide::decide(&place.membership, self.record(&place, &refused))?;
                    self.put(item, place, events);
                }
            }
        }
        Ok(())
    }

    fn command(&self, email: &EmailAddress, place: &Place) -> Result<MembershipCommand, Refusal> {
        let domain = email.domain();
        let administered = self.license.state.administers(self.run.admin(), &domain);
        let by = match (self.run.job.mode, &place.undo) {
            (_, Some(Undo::Not(refusal))) => return Err(refusal.clone()),
            (ImportMode::Remove, _) | (_, Some(Undo::Remove)) => return Ok(MembershipCommand::Remove),
            (ImportMode::Withdraw, _) => return Ok(MembershipCommand::WithdrawInvite),
            // Who had not answered is asked again, and does not join by it.
            (ImportMode::Add, Some(Undo::Invite)) if administered => AddedBy::AdminAskingConsent,
            (ImportMode::Invite, _) => AddedBy::AdminAskingConsent,
            (ImportMode::Add, _) if administered => AddedBy::DomainAdmin(domain),
            (ImportMode::Add, _) => AddedBy::OtherAdmin,
        };
        let (held, seat_limit) = self.seats;
        let gate = Gate { open: self.open.clone(), seat_free: held < seat_limit, seat_limit };
        Ok(MembershipCommand::Add { person: place.person, by, gate })
    }

    fn record(&self, place: &Place, refused: &Refusal) -> MembershipCommand {
        MembershipCommand::RecordRefusal {
            person: place.person,
            door: if self.run.from_file { Door::Csv } else { Door::Email },
            code: refused.code(),
            license_revision: self.license.revision,
        }
    }

    fn put(&mut self, item: &Item, place: Place, events: Vec<domain::MembershipEvent>) {
        if events.is_empty() {
            return;
        }
        let taken = place.membership.seats_taken_by(&events);
        self.seats.0 = self.seats.0.saturating_add_signed(taken);
        self.decided.seats_taken += taken;
        if self.run.job.dry_run {
            return;
        }
        self.decided.asserts.extend(place.rests_on());
        let metadata = self.run.metadata(Some(item));
        let license = self.run.job.license_id;
        self.decided.appends.push(append(place.member_id, place.revision, license, events, &metadata));
        self.decided.people.extend(place.new_person);
        self.decided.members.extend(place.new_member);
    }
}
