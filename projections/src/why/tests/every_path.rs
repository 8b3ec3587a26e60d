//! Every arrow of DESIGN §4: each event behind the shortest history that it can follow, and what is said then. The list is
//! `every_path.txt`; `SEATBOOK_UPDATE_DOCS=1` writes it anew, for somebody to read.

use std::{collections::VecDeque, env, fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Code, DeclineReason, Door, KeyId, LicenseId, MailDomain, MembershipEvent, Metadata, RequestId, Role,
    Source, SubjectId,
    membership::{InviteReason, Standing},
};
use uuid::Uuid;

use super::super::sentence::{Moment, Story};
use crate::audit::{Name, Names};

const WHO: &str = "bob@school.example";
const ADMIN: &str = "ada@school.example";

/// One of each kind, and of each that is told in other words.
fn events() -> Vec<MembershipEvent> {
    use MembershipEvent as E;
    let (license_id, subject_id) = (LicenseId(Uuid::from_u128(1)), SubjectId(Uuid::from_u128(2)));
    let invited = |reason| E::UserInvited { attempt: 1, commitment: None, license_id, reason, subject_id };
    let refused = |door, code| E::AdmissionRefused {
        code,
        commitment: None,
        door,
        license_id,
        license_revision: 3,
        subject_id,
    };
    vec![
        E::UserAdded {
            commitment: None,
            domain: MailDomain::parse("school.example").expect("a domain"),
            license_id,
            subject_id,
        },
        invited(InviteReason::NotDomainAdmin),
        invited(InviteReason::ConsentAsked),
        E::InviteNotificationClosed {},
        E::InviteNotificationReopened {},
        E::InviteAccepted {},
        E::InviteDeclined { reason: DeclineReason::NotNeeded },
        E::JoinedWithLicenseKey {
            commitment: None,
            key_id: KeyId(Uuid::from_u128(3)),
            license_id,
            subject_id,
        },
        E::InviteWithdrawn {},
        E::UserRemoved {},
        E::UserLeft {},
        E::UserErased {},
        refused(Door::Csv, Code::SeatLimit),
        refused(Door::Email, Code::NotPermitted),
        refused(Door::Invite, Code::LicenseExpired),
        refused(Door::LicenseKey, Code::KeyUsedUp),
    ]
}

/// Whose it is to do, and by which way.
fn metadata(event: &MembershipEvent) -> Metadata {
    use MembershipEvent as E;
    let (by_admin, source) = match event {
        E::UserAdded { .. }
        | E::UserInvited { .. }
        | E::UserRemoved {}
        | E::AdmissionRefused { door: Door::Csv, .. } => (true, Source::Csv),
        E::AdmissionRefused { door: Door::Email, .. } => (true, Source::Email),
        E::InviteWithdrawn {} | E::UserErased {} => (true, Source::Api),
        E::JoinedWithLicenseKey { .. } | E::AdmissionRefused { door: Door::LicenseKey, .. } => {
            (false, Source::Key)
        }
        _ => (false, Source::Api),
    };
    let row = matches!(source, Source::Csv | Source::Email).then_some(domain::envelope::Row(7));
    Metadata {
        acted_by: None,
        actor: SubjectId(Uuid::from_u128(if by_admin { 9 } else { 2 })),
        import_id: None,
        request_id: RequestId(Uuid::nil()),
        role: if by_admin { Role::Admin } else { Role::Member },
        line: None,
        row,
        source,
    }
}

fn sentence(history: &[MembershipEvent]) -> String {
    let start: DateTime<Utc> = "2026-03-01T09:00:00Z".parse().expect("a time");
    let known = |name: &str| Name::Known(name.to_owned());
    let around: Vec<(Metadata, Names, DateTime<Utc>)> = (0..)
        .zip(history)
        .map(|(day, event)| {
            let metadata = metadata(event);
            let actor = if metadata.role == Role::Admin { ADMIN } else { WHO };
            let names = Names { actor: known(actor), acted_by: None, person: known(WHO), file: None };
            (metadata, names, start + TimeDelta::days(day))
        })
        .collect();
    let moments: Vec<Moment<'_, MembershipEvent>> = history
        .iter()
        .zip(&around)
        .map(|(event, (metadata, names, at))| Moment { event, metadata, at: *at, names })
        .collect();
    Story::of(&moments).sentence(&known(WHO))
}

/// The shortest history to each standing.
fn standings() -> Vec<(Standing, Vec<MembershipEvent>)> {
    let mut found: Vec<(Standing, Vec<MembershipEvent>)> = vec![(Standing::Nobody, Vec::new())];
    let mut open = VecDeque::from(found.clone());
    while let Some((standing, history)) = open.pop_front() {
        for event in events() {
            let Some(after) = standing.after(&event) else { continue };
            if found.iter().all(|(known, _)| *known != after) {
                let longer = [&history[..], &[event]].concat();
                found.push((after, longer.clone()));
                open.push_back((after, longer));
            }
        }
    }
    found
}

fn named(history: &[MembershipEvent]) -> String {
    let name = |event: &MembershipEvent| match event {
        MembershipEvent::UserInvited { reason: InviteReason::ConsentAsked, .. } => {
            "UserInvited(consent)".to_owned()
        }
        MembershipEvent::AdmissionRefused { code, .. } => format!("AdmissionRefused({code})"),
        event => event.description().name.to_owned(),
    };
    history.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_is_said_after_every_event_in_every_standing_is_known() {
    let mut said = Vec::new();
    let standings = standings();
    assert_eq!(standings.len(), 9, "nobody, invited twice, accepted three times, rejected, removed, erased");
    for (standing, history) in standings {
        for event in events().into_iter().filter(|event| standing.after(event).is_some()) {
            let history = [&history[..], &[event]].concat();
            said.push(format!("{}\n    {}\n", named(&history), sentence(&history)));
        }
    }
    let said = said.concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/why/tests/every_path.txt");
    if env::var_os("SEATBOOK_UPDATE_DOCS").is_some() {
        fs::write(&path, &said).expect("the list");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == said,
        "what is said has changed; read it, and write it with SEATBOOK_UPDATE_DOCS=1 cargo test -p projections --lib \
         every_path"
    );
}
