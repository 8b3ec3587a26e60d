//! How the service is reached from outside, and how it reaches people.

use std::{
    net::{IpAddr, SocketAddr},
    sync::OnceLock,
};

use axum::http::uri::Authority;
use domain::EmailAddress;
use identity::SessionLimits;

use crate::{cli::values::Misread, dns::Dns, mail::Mail, oidc::Providers};

/// What the operator has said about it. Shared by everything that answers.
pub struct Front {
    /// Where people find it; nothing: on this machine only.
    pub public: Option<PublicUrl>,
    /// Who may say for whom they ask.
    pub proxies: Vec<Network>,
    /// How long people stay signed in.
    pub sessions: SessionLimits,
    /// How letters go out.
    pub mail: Mail,
    /// Where names are looked up.
    pub dns: Dns,
    /// At which providers people can show who they are.
    pub providers: Providers,
    /// Where people find help: pages link to it.
    pub help: Option<String>,
    /// Whom people ask: an address of a page, or `mailto:` and an e-mail address.
    pub contact: Option<String>,
    /// Where it listens, once it does.
    listening: OnceLock<SocketAddr>,
}

/// Where it listens unless somebody says otherwise.
pub(crate) const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

impl Front {
    /// On this machine, with letters going out in this way.
    pub fn local(mail: Mail) -> Self {
        Self {
            public: None,
            proxies: Vec::new(),
            sessions: SessionLimits::default(),
            mail,
            dns: Dns::system(),
            providers: Providers::default(),
            help: None,
            contact: None,
            listening: OnceLock::new(),
        }
    }

    /// It listens there from now on.
    pub(crate) fn listens(&self, address: SocketAddr) {
        // The first time counts: there is one listener.
        let _ = self.listening.set(address);
    }

    /// What stands before every address in a letter.
    pub(crate) fn base(&self) -> String {
        match (&self.public, self.listening.get()) {
            (Some(public), _) => public.to_string(),
            (None, listening) => format!("http://{}", listening.unwrap_or(&USUAL)),
        }
    }

    /// Whether browsers reach it over TLS alone.
    pub(crate) fn is_secure(&self) -> bool {
        self.public.as_ref().is_some_and(|public| public.secure)
    }
}

/// A scheme and a place: `https://seats.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    secure: bool,
    /// The place, as browsers name it.
    pub authority: Authority,
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// Reads where people find the service. Without TLS only on this machine: a cookie would be read on the way.
pub(crate) fn public_url(text: &str) -> Result<PublicUrl, Misread> {
    const HINT: &str = "Write it like https://seats.example.org, without a path.";
    let text = text.trim().trim_end_matches('/');
    let (secure, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
        _ => return Err(Misread::new("is not an https address", HINT)),
    };
    let authority = Authority::try_from(rest.to_ascii_lowercase().as_str());
    let authority = authority.ok().filter(|it| !rest.contains(['/', '?', '#', '@']) && !it.host().is_empty());
    let authority = authority.ok_or_else(|| Misread::new("is not a place and nothing else", HINT))?;
    if !secure && !is_loopback(&authority) {
        return Err(Misread::new("is without TLS, so that cookies could be read on the way", HINT));
    }
    Ok(PublicUrl { secure, authority })
}

/// Reads the address of a page of others.
pub(crate) fn page_of_others(text: &str) -> Result<String, Misread> {
    let text = text.trim();
    let place =
        text.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_place =
        place.and_then(|place| Authority::try_from(place).ok()).is_some_and(|it| !it.host().is_empty());
    if is_place && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(text.to_owned());
    }
    Err(Misread::new("is not the https address of a page", "Write it like https://help.example.org/seats."))
}

/// Reads whom people ask: the address of a page, or an e-mail address.
pub(crate) fn contact(text: &str) -> Result<String, Misread> {
    match EmailAddress::parse(text) {
        Ok(email) => Ok(format!("mailto:{}", email.as_spelled())),
        Err(_) => page_of_others(text).map_err(|_| {
            let hint = "Write it like support@example.org, or https://help.example.org/contact.";
            Misread::new("is neither an e-mail address nor the https address of a page", hint)
        }),
    }
}

/// Whether it names this machine.
pub(crate) fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is in it.
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        let (width, first, address) = match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(it)) => {
                (32, u128::from(first.to_bits()), u128::from(it.to_bits()))
            }
            (IpAddr::V6(first), IpAddr::V6(it)) => (128, first.to_bits(), it.to_bits()),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        let rest = width - u32::from(self.bits);
        first.checked_shr(rest).unwrap_or(0) == address.checked_shr(rest).unwrap_or(0)
    }
}

/// Reads addresses and networks, with commas between.
pub(crate) fn networks(text: &str) -> Result<Vec<Network>, Misread> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(network).collect()
}

fn network(text: &str) -> Result<Network, Misread> {
    let wanted = || {
        let hint = "Write addresses or networks with commas between, like 127.0.0.1, 10.0.0.0/8.";
        Misread::new(format!("holds \"{text}\", which is no address and no network"), hint)
    };
    let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
    let first: IpAddr = first.parse().map_err(|_| wanted())?;
    let most = if first.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wanted()))?;
    if bits > most { Err(wanted()) } else { Ok(Network { first, bits }) }
}

/// Reads the addresses of name servers, with commas between.
pub(crate) fn name_servers(text: &str) -> Result<Vec<SocketAddr>, Misread> {
    let hint = "Write addresses with commas between, like 192.0.2.53, [2001:db8::53]:5353.";
    let each = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let read = |part: &str| {
        let alone = || part.parse().map(|ip: IpAddr| SocketAddr::new(ip, 53));
        part.parse().or_else(|_| alone()).map_err(|_: std::net::AddrParseError| {
            Misread::new(format!("holds \"{part}\", which is no address of a server"), hint)
        })
    };
    each.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_a_place_behind_tls() {
        for (text, shown) in [
            ("https://seats.example.org", "https://seats.example.org"),
            ("HTTPS://Seats.Example.org:8443/", "https://seats.example.org:8443"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(public_url(text).map(|url| url.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in [
            "seats.example.org",
            "ftp://seats.example.org",
            "http://seats.example.org",
            "https://",
            "https://a@b.example",
            "https://seats.example.org/path",
        ] {
            assert!(public_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn help_is_a_page_and_contact_a_page_or_an_e_mail_address() {
        let page = "https://help.example.org/seats?x=1";
        assert_eq!(page_of_others(page).as_deref(), Ok(page));
        assert_eq!(contact(page).as_deref(), Ok(page));
        assert_eq!(contact("support@example.org").as_deref(), Ok("mailto:support@example.org"));
        for wrong in
            ["javascript:alert(1)", "http://help.example.org", "https://", "help.example.org", "https://a b"]
        {
            assert!(page_of_others(wrong).is_err() && contact(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn name_servers_are_addresses_with_a_port_or_without() {
        let read =
            |text| name_servers(text).map(|read| read.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read("192.0.2.53, 127.0.0.1:5353").unwrap(), ["192.0.2.53:53", "127.0.0.1:5353"]);
        assert_eq!(read("2001:db8::53,[::1]:5353").unwrap(), ["[2001:db8::53]:53", "[::1]:5353"]);
        assert!(read("192.0.2.53, dns.example").unwrap_err().what.contains("\"dns.example\""));
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        let holds = |networks: &[Network], text: &str| {
            networks.iter().any(|network| network.holds(text.parse().unwrap()))
        };
        let proxies = networks("10.1.0.0/16, 192.0.2.7 ,2001:db8::/32").unwrap();
        for inside in ["10.1.255.3", "192.0.2.7", "::ffff:10.1.2.3", "2001:db8:1::1"] {
            assert!(holds(&proxies, inside), "{inside}");
        }
        for outside in ["10.2.0.1", "192.0.2.8", "2001:db9::1", "::1"] {
            assert!(!holds(&proxies, outside), "{outside}");
        }
        assert!(holds(&networks("0.0.0.0/0").unwrap(), "203.0.113.1"));
        assert!(networks("").unwrap().is_empty());
        for wrong in ["10.0.0.0/33", "proxy.example", "10.0.0/8", "10.0.0.1/x"] {
            assert!(networks(wrong).unwrap_err().what.contains(wrong), "{wrong}");
        }
    }
}
