//! How an address may be written in what somebody gave.

use domain::EmailAddress;

/// The spellings of an address, or of several. No `Debug`: they are those addresses.
#[derive(Clone)]
pub struct Spellings(Vec<String>);

impl Spellings {
    /// Of these; capitals make no difference.
    pub fn of(spellings: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut all: Vec<String> = spellings.into_iter().map(|text| text.as_ref().to_lowercase()).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Of an address: as it is normalised and as it was spelled, and with its domain in people's letters.
    pub fn of_address(email: &EmailAddress) -> Self {
        Self::of_addresses(std::slice::from_ref(email))
    }

    /// The same of any number of them.
    pub fn of_addresses(emails: &[EmailAddress]) -> Self {
        Self::of(emails.iter().flat_map(|email| {
            let (local, _) = email.normalised().rsplit_once('@').unwrap_or_default();
            let in_letters = format!("{local}@{}", email.domain().to_unicode());
            [email.normalised().to_owned(), email.as_spelled().to_owned(), in_letters]
        }))
    }

    /// Whether a text holds one of them, and not only as a part of another address.
    pub fn stand_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|spelling| {
            let places = text.match_indices(spelling.as_str());
            places.map(|(at, _)| text.split_at(at)).any(|(before, rest)| {
                !goes_on_before(before) && !goes_on_behind(rest.get(spelling.len()..).unwrap_or_default())
            })
        })
    }
}

/// Whether what stands here is more of the part before the @. Other signs that may stand there, like an apostrophe, are
/// more often none of the address.
fn goes_on_before(before: &str) -> bool {
    before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'))
}

/// Whether what stands here is more of a domain: the full stop of a sentence is not.
fn goes_on_behind(behind: &str) -> bool {
    let behind = behind.strip_prefix('.').unwrap_or(behind);
    behind.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_any_of_its_spellings() {
        let ada = Spellings::of(["ada@xn--mnchen-3ya.example", "Ada@MÜNCHEN.example"]);
        for text in ["Ada <ADA@münchen.example>", "ada@XN--MNCHEN-3YA.example;7b"] {
            assert!(ada.stand_in(text), "{text}");
        }
        assert!(!ada.stand_in("bob@münchen.example"));
    }

    #[test]
    fn a_part_of_another_address_is_not_this_one() {
        let ada = Spellings::of(["a@school.example"]);
        for text in [
            "a@school.example",
            "'a@school.example'",
            "to:a@school.example.",
            "<a@school.example>,b",
            "x a@school.example-",
        ] {
            assert_eq!(ada.stand_in(text), !text.ends_with('-'), "{text}");
        }
        for other in ["xa@school.example", "x.a@school.example", "é+a@school.example", "a@school.example.org"]
        {
            assert!(!ada.stand_in(other), "{other}");
            assert!(ada.stand_in(&format!("{other};a@school.example")), "{other}");
        }
    }
}
