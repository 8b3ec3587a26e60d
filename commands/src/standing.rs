//! How somebody stands to the installation and to a license: what they may be shown rests on it.

use std::collections::BTreeSet;

use domain::{EmailAddress, InstallationRole, LicenseId, MailDomain, StaffRole, SubjectId};

use crate::{CommandError, Executor};

/// How somebody stands to a license.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnLicense {
    /// Whether they administer it.
    pub admin: bool,
    /// The mail domains that they administer there.
    pub domains: BTreeSet<MailDomain>,
    /// What else they may do there.
    pub staff: BTreeSet<StaffRole>,
    /// Whether they are, or were, on its user list.
    pub member: bool,
}

/// How somebody stands to the installation and, if one was asked about, to a license.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Who they are; nothing for an address that nobody has met yet.
    pub subject: Option<SubjectId>,
    /// What they may do on every license.
    pub installation: BTreeSet<InstallationRole>,
    /// How they stand to the license; nothing where there is no such license.
    pub license: Option<OnLicense>,
}

impl Executor {
    /// How somebody stands now.
    pub async fn standing(
        &self,
        person: &EmailAddress,
        license: Option<LicenseId>,
    ) -> Result<Standing, CommandError> {
        let subject = self.known(person).await?.map(|known| known.subject_id);
        let installation = match subject {
            Some(subject) => self.installation().await?.state.roles.get(&subject).cloned(),
            None => None,
        };
        let license = match license {
            Some(license) => self.on_license(subject, license).await?,
            None => None,
        };
        Ok(Standing { subject, installation: installation.unwrap_or_default(), license })
    }

    async fn on_license(
        &self,
        subject: Option<SubjectId>,
        id: LicenseId,
    ) -> Result<Option<OnLicense>, CommandError> {
        let license = self.license(id).await?;
        let Some(subject) = subject else {
            return Ok(license.state.terms.is_some().then(OnLicense::default));
        };
        // Also where there is no such license: whoever asks can't tell it from another's by how long that takes.
        let membership = self.log.find_members(id, &[subject]).await?;
        if license.state.terms.is_none() {
            return Ok(None);
        }
        Ok(Some(OnLicense {
            admin: license.state.admins.contains_key(&subject),
            domains: license.state.admins.get(&subject).cloned().unwrap_or_default(),
            staff: license.state.staff.get(&subject).cloned().unwrap_or_default(),
            member: membership.into_iter().flatten().next().is_some(),
        }))
    }
}
