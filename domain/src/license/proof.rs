//! How a mail domain was shown to be its admin's.

use serde::{Deserialize, Serialize};

use crate::{MailDomain, Refusal};

/// The name below a mail domain where its record stands, as names of services do (RFC 8552): nobody has mail there.
const LABEL: &str = "_seatbook-challenge";

/// What a record's value begins with: who finds it in a zone knows whose it is.
const PREFIX: &str = "seatbook-domain-proof=";

/// The longest name of a record: RFC 1035 §2.3.4, without the length byte and the root.
const LONGEST: usize = 253;

/// What was seen that shows a mail domain to be its admin's. Not a secret: everybody can look there, then and later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum DomainProof {
    /// A TXT record.
    DnsTxt {
        /// Its name.
        record: String,
        /// Its text.
        value: String,
    },
}

impl DomainProof {
    /// The record that is to stand below a domain. `drawn`: random text, for one admin of one license and this domain.
    pub fn dns_txt(domain: &MailDomain, drawn: &str) -> Self {
        Self::DnsTxt { record: format!("{LABEL}.{}", domain.as_str()), value: format!("{PREFIX}{drawn}") }
    }
}

/// Whether a record below a domain says anything: not where names or addresses in it belong to many who have nothing to
/// do with each other, and not where there is no room for one.
pub fn check_provable(domain: &MailDomain) -> Result<(), Refusal> {
    if domain.is_public() || domain.is_suffix() {
        return Err(Refusal::DomainOfMany { domain: domain.clone() });
    }
    if LABEL.len() + 1 + domain.as_str().len() > LONGEST {
        return Err(Refusal::DomainTooLong { domain: domain.clone() });
    }
    Ok(())
}
