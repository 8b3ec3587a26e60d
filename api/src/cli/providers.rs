//! At which providers people can sign in: what the environment says.
//!
//! `SEATBOOK_OIDC` names them; what each is stands in variables with that name in them.

use std::{collections::BTreeSet, time::Duration};

use domain::MailDomain;

use super::{
    Failure,
    environment::{said, secret},
    values::{Misread, how_long},
};
use crate::oidc::{Demands, ProviderName, ProviderUrl, Providers, Settings};

const NAMES: &str = "SEATBOOK_OIDC";

/// The providers, in the order in which they are named.
pub(super) fn of_environment() -> Result<Providers, Failure> {
    let names = said(NAMES, names)?.unwrap_or_default();
    Ok(Providers::new(names.into_iter().map(settings).collect::<Result<_, _>>()?))
}

fn names(text: &str) -> Result<Vec<ProviderName>, Misread> {
    let hint = "Write names of your own with commas between, like school or school, city: each begins with a small \
                letter; small letters, digits and hyphens follow.";
    let mut names = Vec::new();
    for name in listed(text) {
        let name = ProviderName::parse(name).ok_or_else(|| {
            Misread::new(format!("holds \"{name}\", which is no name for a provider"), hint)
        })?;
        if names.contains(&name) {
            return Err(Misread::new(format!("holds \"{}\" twice", name.as_str()), hint));
        }
        names.push(name);
    }
    Ok(names)
}

fn settings(name: ProviderName) -> Result<Settings, Failure> {
    let variable = |what: &str| {
        let name = name.as_str().to_ascii_uppercase().replace('-', "_");
        format!("{NAMES}_{name}_{what}")
    };
    let issuer = needed(&name, &variable("ISSUER"), issuer)?;
    let client_id = needed(&name, &variable("CLIENT_ID"), |text| Ok(text.trim().to_owned()))?;
    let label = said(&variable("LABEL"), label)?.unwrap_or_else(|| name.as_str().to_owned());
    let domains = said(&variable("DOMAINS"), domains)?.unwrap_or_default();
    let client_secret = secret(&variable("CLIENT_SECRET"))?;
    let demands = Demands {
        ways: said(&variable("WAYS"), ways)?.unwrap_or_default(),
        within: said(&variable("WITHIN_MINUTES"), minutes)?,
    };
    Ok(Settings { name, label, issuer, client_id, client_secret, domains, demands })
}

fn needed<T>(
    name: &ProviderName,
    variable: &str,
    read: impl FnOnce(&str) -> Result<T, Misread>,
) -> Result<T, Failure> {
    said(variable, read)?.ok_or_else(|| {
        let what = format!("{variable} is not set, and {NAMES} names \"{}\".", name.as_str());
        Failure::usage(what, "Set it, or take the name out.")
    })
}

fn issuer(text: &str) -> Result<ProviderUrl, Misread> {
    let hint = "Write it just as the provider names itself, like https://login.example.org.";
    ProviderUrl::parse(text.trim())
        .ok_or_else(|| Misread::new("is neither an https address nor one on this machine", hint))
}

/// It stands on a button.
fn label(text: &str) -> Result<String, Misread> {
    let text = text.trim();
    let good = text.chars().count() <= 40 && !text.chars().any(char::is_control);
    good.then(|| text.to_owned()).ok_or_else(|| {
        Misread::new("does not fit on a button", "Write forty characters at most, on one line.")
    })
}

fn domains(text: &str) -> Result<BTreeSet<MailDomain>, Misread> {
    listed(text).map(MailDomain::parse).collect::<Result<_, _>>().map_err(|error| {
        let hint = format!("{} Write mail domains with commas between, like school.example.", error.hint());
        Misread::new(format!("does not fit: {error}"), hint)
    })
}

/// They go into an address with spaces between, so none has a space in it.
fn ways(text: &str) -> Result<Vec<String>, Misread> {
    let each: Vec<_> = listed(text).map(str::to_owned).collect();
    match each.iter().find(|way| way.contains(|c: char| c.is_whitespace() || c.is_control())) {
        None => Ok(each),
        Some(way) => {
            let hint = "Write the provider's own words for them (acr) with commas between.";
            Err(Misread::new(format!("holds \"{way}\", which has a space in it"), hint))
        }
    }
}

fn minutes(text: &str) -> Result<Duration, Misread> {
    Ok(Duration::from_mins(how_long(text)?.unsigned_abs()))
}

/// What stands between commas.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_once_each_and_in_order() {
        let read = names(" school,city-2, ").unwrap();
        assert_eq!(read.iter().map(ProviderName::as_str).collect::<Vec<_>>(), ["school", "city-2"]);
        for (text, said) in [("School", "\"School\""), ("a b", "\"a b\""), ("a, a", "\"a\" twice")] {
            assert!(names(text).unwrap_err().what.contains(said), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert!(issuer("http://login.example.org").unwrap_err().what.contains("https"));
        assert!(label(&"x".repeat(41)).is_err() && label("School\nCity").is_err());
        assert_eq!(domains("School.example, @city.example").unwrap().len(), 2);
        assert_eq!(ways(" phr, urn:two-factors,").unwrap(), ["phr", "urn:two-factors"]);
        assert!(ways("phr, two factors").unwrap_err().what.contains("\"two factors\""));
        assert_eq!(minutes(" 720 ").unwrap(), Duration::from_hours(12));
        for bad in ["0", "-1", "1.5", "a day", "525601", ""] {
            assert!(minutes(bad).is_err(), "{bad}");
        }
        let misread = domains("school.example, city").unwrap_err();
        assert!(misread.what.contains("\"city\""), "{misread}");
    }
}
