//! Mail domains where anybody can have an address: whoever administers one lets strangers join unasked.

/// The large providers that give an address to whoever signs up, by the domains that they give them in. Only for a
/// warning, so it is short and our own: the public lists hold thousands of names, many of them dead, and would have to be
/// looked after. A domain that is missing here is administered without a warning.
const DOMAINS: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "bluewin.ch",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "googlemail.com",
    "hey.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "seznam.cz",
    "t-online.de",
    "tuta.com",
    "tutanota.com",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
    "zohomail.com",
];

/// Providers with a domain for each country: `hotmail.fr`, `yahoo.co.uk`.
const IN_EACH_COUNTRY: &[&str] = &["gmx", "hotmail", "live", "outlook", "yahoo"];

/// Parts of a country's domain behind a provider's name: `fr`, `com`, `co.uk`, `com.br`.
fn is_country(rest: &str) -> bool {
    let short = |label: &str| (2..=3).contains(&label.len());
    let mut labels = rest.split('.');
    labels.clone().count() <= 2 && labels.all(short)
}

/// Whether anybody can have an address in this domain.
pub(super) fn is_public(domain: &str) -> bool {
    let in_each_country = || {
        let (provider, rest) = domain.split_once('.').unwrap_or((domain, ""));
        IN_EACH_COUNTRY.contains(&provider) && is_country(rest)
    };
    DOMAINS.binary_search(&domain).is_ok() || in_each_country()
}

/// Whether the Public Suffix List names this domain. What it does not know, it names none of.
pub(super) fn is_suffix(domain: &str) -> bool {
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix == domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(DOMAINS.is_sorted());
    }

    #[test]
    fn where_anybody_can_have_an_address_is_known() {
        for domain in
            ["gmail.com", "126.com", "zohomail.com", "hotmail.fr", "yahoo.co.uk", "outlook.com", "gmx.net"]
        {
            assert!(is_public(domain), "{domain}");
        }
        for domain in
            ["school.example", "gmail.school.example", "live.school.example", "gmx", "hotmail.a.b.co"]
        {
            assert!(!is_public(domain), "{domain}");
        }
    }

    #[test]
    fn where_anybody_can_have_a_name_is_known() {
        for domain in ["co.uk", "github.io", "xn--55qx5d.cn", "k12.ca.us", "uk.com"] {
            assert!(is_suffix(domain), "{domain}");
        }
        for domain in ["bbc.co.uk", "school.example", "example.org", "octocat.github.io", "a.unknown"] {
            assert!(!is_suffix(domain), "{domain}");
        }
    }
}
