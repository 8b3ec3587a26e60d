//! What the operator says about a provider.

use std::{collections::BTreeSet, time::Duration};

use axum::http::Uri;
use domain::{EmailAddress, MailDomain};

use crate::front::is_loopback;

/// What the operator calls a provider: a part of the address to which people come back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProviderName(String);

impl ProviderName {
    /// Small letters, digits and hyphens, thirty at most; it begins with a letter.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= 30
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        good.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a provider is, as it names itself: an https address, or one on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUrl(String);

impl ProviderUrl {
    /// Kept byte by byte: a provider's own name is compared with it (`OpenID` Connect Discovery 1.0 §4.3).
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let good = is_safe(&uri) && uri.query().is_none() && !text.contains('#');
        good.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether nobody on the way can read or change what goes there: TLS, or no way at all.
pub(super) fn is_safe(uri: &Uri) -> bool {
    let Some(authority) = uri.authority().filter(|place| !place.as_str().contains('@')) else { return false };
    match uri.scheme_str() {
        Some("https") => !authority.host().is_empty(),
        Some("http") => is_loopback(authority),
        _ => false,
    }
}

/// How somebody has to have shown who they are at a provider. Nothing is asked for unless the operator says so: few
/// providers say how it was done, or when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// One of these ways, in the provider's own words for them (`acr`, `OpenID` Connect Core 1.0 §2); none: in any way.
    pub ways: Vec<String>,
    /// Not longer ago; none: at any time.
    pub within: Option<Duration>,
}

/// A provider. No `Debug`: holds a secret.
#[derive(Clone)]
pub struct Settings {
    /// What the operator calls it.
    pub name: ProviderName,
    /// What stands on the button.
    pub label: String,
    /// Where it is.
    pub issuer: ProviderUrl,
    /// As what the provider knows this service.
    pub client_id: String,
    /// By which it knows it again, if it gave one.
    pub client_secret: Option<String>,
    /// The only mail domains about whose addresses it is believed; none: about all.
    pub domains: BTreeSet<MailDomain>,
    /// How people have to have shown there who they are.
    pub demands: Demands,
}

impl Settings {
    /// Whether it is believed when it says that somebody has this address.
    pub(crate) fn speaks_for(&self, address: &EmailAddress) -> bool {
        self.domains.is_empty() || self.domains.contains(&address.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_behind_tls_or_on_this_machine() {
        for good in [
            "https://accounts.example.org",
            "https://login.example.org/tenant/v2.0",
            "https://login.example.org/",
            "http://127.0.0.1:9000",
            "http://localhost:9000/x",
        ] {
            assert_eq!(ProviderUrl::parse(good).as_ref().map(ProviderUrl::as_str), Some(good));
        }
        for bad in [
            "http://login.example.org",
            "login.example.org",
            "https://user@login.example.org",
            "https://login.example.org/?a=b",
            "https://login.example.org/#here",
            "ftp://login.example.org",
            "http://localhost.evil.example",
            "",
        ] {
            assert_eq!(ProviderUrl::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_fits_into_an_address() {
        for good in ["school", "a", "city-2"] {
            assert!(ProviderName::parse(good).is_some(), "{good}");
        }
        for bad in ["", "School", "2", "-a", "a b", "a/b", "ä", &"a".repeat(31)] {
            assert!(ProviderName::parse(bad).is_none(), "{bad}");
        }
    }
}
