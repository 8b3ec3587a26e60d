//! Who was erased while an import is under way: noted with its upload, which goes when the import ends.

use domain::{EmailAddress, SubjectId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hexadecimal;

/// Somebody whom an import must not bring back. Says who it is only to whoever knows the address; and it lies beside the
/// upload itself, which may hold that address in plain, and goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Who they were; nothing where nobody was known by the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject_id: Option<SubjectId>,
    /// Random, for this mark alone.
    salt: String,
    /// SHA-256 of the salt and the normalised address, in hexadecimal digits.
    digest: String,
}

impl Mark {
    /// Of somebody who is about to be erased.
    pub(crate) fn of(subject_id: Option<SubjectId>, email: &EmailAddress) -> Self {
        let salt = hexadecimal(&rand::random::<[u8; 32]>());
        let digest = digest(&salt, email);
        Self { subject_id, salt, digest }
    }

    /// Whether it keeps an address out, behind which the directory has this person now. Whoever is still there was not
    /// erased after all.
    pub(crate) fn keeps_out(&self, email: &EmailAddress, known: Option<SubjectId>) -> bool {
        (known.is_none() || known != self.subject_id) && digest(&self.salt, email) == self.digest
    }
}

fn digest(salt: &str, email: &EmailAddress) -> String {
    hexadecimal(&Sha256::new().chain_update(salt).chain_update(email.normalised()).finalize())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_mark_keeps_out_the_erased_address_and_nobody_else() {
        let address = |text| EmailAddress::parse(text).unwrap_or_else(|_| panic!("{text}"));
        let (was, other) = (SubjectId(Uuid::from_u128(1)), SubjectId(Uuid::from_u128(2)));
        let mark = Mark::of(Some(was), &address("Ada@school.example"));
        assert!(mark.keeps_out(&address("ada@school.example"), None));
        assert!(
            mark.keeps_out(&address("ada@school.example"), Some(other)),
            "somebody new by the same address"
        );
        assert!(!mark.keeps_out(&address("ada@school.example"), Some(was)), "not erased yet");
        assert!(!mark.keeps_out(&address("bob@school.example"), None));
        let nobody = Mark::of(None, &address("ada@school.example"));
        assert!(nobody.keeps_out(&address("ada@school.example"), None));
        assert!(!serde_json::to_string(&nobody).expect("JSON").contains("school"));
        assert_ne!(nobody.digest, Mark::of(None, &address("ada@school.example")).digest);
    }
}
