//! `CreateLicense`: a license is set up, with its first admin, their domains, and a key.

use chrono::NaiveDate;
use domain::{
    Code, EmailAddress, KeyId, License, LicenseCommand, LicenseId, LicenseKey, LicenseName, MailDomain, Plan,
    license::NewKey,
    license::decide::{check_end, decide},
};
use eventlog::{Commit, PoolChange, SeatChange, SeatPool};
use uuid::Uuid;

use crate::{
    CommandError, Context, Executor, Reply,
    authority::Authority,
    executor::{ATTEMPTS, Settled, append, keep, kept_reply},
    somebody::Somebody,
};

/// What a new license is to be.
#[derive(Clone)]
pub struct NewLicense {
    /// What its owner calls it.
    pub name: LicenseName,
    /// What was bought.
    pub plan: Plan,
    /// How many seats can be held.
    pub seats: u64,
    /// The last day, UTC.
    pub ends: Option<NaiveDate>,
    /// The first admin.
    pub admin: EmailAddress,
    /// The mail domains that they administer.
    pub domains: Vec<MailDomain>,
}

impl Executor {
    /// Sets a license up. The key is given once, and not again if the command comes again.
    pub async fn create_license(
        &self,
        ctx: &Context,
        new: &NewLicense,
    ) -> Result<(Reply, Option<LicenseKey>), CommandError> {
        // What is sold is the operator's alone, also where they act for somebody.
        self.operator(ctx).await?;
        if let Some(reply) = self.given_before(ctx).await? {
            return Ok((reply, None));
        }
        check_end(new.ends, ctx.today())?;
        let license_id = LicenseId(Uuid::now_v7());
        let key = LicenseKey::new(rand::random());
        for _ in 0..ATTEMPTS {
            let commit = self.new_license(ctx, new, license_id, &key).await?;
            let outcome = self.log.commit(commit).await?;
            if let Settled::Done(receipt) = self.settle(outcome)? {
                let reply = kept_reply(&receipt)?;
                let ours = reply.id == Some(license_id.0);
                return Ok((reply, ours.then_some(key)));
            }
        }
        Err(CommandError::Busy)
    }

    async fn new_license(
        &self,
        ctx: &Context,
        new: &NewLicense,
        license_id: LicenseId,
        key: &LicenseKey,
    ) -> Result<Commit, CommandError> {
        let somebody = self.somebody(&new.admin).await?;
        let mut asserts = somebody.rests_on();
        let Somebody { subject: admin, commitment, claim } = somebody;
        let key_id = KeyId(Uuid::now_v7());
        let command = LicenseCommand::CreateLicense {
            name: new.name.clone(),
            plan: new.plan,
            seat_limit: new.seats,
            ends: new.ends,
            admin,
            commitment,
            domains: new.domains.clone(),
            key: NewKey { key_id, limit: None, ends: None },
        };
        let events = decide(&License::default(), command)?;
        let Authority { actor, role, asserts: of_role } = self.operator(ctx).await?;
        asserts.extend(of_role);
        let metadata = ctx.metadata(actor, role);
        let open = |pool, limit| SeatChange { pool, change: PoolChange::Open(limit) };
        Ok(Commit {
            command: ctx.command,
            appends: vec![append(license_id, 0, license_id, events, &metadata)],
            asserts,
            people: claim.into_iter().collect(),
            keys: vec![self.key_claim(key, key_id, license_id)?],
            seats: vec![
                open(SeatPool::License(license_id), Some(new.seats)),
                open(SeatPool::Key(key_id), None),
            ],
            result: keep(Code::Changed, Some(license_id.0)),
            ..Commit::default()
        })
    }
}
