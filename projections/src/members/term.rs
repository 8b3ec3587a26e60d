//! What is searched for.

use domain::email;

use crate::sql::escaped;

/// Addresses are no longer than this many bytes: nothing longer is in one.
const LONGEST: usize = 254;

/// So many letters are looked up together in the search index; fewer are a beginning.
pub(super) const LETTERS: usize = 3;

/// A search, in the form that normalised addresses have. No `Debug`: may be an address.
pub(super) enum Term {
    /// One or two letters, with which the address begins.
    Beginning(String),
    /// Three or more, anywhere in the address, in one of these spellings.
    Anywhere(Vec<String>),
}

impl Term {
    /// What somebody typed; `None` where nothing is searched for.
    pub(super) fn of(typed: &str) -> Option<Self> {
        let key = email::search_key(typed);
        match key.chars().count() {
            0 => None,
            n if n < LETTERS => Some(Self::Beginning(key)),
            _ => {
                let spellings = [Some(key), email::search_key_in_a_labels(typed)];
                // What can't be seen is in no spelling of a domain, and may leave fewer letters than are looked up.
                let fits =
                    |spelling: &String| spelling.len() <= LONGEST && spelling.chars().count() >= LETTERS;
                Some(Self::Anywhere(spellings.into_iter().flatten().filter(fits).collect()))
            }
        }
    }

    /// What `LIKE` takes for it: an address that is found has one of these patterns.
    pub(super) fn patterns(&self) -> Vec<String> {
        match self {
            Self::Beginning(beginning) => vec![escaped(beginning) + "%"],
            Self::Anywhere(spellings) => {
                spellings.iter().map(|spelling| format!("%{}%", escaped(spelling))).collect()
            }
        }
    }

    /// Whether an address is found by what does not stand at its beginning.
    pub(super) fn is_further_on(&self, normalised: &str) -> bool {
        let Self::Anywhere(spellings) = self else { return false };
        self.matches(normalised)
            && !spellings.iter().any(|spelling| normalised.starts_with(spelling.as_str()))
    }

    /// Whether an address is found.
    pub(super) fn matches(&self, normalised: &str) -> bool {
        match self {
            Self::Beginning(beginning) => normalised.starts_with(beginning),
            Self::Anywhere(spellings) => {
                spellings.iter().any(|spelling| normalised.contains(spelling.as_str()))
            }
        }
    }
}

/// Behind everything that begins so.
pub(super) fn end_of(beginning: &str) -> String {
    format!("{beginning}\u{10FFFF}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(typed: &str) -> Vec<String> {
        match Term::of(typed) {
            Some(Term::Anywhere(spellings)) => spellings,
            _ => panic!("three letters or more"),
        }
    }

    #[test]
    fn two_letters_are_a_beginning_and_three_may_be_anywhere() {
        assert!(Term::of("  ").is_none());
        let begins = |typed: &str, address: &str| Term::of(typed).unwrap().matches(address);
        assert!(begins("Ad", "ada@x.example") && !begins("da", "ada@x.example"));
        assert!(begins("da@", "ada@x.example"));
        assert!(begins("\u{e9}\u{e9}", "\u{e9}\u{e9}n@x.example"), "letters, not bytes");
    }

    #[test]
    fn a_name_in_a_domain_is_searched_for_in_both_of_its_spellings() {
        assert_eq!(spellings("MÜNCHEN"), ["münchen", "xn--mnchen-3ya"]);
        assert_eq!(spellings("ä@stadt.münchen."), ["ä@stadt.münchen.", "ä@stadt.xn--mnchen-3ya."]);
        assert_eq!(spellings("müller@x.example"), ["müller@x.example"]);
        assert_eq!(spellings("xn--mnchen"), ["xn--mnchen"]);
    }

    #[test]
    fn a_spelling_of_fewer_letters_than_are_looked_up_is_none() {
        assert!(spellings("a\u{AD}b").iter().all(|spelling| spelling.chars().count() >= LETTERS));
    }

    #[test]
    fn what_stands_at_the_beginning_of_an_address_is_not_further_on() {
        let further_on = |typed: &str, address: &str| Term::of(typed).unwrap().is_further_on(address);
        assert!(further_on("x.ex", "ada@x.example") && further_on("da@", "ada@x.example"));
        assert!(!further_on("ada", "ada@ada.example") && !further_on("bob", "ada@x.example"));
        assert!(!further_on("ad", "ada@x.example"), "two letters are nowhere else");
    }

    #[test]
    fn what_is_longer_than_an_address_is_in_none() {
        assert!(spellings(&"a".repeat(255)).is_empty());
        assert_eq!(spellings(&"a".repeat(254)).len(), 1);
    }
}
