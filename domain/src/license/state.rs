//! What a license is now.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{event::LicenseEvent, proof::DomainProof};
use crate::{KeyId, LicenseName, MailDomain, Refusal, SubjectId};

/// What was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// People can be added.
    Paid,
    /// Nobody can be added.
    Free,
}

impl Plan {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Free => "free",
        }
    }
}

/// What somebody may do on a license who does not administer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Reads everything, changes nothing.
    Auditor,
    /// Reads who is on the license, and why; neither keys nor settings.
    Support,
}

impl StaffRole {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Auditor, Self::Support];

    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Support => "support",
        }
    }
}

/// A license's terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// What its owner calls it.
    pub name: LicenseName,
    /// What was bought.
    pub plan: Plan,
    /// How many seats can be held.
    pub seat_limit: u64,
    /// The last day, UTC.
    pub ends: Option<NaiveDate>,
}

/// A key's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// How many people can join with it.
    pub limit: Option<u64>,
    /// The last day, UTC.
    pub ends: Option<NaiveDate>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Whether a key opens its license, or why it does not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// People can join with it.
    Open,
    /// As many have joined with it as it allows.
    UsedUp,
    /// Its last day is past.
    Ended,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::UsedUp => "used_up",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }
}

impl Key {
    /// How it stands on a day, with so many joins: what lasts longest comes first.
    pub fn state_on(&self, today: NaiveDate, joined: u64) -> KeyState {
        if self.revoked {
            KeyState::Revoked
        } else if self.ends.is_some_and(|last| today > last) {
            KeyState::Ended
        } else if self.limit.is_some_and(|limit| joined >= limit) {
            KeyState::UsedUp
        } else {
            KeyState::Open
        }
    }
}

/// A license, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct License {
    /// Nothing before it was created.
    pub terms: Option<Terms>,
    /// Its admins, each with the mail domains that they administer.
    pub admins: BTreeMap<SubjectId, BTreeSet<MailDomain>>,
    /// How it was shown which mail domains are whose, where it was.
    pub proofs: BTreeMap<SubjectId, BTreeMap<MailDomain, DomainProof>>,
    /// Who else may read what, without administering it.
    pub staff: BTreeMap<SubjectId, BTreeSet<StaffRole>>,
    /// Every key that was ever issued.
    pub keys: BTreeMap<KeyId, Key>,
}

impl License {
    /// Whether somebody may be admitted today: plan and term, whatever the door.
    pub fn open_on(&self, today: NaiveDate) -> Result<(), Refusal> {
        let terms = self.terms.as_ref().ok_or(Refusal::UnknownLicense)?;
        admits(terms.plan, terms.ends, today)
    }

    /// Whether a key opens the license today. How often it was used is counted in its seat pool.
    pub fn key_open_on(&self, key: KeyId, today: NaiveDate) -> Result<(), Refusal> {
        match self.key_not_revoked(key)?.ends {
            Some(ended) if today > ended => Err(Refusal::KeyExpired { ended }),
            _ => self.open_on(today),
        }
    }

    /// A key that was issued and not revoked.
    pub fn key_not_revoked(&self, key: KeyId) -> Result<&Key, Refusal> {
        let key = self.keys.get(&key).ok_or(Refusal::KeyUnknown)?;
        if key.revoked { Err(Refusal::KeyRevoked) } else { Ok(key) }
    }

    /// Whether somebody administers the license.
    pub fn check_admin(&self, subject: SubjectId) -> Result<(), Refusal> {
        if self.admins.contains_key(&subject) { Ok(()) } else { Err(Refusal::NotPermitted) }
    }

    /// Whether somebody has a role beside its admins.
    pub fn has_staff(&self, subject: SubjectId, role: StaffRole) -> bool {
        self.staff.get(&subject).is_some_and(|roles| roles.contains(&role))
    }

    /// Whether an admin administers a mail domain. Exactly that domain: `a.example.org` is not `example.org`.
    pub fn administers(&self, admin: SubjectId, domain: &MailDomain) -> bool {
        self.admins.get(&admin).is_some_and(|domains| domains.contains(domain))
    }

    /// Whether any admin administers a mail domain.
    pub fn is_administered(&self, domain: &MailDomain) -> bool {
        self.admins.values().any(|domains| domains.contains(domain))
    }

    /// How it was shown that a mail domain is an admin's, where it was.
    pub fn proof(&self, admin: SubjectId, domain: &MailDomain) -> Option<&DomainProof> {
        self.proofs.get(&admin)?.get(domain)
    }

    /// Follows an event. What the state can't follow leaves it as it is; verification reports it.
    pub fn evolve(&mut self, event: &LicenseEvent) {
        use LicenseEvent as E;
        let Some(terms) = &mut self.terms else { return self.begin(event) };
        match event {
            // Once only; and what somebody has seen changes nothing.
            E::LicenseCreated { .. } | E::LicenseKeyShown { .. } => {}
            E::LicenseRenamed { name } => terms.name = name.clone(),
            E::LicensePlanChanged { plan } => terms.plan = *plan,
            E::SeatLimitChanged { seat_limit } => terms.seat_limit = *seat_limit,
            E::LicenseTermChanged { ends } => terms.ends = *ends,
            E::LicenseAdminGranted { subject_id, .. } => {
                self.admins.entry(*subject_id).or_default();
            }
            E::LicenseAdminRevoked { subject_id } => {
                self.admins.remove(subject_id);
                self.proofs.remove(subject_id);
            }
            E::DomainAdminGranted { domain, proof, subject_id } => {
                if let Some(domains) = self.admins.get_mut(subject_id) {
                    domains.insert(domain.clone());
                    if let Some(proof) = proof {
                        let proofs = self.proofs.entry(*subject_id).or_default();
                        proofs.insert(domain.clone(), proof.clone());
                    }
                }
            }
            E::DomainAdminRevoked { domain, subject_id } => {
                if let Some(domains) = self.admins.get_mut(subject_id) {
                    domains.remove(domain);
                }
                if let Some(proofs) = self.proofs.get_mut(subject_id) {
                    proofs.remove(domain);
                }
            }
            E::LicenseStaffGranted { role, subject_id, .. } => {
                self.staff.entry(*subject_id).or_default().insert(*role);
            }
            E::LicenseStaffRevoked { role, subject_id } => self.dismiss(*subject_id, *role),
            E::LicenseKeyIssued { ends, key_id, limit } => {
                // A revoked key never gets a second life.
                self.keys.entry(*key_id).or_insert(Key { limit: *limit, ends: *ends, revoked: false });
            }
            E::LicenseKeyEndChanged { ends, key_id } => {
                if let Some(key) = self.keys.get_mut(key_id) {
                    key.ends = *ends;
                }
            }
            E::LicenseKeyRevoked { key_id } => {
                if let Some(key) = self.keys.get_mut(key_id) {
                    key.revoked = true;
                }
            }
        }
    }

    fn dismiss(&mut self, subject: SubjectId, role: StaffRole) {
        if let Some(roles) = self.staff.get_mut(&subject) {
            roles.remove(&role);
            if roles.is_empty() {
                self.staff.remove(&subject);
            }
        }
    }

    fn begin(&mut self, event: &LicenseEvent) {
        if let LicenseEvent::LicenseCreated { ends, name, plan, seat_limit } = event {
            self.terms =
                Some(Terms { name: name.clone(), plan: *plan, seat_limit: *seat_limit, ends: *ends });
        }
    }
}

/// Whether a license of this plan, with this last day, admits anybody on a day.
pub fn admits(plan: Plan, ends: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    match (plan, ends) {
        (Plan::Free, _) => Err(Refusal::PlanRequired),
        (Plan::Paid, Some(ended)) if today > ended => Err(Refusal::LicenseExpired { ended }),
        (Plan::Paid, _) => Ok(()),
    }
}
