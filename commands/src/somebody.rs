//! A person behind an address: known to the directory, or new to it.

use domain::{Commitment, EmailAddress, Salt, SubjectId};
use eventlog::{DirectoryClaim, KnownPerson, Revision, StreamId};
use uuid::Uuid;

use crate::{CommandError, Executor};

/// A person, and the claim that puts them into the directory if they are not there yet.
pub(crate) struct Somebody {
    pub subject: SubjectId,
    pub commitment: Commitment,
    pub claim: Option<DirectoryClaim>,
}

/// That a person whom the directory knows was not erased meanwhile: their own stream has not begun.
pub(crate) fn still_there(subject: SubjectId) -> (StreamId, Revision) {
    (subject.into(), 0)
}

impl Somebody {
    /// What a commit about them rests on: they are new, or still there.
    pub(crate) fn rests_on(&self) -> Vec<(StreamId, Revision)> {
        if self.claim.is_some() { Vec::new() } else { vec![still_there(self.subject)] }
    }

    /// Of an address that nobody had so far. The id is time-ordered: random ones halve the speed of bulk appends.
    pub(crate) fn new(email: &EmailAddress) -> Self {
        let (subject, salt) = (SubjectId(Uuid::now_v7()), Salt(rand::random()));
        // Letters will go there.
        let spelled = email.of_them_alone().as_spelled().to_owned();
        let normalised = email.normalised().to_owned();
        let commitment = Commitment::new(&salt, &normalised);
        let claim = DirectoryClaim { subject_id: subject, email: spelled, normalised, salt };
        Self { subject, commitment, claim: Some(claim) }
    }
}

impl Executor {
    /// Whom the directory knows by an address. The one look-up for orders and questions alike.
    pub async fn known(&self, email: &EmailAddress) -> Result<Option<KnownPerson>, CommandError> {
        Ok(self.log.find_people(&[email.normalised()]).await?.into_iter().flatten().next())
    }

    /// A person by address; somebody new, if nobody has it.
    ///
    /// # Errors
    ///
    /// [`CommandError::InvalidEmail`] where nobody new may have the address.
    pub(crate) async fn somebody(&self, email: &EmailAddress) -> Result<Somebody, CommandError> {
        let Some(KnownPerson { subject_id, salt }) = self.known(email).await? else {
            email.check_signs().map_err(CommandError::InvalidEmail)?;
            return Ok(Somebody::new(email));
        };
        let commitment = Commitment::new(&salt, email.normalised());
        Ok(Somebody { subject: subject_id, commitment, claim: None })
    }
}
