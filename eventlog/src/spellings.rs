//! How an address may be written in what somebody gave.

use domain::{EmailAddress, email::loosely};

/// The spellings of an address, or of several. No `Debug`: they are those addresses.
#[derive(Clone)]
pub struct Spellings(Vec<String>);

impl Spellings {
    /// Of these, however they are written.
    pub fn of(spellings: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let forms = |text: &str| [text.to_lowercase(), loosely(text)];
        let mut all: Vec<String> = spellings.into_iter().flat_map(|text| forms(text.as_ref())).collect();
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
        // As it stands there first: in the other form, signs that part it from what is before are gone.
        self.stand_whole_in(&text.to_lowercase()) || (!text.is_ascii() && self.stand_whole_in(&loosely(text)))
    }

    fn stand_whole_in(&self, text: &str) -> bool {
        self.0.iter().any(|spelling| {
            let places = text.match_indices(spelling.as_str());
            places.map(|(at, _)| text.split_at(at)).any(|(before, rest)| {
                !goes_on_before(before) && !goes_on_behind(rest.get(spelling.len()..).unwrap_or_default())
            })
        })
    }

    /// The same of the cells of a row, in JSON.
    pub fn stand_in_cells(&self, cells: &str) -> bool {
        let read: Result<Vec<String>, _> = serde_json::from_str(cells);
        read.map_or_else(|_| self.stand_in(cells), |cells| cells.iter().any(|cell| self.stand_in(cell)))
    }

    /// The same of a file's name, also before its ending; and where what parts it from the rest of the name could be more of the
    /// address: nothing is lost with a name.
    pub fn stand_in_name(&self, name: &str) -> bool {
        let parted = name.replace(['-', '_', '+'], " ");
        let parted = Self(self.0.iter().map(|spelling| spelling.replace(['-', '_', '+'], " ")).collect())
            .stand_in(&parted);
        parted || self.stand_in(name) || name.rsplit_once('.').is_some_and(|(name, _)| self.stand_in(name))
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
    fn what_counts_as_the_same_person_is_the_same_address() {
        let sisyphos = Spellings::of_address(&EmailAddress::parse("σίσυφος@hillside.example").expect("one"));
        for text in [
            "ΣΊΣΥΦΟΣ@hillside.example",
            "σίσυφοσ@hillside\u{3002}example",
            "σίσυφοσ@ｈillside．example",
            "σίσυ\u{200b}φοσ＠hill\u{ad}side.example",
            "σι\u{301}συφοσ@hillside.example",
        ] {
            assert!(sisyphos.stand_in(text), "{text}");
        }
        assert!(!sisyphos.stand_in("asσίσυφος@hillside.example"));
    }

    #[test]
    fn a_sign_that_parts_it_from_what_is_beside_it_is_one_however_it_is_written_out() {
        let ada = Spellings::of(["ada@school.example"]);
        for text in [
            "Guardian\u{200b}ada@school.example",
            "\u{2026}ada@school.example",
            "ada@school.example\u{2122}",
            "to\u{200e}ada@school.example\u{200e}",
            "a\u{200e}da@school.example",
        ] {
            assert!(ada.stand_in(text), "{text:?}");
        }
        assert!(!ada.stand_in("n\u{e4}ada@school.example"));
    }

    #[test]
    fn cells_and_names_of_files_are_read_as_they_were_given() {
        let ada = Spellings::of(["ada@school.example"]);
        for cell in ["Guardian:\nada@school.example", "7b\tada@school.example\t", "\"ada@school.example\""] {
            let cells = serde_json::Value::from(vec!["broken", cell]).to_string();
            assert!(ada.stand_in_cells(&cells), "{cells}");
        }
        assert!(!ada.stand_in_cells(r#"["nada@school.example"]"#));
        assert!(ada.stand_in_cells("[ada@school.example"), "whatever it is");
        for name in ["ada@school.example.csv", "ada@school.example", "of ada@school.example, 2026.csv"] {
            assert!(ada.stand_in_name(name), "{name}");
        }
        for name in ["A5-ada@school.example-old.csv", "class_ada@school.example_2026.csv"] {
            assert!(ada.stand_in_name(name), "{name}");
        }
        let anna = Spellings::of(["anna-lena@school.example"]);
        assert!(anna.stand_in_name("anna-lena@school.example_old.csv"));
        assert!(!ada.stand_in_name("nada@school.example.csv"));
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
