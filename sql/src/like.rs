//! What is searched for by `LIKE`, in every engine with `ESCAPE '\'`.

/// What `LIKE` takes for these letters, as they are.
pub fn escaped(letters: &str) -> String {
    let mut escaped = String::new();
    for letter in letters.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_to_the_database_are_letters() {
        assert_eq!(escaped("a_b%c"), r"a\_b\%c");
        assert_eq!(escaped(r"\a"), r"\\a");
    }
}
