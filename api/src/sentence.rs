//! How what goes wrong is worded: sentences, or a place and behind it what is wrong there.

/// With a capital letter, if it begins with a word of ours. What begins with a place (`limit:`), a value or a name stays
/// as it is.
pub(crate) fn begun(message: &str) -> String {
    let first = message.split(' ').next().unwrap_or_default();
    let is_word = first.trim_end_matches(['.', ',']).chars().all(|c| c.is_ascii_lowercase() || c == '\'');
    let mut letters = message.chars();
    match letters.next().filter(|_| is_word) {
        Some(letter) => letter.to_uppercase().chain(letters).collect(),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_letter_and_a_value_as_it_was_given() {
        for (message, said) in [
            ("the file is empty", "The file is empty"),
            ("can't be right", "Can't be right"),
            ("busy.", "Busy."),
            ("limit: the page is empty", "limit: the page is empty"),
            ("--limit: \"0\" is none", "--limit: \"0\" is none"),
            ("\"ada@\" has no domain", "\"ada@\" has no domain"),
            ("ada@school.example is no admin", "ada@school.example is no admin"),
            ("sqlite:s.db can't be opened", "sqlite:s.db can't be opened"),
            ("s.db can't be opened", "s.db can't be opened"),
            ("2 columns", "2 columns"),
            ("", ""),
        ] {
            assert_eq!(begun(message), said);
        }
    }
}
