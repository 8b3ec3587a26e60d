//! What a license allows.

use chrono::NaiveDate;

use super::{
    command::{LicenseCommand, NewKey},
    event::LicenseEvent,
    proof::check_provable,
    state::{License, Terms},
};
use crate::{KeyId, Refusal};

/// Whether something new may end on this day: an end in the past would be a slip of the pen, and nobody would see it.
/// What there is already may be ended at once, by any day.
pub fn check_end(ends: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    match ends {
        Some(ends) if ends < today => Err(Refusal::EndInPast { ends, today }),
        _ => Ok(()),
    }
}

/// Decides an order. No events: it is so already.
pub fn decide(license: &License, command: LicenseCommand) -> Result<Vec<LicenseEvent>, Refusal> {
    match (&license.terms, command) {
        (None, command @ LicenseCommand::CreateLicense { .. }) => Ok(create(command)),
        (Some(_), LicenseCommand::CreateLicense { .. }) => Err(Refusal::LicenseExists),
        (None, _) => Err(Refusal::UnknownLicense),
        (Some(terms), command) => change(license, terms, command),
    }
}

fn create(command: LicenseCommand) -> Vec<LicenseEvent> {
    let LicenseCommand::CreateLicense { name, plan, seat_limit, ends, admin, commitment, mut domains, key } =
        command
    else {
        return Vec::new();
    };
    domains.sort();
    domains.dedup();
    let mut events = vec![
        LicenseEvent::LicenseCreated { ends, name, plan, seat_limit },
        LicenseEvent::LicenseAdminGranted { commitment, subject_id: admin },
    ];
    events.extend(domains.into_iter().map(|domain| LicenseEvent::DomainAdminGranted {
        domain,
        proof: None,
        subject_id: admin,
    }));
    events.push(issued(key));
    events
}

fn change(license: &License, terms: &Terms, command: LicenseCommand) -> Result<Vec<LicenseEvent>, Refusal> {
    use LicenseCommand as C;
    use LicenseEvent as E;
    let only_if = |different: bool, event: E| Ok(if different { vec![event] } else { Vec::new() });
    match command {
        C::CreateLicense { .. } => Err(Refusal::LicenseExists),
        C::RenameLicense { name } => only_if(terms.name != name, E::LicenseRenamed { name }),
        C::ChangePlan { plan } => only_if(terms.plan != plan, E::LicensePlanChanged { plan }),
        C::ChangeSeatLimit { seat_limit, held } if held > seat_limit => {
            Err(Refusal::SeatsHeld { held, limit: seat_limit })
        }
        C::ChangeSeatLimit { seat_limit, .. } => {
            only_if(terms.seat_limit != seat_limit, E::SeatLimitChanged { seat_limit })
        }
        C::ChangeTerm { ends } => only_if(terms.ends != ends, E::LicenseTermChanged { ends }),
        C::GrantAdmin { subject, commitment } => only_if(
            !license.admins.contains_key(&subject),
            E::LicenseAdminGranted { commitment, subject_id: subject },
        ),
        C::RevokeAdmin { subject } => match (license.admins.contains_key(&subject), license.admins.len()) {
            (false, _) => Ok(Vec::new()),
            (true, 1) => Err(Refusal::LastAdmin),
            (true, _) => Ok(vec![E::LicenseAdminRevoked { subject_id: subject }]),
        },
        C::GrantDomain { subject, .. } if !license.admins.contains_key(&subject) => Err(Refusal::NotAnAdmin),
        C::GrantDomain { subject, domain, proof } => {
            if proof.is_some() {
                check_provable(&domain)?;
            }
            only_if(
                !license.administers(subject, &domain),
                E::DomainAdminGranted { domain, proof, subject_id: subject },
            )
        }
        C::RevokeDomain { subject, domain } => only_if(
            license.administers(subject, &domain),
            E::DomainAdminRevoked { domain, subject_id: subject },
        ),
        C::GrantStaff { subject, role, commitment } => only_if(
            !license.has_staff(subject, role),
            E::LicenseStaffGranted { commitment, role, subject_id: subject },
        ),
        C::RevokeStaff { subject, role } => {
            only_if(license.has_staff(subject, role), E::LicenseStaffRevoked { role, subject_id: subject })
        }
        C::IssueKey(key) => only_if(!license.keys.contains_key(&key.key_id), issued(key)),
        C::RotateKey { old, old_ends, new } => rotate(license, old, old_ends, new),
        C::ShowKey { key_id } => {
            license.key_not_revoked(key_id)?;
            Ok(vec![E::LicenseKeyShown { key_id }])
        }
        C::RevokeKey { key_id } => {
            let key = license.keys.get(&key_id).ok_or(Refusal::KeyUnknown)?;
            only_if(!key.revoked, E::LicenseKeyRevoked { key_id })
        }
    }
}

fn issued(NewKey { key_id, limit, ends }: NewKey) -> LicenseEvent {
    LicenseEvent::LicenseKeyIssued { ends, key_id, limit }
}

/// The old key's last day only comes nearer: what has ended stays so.
fn rotate(
    license: &License,
    old: KeyId,
    old_ends: NaiveDate,
    new: NewKey,
) -> Result<Vec<LicenseEvent>, Refusal> {
    let key = license.key_not_revoked(old)?;
    if license.keys.contains_key(&new.key_id) {
        return Ok(Vec::new());
    }
    let mut events = vec![issued(new)];
    if key.ends.is_none_or(|ends| ends > old_ends) {
        events.push(LicenseEvent::LicenseKeyEndChanged { ends: Some(old_ends), key_id: old });
    }
    Ok(events)
}

crate::aggregate::aggregate!(License, LicenseCommand, LicenseEvent);
