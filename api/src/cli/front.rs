//! How the service is reached from outside, and how letters go out: what the environment says.

use chrono::TimeDelta;
use lettre::message::Mailbox;

use super::{
    Failure,
    environment::{said, secret},
    providers,
    values::{self, Misread},
};
use crate::{
    State,
    dns::Dns,
    front::{Front, contact, name_servers, networks, page_of_others, public_url},
    mail::Mail,
};

/// The same system, reached as the environment says.
pub(super) fn as_said(state: State) -> Result<State, Failure> {
    let mut front = Front::local(by_whom(state.front.mail.clone())?);
    if let Some(minutes) = said("SEATBOOK_SESSION_IDLE_MINUTES", values::how_long)? {
        front.sessions.idle = TimeDelta::minutes(minutes);
    }
    if let Some(hours) = said("SEATBOOK_SESSION_HOURS", values::how_long)? {
        front.sessions.whole = TimeDelta::hours(hours);
    }
    front.dns = Dns::at(said("SEATBOOK_DNS_SERVERS", name_servers)?.unwrap_or_default());
    front.providers = providers::of_environment()?;
    front.public = said("SEATBOOK_PUBLIC_URL", public_url)?;
    front.proxies = said("SEATBOOK_TRUSTED_PROXIES", networks)?.unwrap_or_default();
    front.help = said("SEATBOOK_HELP_URL", page_of_others)?;
    front.contact = said("SEATBOOK_CONTACT", contact)?;
    Ok(state.with_front(front))
}

/// Over a mail server or into a folder, where one of them is named.
pub(super) fn mail() -> Result<Option<Mail>, Failure> {
    let Some(url) = secret("SEATBOOK_SMTP_URL")? else {
        return said("SEATBOOK_MAIL_FOLDER", |text| Ok(Mail::folder(text.trim().into())));
    };
    // Not shown: it holds a password.
    Mail::smtp(&url).map(Some).map_err(|error| {
        let hint = "Write it like smtps://USER:PASSWORD@mail.example.org, or smtp://HOST:587?tls=required.";
        Failure::usage(format!("SEATBOOK_SMTP_URL: {error}."), hint)
    })
}

/// The same, from whom the environment says.
fn by_whom(mail: Mail) -> Result<Mail, Failure> {
    let from = said("SEATBOOK_MAIL_FROM", |text| {
        let hint = "Write it like Seatbook <seats@example.org>.";
        text.parse::<Mailbox>().map_err(|_| Misread::new("is no sender", hint))
    })?;
    Ok(match from {
        Some(from) => mail.from(from),
        None => mail,
    })
}
