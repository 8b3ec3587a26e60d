//! Letters to people who were invited: that they were, and where to answer. None of them accepts anything by itself.

use std::{net::Ipv4Addr, time::Duration};

use chrono::{TimeDelta, Utc};
use domain::{Event, Membership, MembershipEvent, SubjectId, email::loosely, membership::Standing};
use eventlog::{Position, Recorded, StreamId};
use identity::{attempts::Rate, outbox::InviteLetter};
use projections::licenses::license_names;
use tokio::time::timeout;

use crate::{State, front::Front, mail::Letter, problem::Problem};

/// Events that are read at a time.
const PAGE: usize = 1_000;

/// Letters that are sent before it is looked again whose turn it is.
const LETTERS: usize = 20;

/// How many letters about one license somebody gets, however often they are added and taken away again: the mailbox of somebody
/// who wants none of them is not to be filled by ours.
const THREE_A_DAY: Rate = Rate { burst: 3, each: TimeDelta::hours(8) };

/// What is counted of them, by membership.
const COUNTED: &str = "invite-letters";

/// News wake it; so often it looks by itself, for what failed, or what another node left behind.
const LOOK: Duration = Duration::from_mins(1);

/// Sends letters for as long as the service runs.
pub(crate) async fn keep_sending(state: State) {
    let mut head = state.log.head();
    loop {
        // What has come until now is seen below.
        head.mark_unchanged();
        let step = async {
            feed(&state).await?;
            send(&state).await
        };
        if let Err(problem) = step.await {
            tracing::error!(
                code = problem.code,
                problem.detail,
                "letters to invited people could not be sent"
            );
        }
        // In time or not: then it looks again.
        drop(timeout(LOOK, head.changed()).await);
    }
}

/// Says from where on invites are news, if nobody has: from here on.
pub(crate) async fn begin(state: &State) -> Result<(), eventlog::LogError> {
    if state.accounts.fed_up_to().await?.is_none() {
        let head = *state.log.head().borrow();
        state.accounts.feed_from(head).await?;
    }
    Ok(())
}

/// Lets what has happened so far be no news.
pub(crate) async fn skip(state: &State) -> Result<(), eventlog::LogError> {
    let head = *state.log.head().borrow();
    let at = state.accounts.fed_up_to().await?.unwrap_or(head);
    state.accounts.feed(at, head, Vec::new()).await.map(drop)
}

/// Reads on in the log, and puts letters into the outbox.
async fn feed(state: &State) -> Result<(), Problem> {
    let mut at: Position = state.accounts.fed_up_to().await?.unwrap_or(0);
    loop {
        let page = state.log.read_after(at, PAGE).await?;
        let Some(last) = page.events.last().map(|event| event.position) else { return Ok(()) };
        let letters = letters(state, &page.events).await?;
        if !state.accounts.feed(at, last, letters).await? || page.caught_up {
            // Another node was faster, or there is nothing more.
            return Ok(());
        }
        at = last;
    }
}

async fn letters(state: &State, events: &[Recorded]) -> Result<Vec<InviteLetter>, Problem> {
    let invited: Vec<(&Recorded, domain::LicenseId, SubjectId)> = events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::Membership(MembershipEvent::UserInvited { license_id, subject_id, .. }) => {
                Some((recorded, *license_id, *subject_id))
            }
            _ => None,
        })
        .collect();
    let people: Vec<SubjectId> = invited.iter().map(|(_, _, subject)| *subject).collect();
    let addresses = state.log.find_addresses(&people).await?;
    let letters = invited.into_iter().zip(addresses).filter_map(|((recorded, license, _), address)| {
        let to = domain::EmailAddress::parse(&address?).ok()?.of_them_alone().into_owned();
        let member = domain::MemberId(recorded.stream.id);
        Some(InviteLetter { position: recorded.position, to, license, member })
    });
    Ok(letters.collect())
}

/// Sends what is due.
async fn send(state: &State) -> Result<(), Problem> {
    loop {
        let due = state.accounts.due(Utc::now(), LETTERS).await?;
        if due.is_empty() {
            return Ok(());
        }
        for letter in due {
            let (position, member) = (letter.position, letter.member.to_string());
            match written(state, letter).await? {
                None => state.accounts.sent(position).await?,
                Some(_) if !state.accounts.may_attempt(COUNTED, &member, THREE_A_DAY, Utc::now()).await? => {
                    state.accounts.sent(position).await?;
                }
                Some(letter) => match state.front.mail.send(letter).await {
                    // What can't be sent is not counted.
                    Ok(()) => {
                        state.accounts.attempt(COUNTED, &member, THREE_A_DAY, Utc::now()).await?;
                        state.accounts.sent(position).await?;
                    }
                    Err(error) => {
                        if state.accounts.failed(position, Utc::now()).await? {
                            tracing::warn!(%error, position, "a letter could not be sent; it is tried again");
                        } else {
                            tracing::error!(%error, position, "a letter could not be sent for a month; given up");
                        }
                    }
                },
            }
        }
    }
}

/// The letter, unless the invite has been answered or taken back meanwhile.
async fn written(state: &State, letter: InviteLetter) -> Result<Option<Letter>, Problem> {
    let history = state.log.read_stream(StreamId::from(letter.member), 0).await?;
    let events = history.iter().filter_map(|recorded| match &recorded.event {
        Event::Membership(event) => Some(event),
        _ => None,
    });
    if !matches!(Membership::fold(events).standing, Standing::Invited(_)) {
        return Ok(None);
    }
    let license = letter.license;
    let names = state.query(move |conn| license_names(conn, [license])).await?;
    let name = names.get(&license).cloned().unwrap_or_else(|| license.to_string());
    let by = invited_by(state, &history).await?;
    let text = text(by.as_deref().and_then(without_another_link), without_an_address(&name), &state.front);
    Ok(Some(Letter { to: letter.to, subject: "You were invited to a license".to_owned(), text }))
}

fn is_invite(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::Membership(MembershipEvent::UserInvited { .. }))
}

/// What a license is called, unless mail programs would make a link of it: admins choose names, and a letter of ours is not to
/// lead elsewhere.
fn without_an_address(name: &str) -> &str {
    // As browsers read it, too: other signs are full stops to them, and some are none at all.
    if leads_elsewhere(name) || leads_elsewhere(&loosely(name)) {
        return "(Its name has a web address in it, and is shown once you are signed in.)";
    }
    name
}

fn leads_elsewhere(name: &str) -> bool {
    let has_a_domain = |word: &str| {
        // Wherever it stands in a word: what mail programs make a link of begins behind many signs.
        let is_number = |part: &str| part.parse::<Ipv4Addr>().is_ok();
        // A full stop before a letter, and behind anything: "hillside.example", "i❤.ws", and no "2.0".
        let signs: Vec<char> = word.chars().collect();
        let is_stop = |three: &[char]| three[0] != '.' && three[1] == '.' && three[2].is_alphabetic();
        signs.windows(3).any(is_stop) || word.split(|c: char| !c.is_alphanumeric() && c != '.').any(is_number)
    };
    let begins = ["//", "@", "http:", "https:"].iter().any(|sign| name.contains(sign));
    begins || name.split(char::is_whitespace).any(has_a_domain)
}

/// Who invites, unless mail programs would make another link of their address than one to write to: before the @ stands what
/// somebody chose.
fn without_another_link(by: &str) -> Option<&str> {
    let (local, _) = by.rsplit_once('@')?;
    let usual = |c: char| c.is_alphanumeric() || ['.', '_', '-', '+', '\''].contains(&c);
    let plain = local.chars().all(usual) && !loosely(local).to_lowercase().starts_with("www.");
    plain.then_some(by)
}

/// Who invites them, as the page says it, too; nothing once erased.
async fn invited_by(state: &State, history: &[Recorded]) -> Result<Option<String>, Problem> {
    let actor = history.iter().rev().find(|recorded| is_invite(recorded)).map(|invite| invite.metadata.actor);
    Ok(state.log.find_addresses(actor.as_slice()).await?.into_iter().flatten().next())
}

fn text(by: Option<&str>, license: &str, front: &Front) -> String {
    let by = by.unwrap_or("An admin");
    let contact = front.contact.as_deref().map(|contact| contact.strip_prefix("mailto:").unwrap_or(contact));
    let contact = contact.map(|contact| format!("Questions? Ask here: {contact}\n\n")).unwrap_or_default();
    format!(
        "{by}\ninvites you to join this license on Seatbook:\n\n{license}\n\n\
         To accept or decline, sign in with this address, and look under\n\
         License Invites:\n\n{}/sign-in\n\n{contact}\
         This e-mail accepts nothing by itself. If you do not know who\n\
         invites you, or what it is about, leave it, or decline.\n",
        front.base()
    )
}

#[cfg(test)]
mod tests {
    use super::{without_an_address, without_another_link};

    #[test]
    fn a_name_that_mail_programs_would_make_a_link_of_is_left_out() {
        for name in ["Hillside School", "Office 2.0", "St. Mary's", "Photoshop (7b)", "Math etc."] {
            assert_eq!(without_an_address(name), name);
        }
        for name in [
            "Win: https://evil.example/prize",
            "www.evil.example",
            "Prize at (evil.example).",
            "evil.example/prize",
            "ask me@evil.example",
            "http://192.0.2.1",
            "192.0.2.1/win",
            "www.evil.example/v1.0",
            "evil.example:443/a.-",
            // As browsers take it for a full stop, or don't see it.
            "Log in: evil\u{3002}example",
            "evil\u{FF0E}example now",
            // Domains may end in other signs than letters.
            "Win at x\u{304}.org",
            "i\u{2764}.ws",
            "evil\u{2024}example",
            "ev\u{AD}il.ex\u{AD}ample",
            "https:\u{2215}\u{2215}evil",
            // Behind what other programs part at.
            "You won a prize?www.evil.example",
            "Prize:www.evil.example",
            "Free/evil.example",
            "Free#evil.example",
            "ask:evil.example now",
            "https//evil.example",
            "Go=192.0.2.1/win",
        ] {
            assert!(without_an_address(name).starts_with("(Its name"), "{name}");
        }
    }

    #[test]
    fn whose_address_leads_elsewhere_is_not_named() {
        for by in ["ada.lovelace@school.example", "o'neil+7b@school.example", "zo\u{eb}@school.example"] {
            assert_eq!(without_another_link(by), Some(by));
        }
        let elsewhere =
            ["www.evil.example/prize@x.example", "a=evil.example@x.example", "WWW.evil@x.example"];
        for by in elsewhere {
            assert_eq!(without_another_link(by), None, "{by}");
        }
    }
}
