//! How an address may be written in what somebody gave.

use domain::EmailAddress;

/// The spellings of one address. No `Debug`: they are that address.
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
        let (local, _) = email.normalised().rsplit_once('@').unwrap_or_default();
        let in_letters = format!("{local}@{}", email.domain().to_unicode());
        Self::of([email.normalised(), email.as_spelled(), &in_letters])
    }

    /// Whether a text holds one of them.
    pub fn stand_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|spelling| text.contains(spelling.as_str()))
    }
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
}
