//! `ProveDomain`: an admin administers a mail domain from now on, since a record in DNS shows it to be theirs.

use domain::{EmailAddress, LicenseCommand, LicenseId, MailDomain, Refusal, SubjectId, license::DomainProof};

use crate::{
    CommandError, Context, Executor, Reply,
    change_license::{By, Order},
};

/// A mail domain that was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedDomain {
    /// The admin.
    pub admin: SubjectId,
    /// The mail domain.
    pub domain: MailDomain,
    /// What was seen.
    pub proof: DomainProof,
}

impl Executor {
    /// Lets an admin's additions in a mail domain join at once. The caller has seen what proves it; the history says what
    /// that was.
    pub async fn prove_domain(
        &self,
        ctx: &Context,
        id: LicenseId,
        admin: &EmailAddress,
        domain: MailDomain,
        proof: DomainProof,
    ) -> Result<Reply, CommandError> {
        // Somebody whom nobody knows is no admin: the license refuses.
        let subject = self.somebody(admin).await?.subject;
        let command = LicenseCommand::GrantDomain { subject, domain, proof: Some(proof) };
        self.change_license(ctx, id, Order::new(By::OperatorOrAdmin, command)).await
    }

    /// That somebody administers a license: before they are told what to do.
    pub async fn check_admin(&self, id: LicenseId, person: &EmailAddress) -> Result<(), CommandError> {
        let license = self.existing_license(id).await?;
        let known = self.known(person).await?.ok_or(Refusal::NotPermitted)?;
        Ok(license.state.check_admin(known.subject_id)?)
    }

    /// What was seen that shows a mail domain to be an admin's, as the history has it; nothing where they do not
    /// administer it, or the operator granted it.
    pub async fn domain_proof(
        &self,
        id: LicenseId,
        admin: &EmailAddress,
        domain: &MailDomain,
    ) -> Result<Option<DomainProof>, CommandError> {
        let Some(known) = self.known(admin).await? else { return Ok(None) };
        Ok(self.license(id).await?.state.proof(known.subject_id, domain).cloned())
    }

    /// The mail domains of a license that were proved, by admin and name.
    pub async fn proved_domains(&self, id: LicenseId) -> Result<Vec<ProvedDomain>, CommandError> {
        let license = self.license(id).await?;
        let of_admins = license.state.proofs.iter();
        let proved = of_admins.flat_map(|(admin, proofs)| {
            proofs.iter().map(|(domain, proof)| ProvedDomain {
                admin: *admin,
                domain: domain.clone(),
                proof: proof.clone(),
            })
        });
        Ok(proved.collect())
    }
}
